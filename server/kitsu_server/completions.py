"""Completions: names out of the connected Kitsu while somebody types a prompt's argument or a reference's name.

They are a convenience: without a Kitsu, or with one that is slow or broken, there are none, and no error.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from inspect import signature
from operator import itemgetter
from typing import Any

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference

from kitsu_server.lifetime import Identities
from kitsu_server.prompts.offered import offered_prompts
from kitsu_server.skill import REFERENCES, references
from kitsu_tools.coercion import left_out
from kitsu_tools.likeness import folded, suggested
from kitsu_tools.skill import skill_pages
from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.errors import KitsuError, Unknown
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Kind, Project
from kitsu_tools.tracker.task_types import type_ranks
from kitsu_tools.unseen import without_unseen

MOST_VALUES = 100
PATIENCE_SECONDS = 2.0
MOST_COMPARED = 200

Given = Mapping[str, str]

logger = logging.getLogger(__name__)


def add_completions(server: MCPServer[Identities], toolsets: Collection[str]) -> None:
    """Answer `completion/complete` for the prompts that these toolsets allow, and the template of references."""
    offered = offered_prompts(toolsets)
    known_arguments = {name: frozenset(signature(function).parameters) for name, (function, _) in offered.items()}
    asking = ContextVar[Kitsu]("asking")

    async def whose(ctx: ServerRequestContext[Identities, Any], call_next: CallNext) -> HandlerResult:
        """Keep at hand whose request it is: the SDK tells a completion nothing of that (mcp 2.3.0)."""
        if ctx.method == "completion/complete":
            asking.set(ctx.lifespan_context.of(ctx).kitsu)
        return await call_next(ctx)

    server.middleware.append(whose)

    @server.completion()
    async def complete(  # pyright: ignore[reportUnusedFunction]  the decorator registers it
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion:
        if isinstance(ref, ResourceTemplateReference):
            known = ref.uri == REFERENCES and argument.name == "name"
            names = [page.short_name for page in references(skill_pages())] if known else []
            return _completion(argument.value, names)
        if argument.name not in known_arguments.get(ref.name, ()):
            return _completion(argument.value, [])
        chosen = (context and context.arguments) or {}
        given = {name: _typed(value) for name, value in chosen.items() if not left_out(value)}
        typed = _typed(argument.value)
        return _completion(typed, await _names(asking.get(), argument.name, typed, given))


def fitting(typed: str, names: Iterable[str]) -> list[str]:
    """The names that fit what was typed: first those that begin with it, then those with a word that does, then those
    that hold it; where there are none, those that are like it.
    """
    every = list(dict.fromkeys(names))
    sought = folded(typed[:MOST_COMPARED]).strip()
    if not sought:
        return every
    ranked = [(rank, name) for name in every if (rank := _rank(sought, folded(name))) is not None]
    if ranked:
        return [name for _, name in sorted(ranked, key=itemgetter(0))]
    return suggested(sought, every, MOST_VALUES)


def _rank(sought: str, name: str) -> int | None:
    if name.startswith(sought):
        return 0
    if any(word.startswith(sought) for word in name.replace("/", " ").split()):
        return 1
    return 2 if sought in name else None


def _completion(typed: str, names: Iterable[str]) -> Completion:
    found = fitting(typed, names)
    return Completion(values=found[:MOST_VALUES], total=len(found), has_more=len(found) > MOST_VALUES)


def _typed(value: str) -> str:
    """As prompts read it: a blank may be written %20, for hosts that split at blanks."""
    return value.strip().replace("%20", " ")


async def _names(kitsu: Kitsu, argument: str, typed: str, given: Given) -> list[str]:
    if kitsu.session.credentials.missing:
        return []
    with anyio.move_on_after(PATIENCE_SECONDS):
        try:
            return await _known(kitsu, argument, typed, given)
        except KitsuError as error:
            logger.info("no completions for %r: %s", argument, error)
        except Exception:  # whatever it was, whoever types must not be stopped by it
            logger.exception("completing %r failed", argument)
    return []


async def _known(kitsu: Kitsu, argument: str, typed: str, given: Given) -> list[str]:
    """The names that an argument may have; episodes, sequences and task types are those of the production given."""
    directory = kitsu.directory
    match argument:
        case "project":
            return [encoded(one.name) for one in await directory.open_projects.get()]
        case "person":
            people = [one for one in (await directory.people_seen()).values() if one.active and not one.is_bot]
            return sorted((without_unseen(one.label) for one in people), key=str.casefold)
        case "task_type":
            types = await directory.task_types.get()
            project = await directory.project(given["project"]) if given.get("project") else None
            ranks = type_ranks(project, types)
            used = [one for one in types.values() if not one.archived and (not project or one.id in project.task_types)]
            return [without_unseen(one.name) for one in sorted(used, key=lambda one: ranks[one.id])]
        case "episode":
            project = await directory.project(given["project"]) if given.get("project") else await _default(kitsu)
            return await _addresses(kitsu, project, "episode") if project is not None else []
        case "sequence":
            return await _sequences(kitsu, typed, given)
        case _:
            return []


async def _sequences(kitsu: Kitsu, typed: str, given: Given) -> list[str]:
    """Below the production and episode given; else whole addresses, production by production."""
    if given.get("project"):
        project = await kitsu.directory.project(given["project"])
        below = f"{encoded(project.name)}/{given.get('episode', '')}".rstrip("/")
        return await _addresses(kitsu, project, "sequence", below=below)
    first, slash, _ = typed.strip().partition("/")
    named = await kitsu.directory.project_named(first) if slash else None
    project = named or await _default(kitsu)
    if project is None:
        return [f"{name}/" for name in await _known(kitsu, "project", typed, given)]
    return [f"{encoded(project.name)}/{name}" for name in await _addresses(kitsu, project, "sequence")]


async def _default(kitsu: Kitsu) -> Project | None:
    """None also where the setting names no production: that is told when a tool is called."""
    with suppress(Unknown):
        return await kitsu.directory.default_project()
    return None


async def _addresses(kitsu: Kitsu, project: Project, kind: Kind, below: str = "") -> list[str]:
    """Addresses of what is not omitted, relative to `below`; by default to the production."""
    top = below or encoded(project.name)
    view = await (await kitsu.reading(project)).view(kind)
    inside = [one for one in view.entities(kind) if not one.omitted and one.address.startswith(f"{top}/")]
    return [relative(one.address, top) for one in inside]

"""Acts in words: who did what, on which address, from what to what. Nothing is told that the identity cannot read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from kitsu_tools.live.acts import ENTITIES, Act, ActKind
from kitsu_tools.live.history import authors
from kitsu_tools.live.naming import Names, Naming
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import NotFound, NotPermitted, Refused, counted
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person, Project
from kitsu_tools.tracker.names import is_uuid
from kitsu_tools.tracker.statuses import Status
from kitsu_tools.tracker.threads import Comment, thread_of

SOMEBODY = "somebody"
EXCERPT_CHARACTERS = 200

_VERBS = {"new": "created", "update": "changed", "delete": "removed", "create": "created"}
_SAID = {
    "comment:reply": "replied",
    "comment:update": "comment edited",
    "comment:delete": "comment removed",
    "comment:delete-reply": "reply removed",
    "comment:acknowledge": "acknowledged a comment",
    "comment:unacknowledge": "took an acknowledgement back",
    "preview-file:new": "preview added",
    "preview-file:update": "preview changed",
    "preview-file:delete": "preview removed",
    "preview-file:set-main": "main preview set",
    "preview-file:annotation-update": "drew on a preview",
    "task:update-casting-stats": "casting counted anew",
    "playlist:add_entity": "added to a playlist",
}
_SILENT = {"task:to-review", "comment:new", "task:status-changed", "preview-file:add-file", "task:assign"}
"""Said by what else is known of the act."""
_DID_IT = {"comment:acknowledge", "comment:unacknowledge", "preview-file:annotation-update"}
"""Whose `person_id` is who did it (source of Zou 1.0.97)."""


@dataclass(frozen=True, slots=True)
class Line:
    """An act as a person reads it. By id: `author` is who did it, empty where that is not known; `people` besides whom
    it gives work or takes it from; `concerns` whom it is about, departments too: who works on the task, is mentioned or
    answered; `statuses` those it led to.
    """

    act: Act
    project: Project
    address: str
    who: str
    what: str
    text: str
    author: str
    people: frozenset[str]
    concerns: frozenset[str]
    statuses: frozenset[str]
    task_type: str

    @property
    def kinds(self) -> set[ActKind]:
        """As the act's."""
        return self.act.kinds


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one act: the address, empty for what has none, and its comment where it can be read."""

    act: Act
    address: str
    task_type: str = ""
    assignees: tuple[str, ...] = ()
    comment: Comment | None = None


class Lines:
    """Makes lines of acts, for one identity."""

    def __init__(self, kitsu: Kitsu, naming: Naming) -> None:
        self._kitsu = kitsu
        self._naming = naming

    async def warm(self, project: Project) -> None:
        """Read what addresses in a production are made of, before a line has to wait for it."""
        await self._naming.of(project, set())

    async def of(self, acts: Sequence[Act], *, threads: bool = True) -> list[Line]:
        """Lines in the order of the acts; those that the identity may not know of are left out, and those in rooms.

        Without `threads` comments are read only where they decide whether it may: lines then hold no text of them.
        """
        lines: dict[int, Line] = {}
        for project, its in await self._by_project(acts):
            known = await self._known(project, its, threads=threads)
            await authors(self._kitsu, project, [one.act for one in known if not (one.act.author or _by_itself(one))])
            people = await self._kitsu.directory.people.get()
            statuses = await self._kitsu.directory.statuses.get()
            lines |= {id(one.act): _line(one, project, people, statuses) for one in known}
        return [lines[id(act)] for act in acts if id(act) in lines]

    async def shown(self, acts: Sequence[Act]) -> list[Act]:
        """Those of these that the identity may know of: what `of` makes lines of, for less."""
        known = [await self._known(project, its, threads=False) for project, its in await self._by_project(acts)]
        return [one.act for its in known for one in its]

    async def _by_project(self, acts: Sequence[Act]) -> list[tuple[Project, list[Act]]]:
        """Without those of productions that the identity does not see, and those in review rooms."""
        by_id: dict[str, list[Act]] = {}
        for act in acts:
            if not act.in_room:
                by_id.setdefault(act.project_id, []).append(act)
        found = [(await self._kitsu.directory.project_by_id(one), its) for one, its in by_id.items() if one]
        return [(project, its) for project, its in found if project is not None]

    async def _known(self, project: Project, acts: list[Act], *, threads: bool) -> list[_Known]:
        await self._find_tasks([act for act in acts if _needs_task(act)])
        names = await self._naming.of(project, {one for act in acts for one in _ids(act)})
        known = [found for act in acts if (found := _place(names, act))]
        hides = bool((await self._kitsu.hidden(project)).comments)
        return await self._with_comments(known, hides=hides) if threads or hides else known

    async def _find_tasks(self, acts: list[Act]) -> None:
        """Note the task of acts whose events name but a comment or a preview of it."""
        for key, path, field in (
            ("comment_id", "comments", "object_id"),
            ("preview_file_id", "preview-files", "task_id"),
        ):
            ids = {act.fact(key) for act in acts if is_uuid(act.fact(key)) and not act.fact("task_id")}
            if not ids:
                continue
            try:
                found = await records_by(self._kitsu.session, f"data/{path}", "id", ids)
            except (NotFound, NotPermitted, Refused):
                records = await gather(*[partial(self._record, f"data/{path}/{one}") for one in ids])
                found = list(filter(None, records))
            tasks = {one["id"]: one.get(field) or "" for one in found}
            for act in acts:
                act.facts["task_id"] = act.fact("task_id") or tasks.get(act.fact(key), "")

    async def _record(self, path: str) -> Mapping[str, Any] | None:
        try:
            return await self._kitsu.session.read(path)
        except (NotFound, NotPermitted):
            return None

    async def _with_comments(self, known: list[_Known], *, hides: bool) -> list[_Known]:
        tasks = sorted({one.act.fact("task_id") for one in known if one.act.fact("comment_id")} - {""})
        read = await gather(*[partial(self._thread, task) for task in tasks])
        comments = {comment.id: comment for thread in read for comment in thread}
        found: list[_Known] = []
        for one in known:
            comment = comments.get(one.act.fact("comment_id"))
            # Of a comment that a role is not shown it is not told that there is one, and one that is gone was one too.
            if comment is None and hides and "comment" in one.act.kinds:
                continue
            found.append(replace(one, comment=comment))
        return found

    async def _thread(self, task_id: str) -> list[Comment]:
        try:
            return await thread_of(self._kitsu.session, task_id)
        except (NotFound, NotPermitted):
            return []


def _needs_task(act: Act) -> bool:
    return "task_id" not in act.facts and "entity_id" not in act.facts and bool(act.kinds & {"comment", "preview"})


def _ids(act: Act) -> Iterable[str]:
    """What has to be seen for the act to be told: its task, else its entity."""
    if (task := act.fact("task_id")) and "task:delete" not in act.names:
        return [task]
    entity = entity_of(act)
    return [entity] if entity else []


def entity_of(act: Act) -> str:
    """The id of the entity that its events name; empty where they name none."""
    named = ("entity_id", "entity_in_id", *(f"{noun}_id" for noun in sorted(ENTITIES)))
    return next((value for name in named if (value := act.fact(name))), "")


def _place(names: Names, act: Act) -> _Known | None:
    """Where it was done; None where the identity is not shown that."""
    project = encoded(names.project.name)
    if "task:delete" in act.names:
        address = names.address_of_deleted(act.fact("entity_id"), act.fact("task_type_id"))
        return _Known(act, address, names.types[act.fact("task_type_id")].name) if address else None
    if act.fact("task_id"):
        task = names.task(act.fact("task_id"))
        kind = names.types.get(task.type_id) if task else None
        return _Known(act, names.address(task), kind.name if kind else "", task.assignees) if task else None
    if entity_id := entity_of(act):
        entity = names.entity(entity_id)
        return _Known(act, entity.address) if entity else None
    # What hangs on a task and cannot be placed is not this identity's to hear of.
    return None if act.kinds & {"comment", "status", "preview", "assignment", "task"} else _Known(act, project)


def _by_itself(known: _Known) -> bool:
    """Whether who did it is known without the log."""
    return bool(known.comment and _author_of(known)) or bool(known.act.names & _DID_IT)


def _author_of(known: _Known) -> str:
    """Who did it as far as the comment and the events say; empty where they do not."""
    act, comment = known.act, known.comment
    if act.names & _DID_IT:
        return act.fact("person_id")
    if comment is None:
        return ""
    if "comment:reply" in act.names:
        return next((one.person_id for one in comment.replies if one.id == act.fact("reply_id")), "")
    if act.names & {"comment:new", "task:status-changed"}:
        return comment.person_id
    return comment.editor_id if act.names == {"comment:update"} else ""


def _line(known: _Known, project: Project, people: Mapping[str, Person], statuses: Mapping[str, Status]) -> Line:
    act = known.act
    who = _author_of(known) or act.author
    given = [one for name in ("assigned", "unassigned") for one in act.facts.get(name, ()) if isinstance(one, str)]
    to = act.fact("new_task_status_id") or act.fact("task_status_id")
    return Line(
        act,
        project,
        known.address,
        people[who].label if who in people else SOMEBODY,
        _what(known, people, statuses),
        _text(known),
        who if who in people else "",
        frozenset({who, *given} - {""}),
        frozenset({*known.assignees, *given, *_addressed(known)}),
        frozenset({to} - {""}),
        known.task_type,
    )


def _what(known: _Known, people: Mapping[str, Person], statuses: Mapping[str, Status]) -> str:
    act, parts = known.act, list[str]()
    telling = act.telling

    def status(fact: str) -> str:
        found = statuses.get(act.fact(fact))
        return found.short_name if found else ""

    if telling & {"task:status-changed", "task:to-review"}:
        before, after = status("previous_task_status_id"), status("new_task_status_id")
        parts.append(f"status {before} → {after}" if before else f"status → {after}")
    if "comment:new" in telling and (not parts or (known.comment and known.comment.text)):
        parts.append("comment")
    if "preview-file:add-file" in telling:
        extension = f" ({act.fact('extension')})" if act.fact("extension") else ""
        parts.append(f"published v{act.facts.get('revision')}{extension}")
    for name in ("assigned", "unassigned"):
        if ids := list(dict.fromkeys(map(str, act.facts.get(name, ())))):
            parts.append(f"{name} {', '.join(people[one].label if one in people else 'someone' for one in ids)}")
    parts += [_said(name, act) for name in sorted(telling - _SILENT - {"task:unassign"})]
    if len(parts) > 1 and "preview changed" in parts:
        parts.remove("preview changed")
    return ", ".join(dict.fromkeys(filter(None, parts)))


def _said(name: str, act: Act) -> str:
    noun, _, verb = name.partition(":")
    if verb == "casting-update":
        added, removed = (len(act.facts.get(f"{one}_asset_ids") or ()) for one in ("added", "removed"))
        counts = [f"{sign}{counted(count, 'asset')}" for sign, count in (("+", added), ("−", removed)) if count]
        return f"casting changed ({', '.join(counts)})" if counts else "casting changed"
    words = noun.replace("_", " ").replace("-", " ")
    return _SAID.get(name) or f"{words} {_VERBS.get(verb, verb.replace('-', ' ').replace('_', ' '))}"


def _addressed(known: _Known) -> Iterable[str]:
    """Who is mentioned, people and departments, or answered."""
    comment = known.comment
    if comment is None:
        return ()
    if "comment:reply" not in known.act.names:
        return (*comment.mentions, *comment.department_mentions)
    reply = next((one for one in comment.replies if one.id == known.act.fact("reply_id")), None)
    return (comment.person_id, *((*reply.mentions, *reply.department_mentions) if reply else ()))


def _text(known: _Known) -> str:
    """What was written, in one line, as far as it is room for."""
    comment, act = known.comment, known.act
    if comment is None:
        return ""
    if "comment:reply" in act.names:
        said = next((one.text for one in comment.replies if one.id == act.fact("reply_id")), "")
    else:
        said = comment.text if act.names & {"comment:new", "comment:update"} else ""
    said = " ".join(said.split())
    return said if len(said) <= EXCERPT_CHARACTERS else f"{said[: EXCERPT_CHARACTERS - 1]}…"

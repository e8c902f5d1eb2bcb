"""The list of gazu's functions: signature, what it is for, and what a call of it on the sandbox showed."""

from __future__ import annotations

import inspect
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from references.gazu_sdk.calls import Call, calls
from references.gazu_sdk.modules import MODULES, functions
from references.generated import Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from kitsu_sandbox.lifecycle import Sandbox

FAILS = {
    "files.download_attachment_thumbnail": "404: this Zou makes no thumbnails of attachments",
    "person.disable_two_factor_authentication": "400 where the person has no second factor",
    "project.create_budget_entry": "400: Zou wants `department_id`, which it cannot send; POST yourself",
    "project.get_project_task_types": "405: use `task.all_task_types_for_project`",
    "search.search_entities": "500 without Meilisearch, which most studios lack",
    "task.create_multiple_comments": "400: the route wants JSON; POST yourself, see above",
    "user.get_task_time_spent": "500 where nothing was logged",
}
"""What is wrong with the functions whose call fails. A call that fails and is not here stops the part."""

NOTES = {
    "casting.cast_asset": "cached although it writes: see above",
    "client.host_is_valid": "posts an empty sign-in",
    "concept.new_concept": "`entity_concept_links` fails (400): PUT `data/entities/ID` afterwards",
    "person.invite_person": "sends mail",
    "playlist.build_playlist_movie": "a GET that renders",
    "project.create_budget": "keeps only name and currency",
    "task.publish_preview": "cannot ask for `no_job`; see publishing.md",
    "aio.upload": "uploads, then raises TypeError every time",
}
"""What `test_gazu` shows of functions that work otherwise."""

OWN_WORDS = {
    "aio.check_server_status": "Whether `HEAD` on the host answers 200",
    "aio.check_status": "Raise what a status stands for, as `client.check_status`",
    "aio.create": "POST `data/MODEL`",
    "aio.delete": "DELETE; gives the text",
    "aio.fetch_all": "GET `data/PATH`, with `paginated` page after page",
    "aio.fetch_first": "The first of GET `data/PATH`, or None",
    "aio.fetch_one": "GET `data/MODEL/ID`",
    "aio.get": "GET",
    "aio.get_full_url": "The host joined with a path",
    "aio.log_in": "Sign a person in; the client keeps the tokens",
    "aio.log_out": "Sign out and forget the tokens",
    "aio.post": "POST",
    "aio.put": "PUT",
    "aio.update": "PUT `data/MODEL/ID`",
    "client.create_client": "A client of your own; more keywords go to `KitsuClient`: `access_token`, `tokens`, …",
    "client.download": "Stream to a file; waits up to `processing_timeout` s while Zou answers 202",
    "client.get_api_url_from_host": "The host without `/api`, to make page links from",
    "events.connect_error": "Log a failed connection",
    "files.build_asset_instance_output_file_path": "The path Zou's file tree gives an instance's output file",
    "files.build_entity_output_file_path": "The path Zou's file tree gives an entity's output file",
    "files.build_working_file_path": "The path Zou's file tree gives a task's working file",
    "files.new_asset_instance_output_file": "Record an output file of an asset instance",
    "files.new_entity_output_file": "Record an output file of an entity",
    "project.add_asset_type": "Switch an asset type on in a project",
    "project.add_task_status": "Switch a task status on in a project",
    "project.add_task_type": "Switch a task type on in a project",
    "project_template.new_project_template_from_project": "Make a template from a project's settings",
    "sync.get_model_list_diff": "Records missing in the target, and records only there",
    "task.publish_preview": "Comment, set the status and upload a preview, in three requests",
}

ALSO_WRITE = {
    *(f"client.{name}" for name in ("post", "put", "delete", "create", "update", "upload", "import_data")),
    *(f"aio.{name}" for name in ("post", "put", "delete", "create", "update", "upload")),
    "person.invite_person",
    "sync.push_tasks_comments",
}
"""What writes without the call of it showing that: it was not called, or had nothing to do."""

_OTHER_MODULES = ("client", "cache", "aio")
_LONGEST = 120


def listing(sandbox: Sandbox) -> str:
    """Every function by module, after one call of each.

    Raises:
        AssertionError: a call went otherwise than `FAILS` says.
    """
    with tempfile.TemporaryDirectory(prefix="gazu-") as folder:
        made = calls(sandbox.connection(), Path(folder))
    failed = {name: call.problem for name, call in made.items() if call.problem is not None}
    assert failed.keys() == FAILS.keys(), {name: failed.get(name) for name in failed.keys() ^ FAILS.keys()}
    return "\n\n".join(_module(module, made) for module in (*MODULES, *_OTHER_MODULES))


def _module(module: str, made: dict[str, Call]) -> str:
    lines = [_line(f"{module}.{name}", one, made.get(f"{module}.{name}")) for name, one in functions(module).items()]
    return "\n".join([f"### {module}", "", *lines])


def _line(name: str, function: Callable[..., Any], call: Call | None) -> str:
    marks = [FAILS[name]] if name in FAILS else []
    if call is not None and call.person_only and not name.startswith("user."):
        marks.append("people only")
    if name in NOTES:
        marks.append(NOTES[name])
    writes = "W " if name in ALSO_WRITE or (call is not None and call.writes) else ""
    shown = f"- {writes}`{name.partition('.')[2]}{_signature(function)}`: {_purpose(name, function)}"
    return f"{shown}. **{'; '.join(marks)}**" if marks else shown


def _signature(function: Callable[..., Any]) -> str:
    shown: list[str] = []
    for one in inspect.signature(function).parameters.values():
        if one.name in {"client", "progress_callback"}:
            continue
        if one.kind is one.VAR_KEYWORD:
            shown.append(f"**{one.name}")
        elif one.default is one.empty:
            shown.append(one.name)
        else:
            shown.append(f"{one.name}?" if one.default is None else f"{one.name}={one.default!r}")
    return f"({', '.join(shown)})"


def _purpose(name: str, function: Callable[..., Any]) -> str:
    """One line: our words, or the first sentence of the docstring, else what the docstring says comes back."""
    if name in OWN_WORDS:
        return OWN_WORDS[name]
    before, _, returned = (inspect.getdoc(function) or "").partition("Returns:")
    before = " ".join(re.split(r"\n(?:Args|Params|Usage|Raises|Example)", f"\n{before}")[0].split())
    words = before or " ".join(returned.split())
    words = re.sub(r"^[\w\s()/|\[\],]+?: (?=\S)", "", words) if not before else words
    words = re.split(r"\.(?: (?=[A-Z])|$)", words.removeprefix("Return ").removeprefix("url (str): "))[0]
    words = re.sub(r" \(only the current user's when user_context\s?is True\)", "", words)
    words = (
        re.sub(r"(?:stored |listed )?(?:in(?:to)?|from) (?:the )?database ?", "", words).replace("given ", "").strip()
    )
    words = re.sub(r"\b(for|of) a (?=[aeiou])", r"\1 an ", words).replace("insance", "instance")
    if len(words) > _LONGEST:
        words = words[: words.rindex(" ", 0, _LONGEST)].rstrip(" ,(") + " …"
    return words[:1].upper() + words[1:]


PARTS = (Part("gazu.md", "functions", listing),)

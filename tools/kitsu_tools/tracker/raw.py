"""Answers of Zou as they are, without what the identity may not see: for the one tool that shows routes instead of
Kitsu.

Zou's routes hide less than its pages do, so what leaves here is looked through whole: records of productions that are
not shown, people's private fields and whatever a name says is secret are taken out, wherever they stand.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import partial
from typing import Any, cast

from kitsu_tools.tracker.errors import NotFound, NotPermitted, Unknown, quoted
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.zou_answer import Answer

MOST_BYTES = 16_000_000
NOT_FOR = frozenset({"vendor", "client"})
"""To these roles Zou's pages show less than its routes do: such as the tasks of others, and who is assigned."""
ROLE_HIDDEN = (
    "Raw answers are not for your role, which Kitsu's pages show less than its routes give. Other tools answer."
)

NOTHING = "There is nothing that you may see."

_MANAGES = frozenset({"admin", "manager"})
_PERSON = frozenset({"id", "type", "first_name", "last_name", "full_name", "has_avatar", "active", "archived"}) | {
    *("departments", "studio_id", "role", "project_role", "is_bot", "created_at", "updated_at")
}
_OF_PERSON_FOR_MANAGERS = frozenset({"email", "phone", "contract_type", "position", "seniority"}) | {
    *("country", "locale", "timezone")
}
_PRIVATE = re.compile(
    r"passw|token|secret|credential|webhook|salary|api_?key|two_factor|login_failed|"
    r"(^|_)(jti|otp|totp|fido|wages?|costs?|ldap|saml|oidc|recovery|userid)(_|$)|"
    r"^entities_in$",  # in which productions an asset is used
    re.IGNORECASE,
)
_OF_MANY_PROJECTS = frozenset({"projects", "project_ids"})
_GONE = object()
_ENTITIES = frozenset(
    ["asset", "shot", "sequence", "episode", "edit", "concept", "scene", "entity", "parent", "source"]
)
_RECORDS = {
    **{f"{one}_id": "entities" for one in _ENTITIES},
    "task_id": "tasks",
    "playlist_id": "playlists",
    "production_schedule_version_id": "production-schedule-versions",
}
"""Whose records say which production an id is of."""
LOOKED_UP = frozenset({"project_id", *_RECORDS})
"""Names of ids whose production must be shown."""


async def require_role(kitsu: Kitsu) -> None:
    """Refuse who is shown less than routes give.

    Raises:
        NotPermitted: it is a vendor or a client.
    """
    if (await kitsu.directory.me.get()).role in NOT_FOR:
        raise NotPermitted(ROLE_HIDDEN)


async def require_shown(kitsu: Kitsu, ids: Iterable[tuple[str, str]]) -> None:
    """Refuse what is of a production that is not shown. `ids`: each with the name that Zou gives it.

    Raises:
        Unknown: one of them is.
    """
    for name, one_id in ids:
        if name not in LOOKED_UP:
            continue
        try:
            project_id = one_id if name == "project_id" else await _project_by_record(kitsu, _RECORDS[name], one_id)
        except (NotFound, NotPermitted):
            project_id = ""
        if not project_id or not await _is_shown(kitsu, project_id):
            raise Unknown(f"{name}: {quoted(one_id)} is nothing that you may see.")


async def raw(kitsu: Kitsu, path: str, query: Mapping[str, str]) -> tuple[Any, list[str]]:
    """What Zou answers there, without what is not to be seen, and the names of the fields that were taken out.

    Raises:
        Unknown: there is nothing, or all of it is of a production that is not shown.
        TooLarge: it is more than `MOST_BYTES`.
    """
    try:
        data = await kitsu.session.read(path, query, most_bytes=MOST_BYTES)
    except NotFound:
        raise Unknown(NOTHING) from None
    record: Mapping[str, Any] = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    if "project_id" not in record and isinstance(record.get("task_id"), str):  # a preview: its task says where it is
        try:
            await require_shown(kitsu, [("task_id", record["task_id"])])
        except Unknown:  # which names the task, that nobody asked for
            raise Unknown(NOTHING) from None
    named = set(_projects_in(data))
    shown = await gather(*[partial(_is_shown, kitsu, one) for one in named])
    absent = {one for one, is_shown in zip(named, shown, strict=True) if not is_shown}
    taken: set[str] = set()
    manages = (await kitsu.directory.me.get()).role in _MANAGES
    cleaned = _cleaned(data, absent, taken, manages=manages)
    if cleaned is _GONE:
        raise Unknown(NOTHING)
    return cleaned, sorted(taken)


async def _project_by_record(kitsu: Kitsu, kind: str, one_id: str) -> str:
    return str(Answer(200, await kitsu.session.read(f"data/{kind}/{one_id}")).fields.get("project_id") or "")


async def _is_shown(kitsu: Kitsu, project_id: str) -> bool:
    project = await kitsu.directory.project_by_id(project_id)
    return project is not None and await kitsu.directory.role_on(project) not in NOT_FOR


def _projects_in(value: Any) -> Iterator[str]:  # noqa: ANN401  JSON
    """The ids of all productions that are named in it."""
    match value:
        case dict():
            record = cast("dict[str, Any]", value)
            yield from filter(None, [_project_of(record)])
            for name, one in record.items():
                if name in _OF_MANY_PROJECTS and isinstance(one, list):
                    yield from (each for each in cast("list[Any]", one) if isinstance(each, str))
                yield from _projects_in(one)
        case list():
            for one in cast("list[Any]", value):
                yield from _projects_in(one)
        case _:
            pass


def _project_of(record: Mapping[str, Any]) -> str:
    """The production that a record is of, or is; empty for none."""
    return str((record.get("id") if record.get("type") == "Project" else record.get("project_id")) or "")


def _cleaned(value: Any, absent: Set[str], taken: set[str], *, manages: bool) -> Any:  # noqa: ANN401  JSON
    match value:
        case dict():
            record = cast("dict[str, Any]", value)
            if _project_of(record) in absent:
                return _GONE
            kept: dict[str, Any] = {}
            for name, one in record.items():
                if name in absent:
                    continue
                if _is_private(name, record, manages=manages):
                    taken.update([name] if one not in (None, "", [], {}) else [])
                elif (cleaned := _cleaned(one, absent, taken, manages=manages)) is not _GONE:
                    kept[name] = cleaned
            return kept
        case list():
            each = [_cleaned(one, absent, taken, manages=manages) for one in cast("list[Any]", value)]
            return [one for one in each if one is not _GONE]
        case str() if value in absent:
            return _GONE
        case _:
            return value


def _is_private(name: str, record: Mapping[str, Any], *, manages: bool) -> bool:
    if _PRIVATE.search(name):
        return True
    if record.get("type") == "Person" or {"first_name", "last_name"} <= record.keys():
        return name not in _PERSON and not (manages and name in _OF_PERSON_FOR_MANAGERS)
    return False

"""Kitsu as it will be once a part of a plan is written, for what is planned upon it: records that are read come with
the fields that the part sets.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any, TypeGuard, cast

from kitsu_tools.gate.change import Change, Raw
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.zou_answer import MOST_BYTES
from kitsu_tools.write.comments.planning import STATUS

Columns = Mapping[str, Any]
_COLUMNS = {STATUS: "task_status_id"}
"""What Zou calls a field of a change, where it is not called so."""


class _PlannedSession(KitsuSession):
    """The session it is made of, which must be open: what it reads has the planned fields, by the id of a record."""

    def __init__(self, session: KitsuSession, planned: Mapping[str, Columns]) -> None:
        self.__dict__.update(vars(session))
        self._planned = planned

    async def read(self, path: str, params: Mapping[str, str] | None = None, most_bytes: int = MOST_BYTES) -> Any:  # noqa: ANN401  what Zou answers
        """As the session reads, with what is planned."""
        answer = await super().read(path, params, most_bytes)
        return (
            [self._over(one) for one in cast("list[Any]", answer)] if isinstance(answer, list) else self._over(answer)
        )

    def _over(self, record: Any) -> Any:  # noqa: ANN401  JSON
        columns = self._planned.get(str(record.get("id"))) if _is_record(record) else None
        return {**record, **columns} if columns else record


def _is_record(one: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(one, dict)


async def planned(kitsu: Kitsu, changes: Iterable[Change]) -> Kitsu:
    """Kitsu as it will be after these, to be read from alone."""
    columns: dict[str, dict[str, Any]] = {}
    for change in changes:
        effects = [(one.target, one.field) for one in change.effects if one.field is not None and not one.lead]
        for target, field in [*((item.target, one) for item in change.items for one in item.fields), *effects]:
            if field.changes:
                columns.setdefault(target, {})[_COLUMNS.get(field.name, field.name)] = _json(field.after.raw)
    if not columns:
        return kitsu
    await kitsu.session.open()
    upon = copy(kitsu)
    upon.session = _PlannedSession(kitsu.session, columns)
    return upon


def _json(raw: Raw) -> object:
    return list(raw) if isinstance(raw, tuple) else raw

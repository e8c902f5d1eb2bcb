"""Holding playlists that are made, changed and deleted to what the journal says was planned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.database import TableDifference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from support.database import Row
    from support.held_tasks import Applied

NOTHING = TableDifference()


def hold_new_playlists(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Each is there with what was ticked, in order, and nothing else."""
    del names
    table = changes.pop("playlist", NOTHING)
    assert not (table.changed)
    assert not (table.removed)
    sent = {item["target"].split("/", 4)[3] for item in plan.sent}
    wanted = [new for new in plan.plan["playlists"] if plan.sent]
    assert sorted(row["name"] or "" for row in table.added.values()) == sorted(new["name"] for new in wanted)
    for row in table.added.values():
        new = next(one for one in wanted if one["name"] == row["name"])
        assert pairs_of(row["shots"]) == [(entity, preview) for entity, preview in new["shown"] if entity in sent]
        told = (row["for_entity"], row["for_client"] == "true", row["episode_id"] or "", row["project_id"])
        assert told == (new["kind"], new["for_client"], new["episode_id"], plan.plan["project_id"])


def hold_playlists(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """One playlist has what was added, without what was removed, in the planned order; the rest as it was."""
    del names
    table = changes.pop("playlist", NOTHING)
    assert not (table.added)
    assert not (table.removed)
    if not plan.sent:
        assert not table.changed
        return
    ((key, columns),) = table.changed.items()
    assert {item["target"].partition("/")[0] for item in plan.sent} == set(key)
    fields: dict[str, dict[str, Any]] = {
        item["target"].partition("/")[2]: {one["name"]: one["after"]["raw"] for one in item["fields"]}
        for item in plan.sent
    }
    own = fields.pop("", {})
    assert columns.keys() - {"updated_at", "shots"} == own.keys()
    for name, after in own.items():
        assert columns[name][1] == (str(after).lower() if isinstance(after, bool) else after)
    before, after = (pairs_of(one) for one in columns.get("shots", ("[]", "[]")))
    orders = [one["order"].split(",") for one in fields.values() if "order" in one]
    shows = {entity: one["shows"] for entity, one in fields.items() if "shows" in one}
    assert [pair for pair in sorted(after) if pair[0] not in shows] == [
        pair for pair in sorted(before) if pair[0] not in shows
    ]
    for entity, previews in shows.items():
        assert [preview for one, preview in after if one == entity] == (previews or [])
        if fields[entity].get("place"):
            assert after[fields[entity]["place"] - 1][0] == entity
    for order in orders or [[one for one, _ in before]]:
        there = [one for one, _ in after if one in order and (orders or one not in shows)]
        assert there == [one for one in order if one in there]


def hold_deleted_playlists(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """They are gone, with their movies, share links and notifications, and nothing else is."""
    del names
    gone = {(item["target"],) for item in plan.sent}
    table = changes.pop("playlist", NOTHING)
    assert set(table.removed) == gone
    assert not (table.added)
    assert not (table.changed)
    for name in ("build_job", "playlist_share_link", "notification"):
        its = changes.pop(name, NOTHING)
        assert not (its.added)
        assert not (its.changed)
        assert {(row["playlist_id"],) for row in its.removed.values()} <= gone


def pairs_of(shots: str | None) -> Sequence[tuple[str, str]]:
    """The entities that a playlist shows, in order, each with its preview, by the column `shots`."""
    entries: list[Row] = json.loads(shots or "[]")
    return [(one["entity_id"] or "", one.get("preview_file_id") or "") for one in entries]

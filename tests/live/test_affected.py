"""What an event of Kitsu affects: every name that a real Zou was heard to tell, with the fields of its payloads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kitsu_tools.live.affected import affected
from kitsu_tools.tracker.changed import Changed

_EVENTS = (Path(__file__).parents[2] / "references" / "events.md").read_text()
PAYLOADS: dict[str, dict[str, str]] = {
    name: {field: f"the {field}" for field in re.findall(r"`(\w+)`", fields)}
    for name, fields in re.findall(
        r"^\| `([^`]+)` \| ([^|]*) \| (?:yes|no) \|$", _EVENTS[_EVENTS.index("## Every event") :], re.MULTILINE
    )
}
"""By name; the table is written of a running Zou (tests/references)."""


def ids(*names: str) -> frozenset[str]:
    return frozenset(f"the {name}" for name in names)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("comment:new", Changed(tasks=ids("task_id"))),
        ("comment:update", Changed(tasks=ids("task_id"))),
        ("comment:acknowledge", Changed()),
        ("preview-file:new", Changed()),
        ("preview-file:add-file", Changed(tasks=ids("task_id"))),
        ("preview-file:set-main", Changed(entities=ids("entity_id"))),
        ("task:delete", Changed(tasks=ids("task_id"), gone=ids("task_id"))),
        ("shot:update", Changed(entities=ids("shot_id", "Shot_id"))),
        ("shot:casting-update", Changed(castings=ids("shot_id"))),
        ("episode:casting-update", Changed(entities=ids("episode_id"))),
        ("asset:delete", Changed(entities=ids("asset_id"), gone=ids("asset_id"))),
        ("sequence:delete", Changed(entities=ids("sequence_id"), gone=ids("sequence_id"), unsure=True)),
        ("entity-link:new", Changed(entities=ids("entity_in_id"), castings=ids("entity_in_id"))),
        ("entity-link:update", Changed()),
        ("entity-link:delete", Changed(whole=True)),
        ("asset-type:update", Changed(reference=frozenset({"asset_types"}))),
        ("metadata-descriptor:new", Changed(reference=frozenset({"open_projects"}))),
        ("metadata-descriptor:delete", Changed(reference=frozenset({"open_projects"}), unsure=True)),
        ("task-status:update", Changed(reference=frozenset({"open_projects", "statuses"}))),
        ("person:update", Changed(reference=frozenset({"me", "people", "roles"}), unsure=True)),
        (
            "project:update",
            Changed(reference=frozenset({"closed_projects", "open_projects", "roles"}), unsure=True),
        ),
        ("chat:new-message", Changed()),
        ("time-spent:new", Changed()),
    ],
)
def test_an_event_says_what_is_to_be_looked_at_again(name: str, expected: Changed) -> None:
    assert affected(name, PAYLOADS[name]) == expected


@pytest.mark.parametrize("name", ["task:update", "task:new", "shot:update"])
def test_an_event_of_an_import_that_names_nothing_leaves_unsure(name: str) -> None:
    assert affected(name, {"project_id": "a project"}) == Changed(unsure=True)


def test_an_event_of_another_kitsu_leaves_unsure_and_every_known_one_does_not() -> None:
    assert len(PAYLOADS) > 190
    assert affected("weather:changed", {"project_id": "a project"}) == Changed(unsure=True)
    assert [name for name, payload in PAYLOADS.items() if affected(name, payload) == Changed(unsure=True)] == []

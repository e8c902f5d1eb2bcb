"""Playlists that are made, changed and deleted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from support.database import TableDifference
from support.held_playlists import pairs_of
from support.plays.play import Job, Play, plays, rows, undone
from support.reviewer import DAILIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.held import Journaled

TWELVE = [f"Robo Garden/E01/SQ01/SH{number:03d}0" for number in range(1, 13)]
MADE = Job("a playlist", "create_playlist", {"name": "To review", "of": TWELVE[:3], "for_clients": True})
DELETED = Job("a deleted playlist", "delete_playlist", {"playlist": DAILIES})
ADDED = Job("added things", "change_playlist", {"playlist": DAILIES, "add": ["SQ020/SH0010", "SQ020/SH0020"]})
RENAMED = Job(
    "added and renamed",
    "change_playlist",
    ADDED.arguments | {"name": "Dailies, the last", "for_clients": True},
)
COMPOSED = Job(
    "composed anew",
    "change_playlist",
    ADDED.arguments | {"remove": ["SQ010/SH0020"], "order": ["SQ010/SH0030"], "name": "Dailies 13"},
)


@plays("new playlists")
def new_playlists() -> Play:
    """Three shots in one; and one that was deleted is made anew."""
    return Play((MADE, undone(DELETED)), _made)


@plays("deleted playlists")
def deleted_playlists() -> Play:
    """One that is there; and one that was made is removed again."""
    return Play((DELETED, undone(MADE)), rows("playlist"))


@plays("playlists")
def playlists() -> Play:
    """What is appended, what is appended and then set, what is composed anew; each is taken back."""
    return Play(
        (ADDED, undone(ADDED), RENAMED, undone(RENAMED, 1), COMPOSED, undone(COMPOSED)),
        _changed,
    )


def _made(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
    """How many playlists of the name have it."""
    added = changes.get("playlist", TableDifference()).added.values()
    there = Counter((row["name"], entity) for row in added for entity, _ in pairs_of(row["shots"]))

    def named(target: str) -> tuple[str, str]:
        _, _, _, entity, name = target.split("/", 4)
        return name, entity

    return Counter({one["key"]: there[named(one["target"])] for one in plan.plan["items"]})


def _changed(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
    changed = changes.get("playlist", TableDifference()).changed
    columns: Mapping[str, Any] = next(iter(changed.values()), dict[str, Any]())
    before, after = (pairs_of(one) for one in columns.get("shots", ("[]", "[]")))

    def there(target: str) -> bool:
        _, _, of = target.partition("/")
        if not of:
            return bool(columns.keys() & {"name", "for_client"})
        some = of.removeprefix("order/").split("+")
        return [one for one in before if one[0] in some] != [one for one in after if one[0] in some]

    return Counter({one["key"]: int(there(one["target"])) for one in plan.plan["items"]})

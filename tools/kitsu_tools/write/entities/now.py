"""What a plan of entities is made from: their production, and what there is of them, read side by side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kitsu_tools.tracker.errors import NotPermitted, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Kind, Person
from kitsu_tools.tracker.statuses import Status
from kitsu_tools.write.entities.keys import Key, Record, found_by, plain
from kitsu_tools.write.entities.places import Made
from kitsu_tools.write.snapshot import Snapshot, project_now

MANAGES = frozenset({"admin", "manager"})
"""Roles that make, change and delete what is in a production."""
OUTSIDE = frozenset({"client", "vendor"})
"""Roles that Zou shows no concepts."""


@dataclass(frozen=True, slots=True)
class EntitiesNow(Snapshot):
    """One production, by id."""

    statuses: Mapping[str, Status]
    people: Mapping[str, Person]

    def begin(self, kinds: Iterable[Kind]) -> str:
        """A sentence on what new tasks of these begin as: Zou makes a status where none is the default (1.0.97)."""
        found: dict[str, str] = {}
        for kind in sorted(kinds):
            named = default_status(self.statuses, kind)
            found[kind] = (
                named.short_name if named else f"{_SHORT[kind == 'concept']}, a status that Kitsu makes for it"
            )
        said = sorted(set(found.values()))
        return f"Tasks begin as {listed(said)}." if said else ""

    def unseen(self, kind: Kind) -> str:
        """Why no page of Kitsu shows a kind in this production; empty where they do."""
        hidden = {"assets": "shot", "shots": "asset"}.get(self.project.production_type)
        return f"Kitsu shows no {kind}s in a production of {self.project.production_type} alone" * (hidden == kind)


_SHORT = ("todo", "neutral")


def default_status(statuses: Mapping[str, Status], kind: Kind) -> Status | None:
    """The status that new tasks of a kind have; None where Zou makes it first (1.0.97)."""
    for_concept = kind == "concept"
    its = (one for one in statuses.values() if one.is_default and one.for_concept == for_concept)
    return next(its, None) or next((one for one in statuses.values() if one.short_name == _SHORT[for_concept]), None)


async def entities_now(kitsu: Kitsu, made: list[Made]) -> tuple[EntitiesNow, dict[Key, Record], dict[Key, str]]:
    """The production, what of this is there already, and names beside the rest that differ in case or blanks alone.

    Raises:
        BadInput, NotPermitted: the production is closed, or not there any more for this identity.
    """
    there: dict[Key, Record] = {}
    near: dict[Key, str] = {}

    async def read() -> None:
        there.update(await found_by(kitsu, [one.key for one in made], near))

    now = await project_now(kitsu, made[0].place.project, read, kitsu.directory.statuses)
    beside: dict[Key, str] = {}
    for one in made:  # also beside each other
        name = one.key.names[-1]
        alike = beside.setdefault(replace(one.key, names=(*one.key.names[:-1], plain(name))), name)
        if alike != name:
            near.setdefault(one.key, alike)
    people, statuses = await kitsu.directory.people.get(), await kitsu.directory.statuses.get()
    return EntitiesNow(**now, people=people, statuses=statuses), there, near


async def refuse_role(now: Snapshot, kinds: set[Kind], what: str) -> None:
    """Refuse what Zou keeps to managers; concepts are anybody's but clients' and vendors' (1.0.97).

    Raises:
        NotPermitted: the role may not.
    """
    closed = kinds if now.role in OUTSIDE else kinds - {"concept"}
    if now.role not in MANAGES and closed:
        raise NotPermitted(
            f"The role {quoted(now.role)} may not {what} {listed(f'{one}s' for one in sorted(closed))}: managers may."
        )

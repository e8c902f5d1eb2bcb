"""Which acts an operator wants to be told unasked: KITSU_CHANNEL, as written, and as it is of one Kitsu.

`me, project=Robo Garden, status=retake`: values of one kind are alternatives, and of each kind that is named one must
hold. `all` admits everything.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field

from kitsu_tools.live.acts import Act
from kitsu_tools.live.lines import Line
from kitsu_tools.read.happenings import status_ids
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project

ALL, ME = "all", "me"
KINDS = ("project", "person", "status", "task_type")
WRITE = "write all, or some of me, project=NAME, person=NAME, status=NAME or role, task_type=NAME, comma separated"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was written: names by kind, and whether it must concern the identity."""

    me: bool = False
    names: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


def wish(text: str) -> Wish:
    """What is written there; a name that holds a comma stands in quotes with its kind: `"project=Salt, Pepper"`.

    Raises:
        ValueError: it is no such list; says how to write one.
    """
    me, every, names = False, False, dict[str, tuple[str, ...]]()
    for one in next(csv.reader([" ".join(text.splitlines())], skipinitialspace=True)):
        kind, is_pair, name = (part.strip() for part in one.partition("="))
        word = kind.casefold().replace(" ", "_")
        if is_pair and word in KINDS and name:
            names[word] = (*names.get(word, ()), name)
        elif not is_pair and word in {ALL, ME}:
            me, every = me or word == ME, every or word == ALL
        elif one.strip():
            raise ValueError(WRITE)
    if every == (me or bool(names)):
        raise ValueError(WRITE)
    return Wish(me, names)


@dataclass(frozen=True, slots=True)
class Admission:
    """The same by ids, task types by name; where nothing is named of a kind, all of it is admitted. `own` is the
    identity, `mine` what concerns it: itself and its departments, where that is asked.
    """

    own: str
    mine: frozenset[str]
    projects: Mapping[str, Project]
    people: frozenset[str]
    statuses: frozenset[str]
    task_types: frozenset[str]

    def may(self, act: Act) -> bool:
        """Whether it can be admitted, by what it holds itself."""
        return act.project_id in self.projects or not self.projects

    def admits(self, line: Line) -> bool:
        """Whether it is: of an author that is known, and somebody else."""
        wanted = (
            ({line.author}, self.people),
            (line.statuses, self.statuses),
            ({line.task_type}, self.task_types),
            (line.concerns, self.mine),
        )
        return (
            line.author not in {"", self.own}
            and self.may(line.act)
            and all(not asked or not asked.isdisjoint(its) for its, asked in wanted)
        )


async def admission(kitsu: Kitsu, wanted: Wish) -> Admission:
    """What is wanted, as this identity's Kitsu has it.

    Raises:
        BadInput: a name is unknown.
    """
    directory, me, names = kitsu.directory, await kitsu.directory.me.get(), wanted.names.get
    return Admission(
        me.id,
        frozenset({me.id, *me.departments}) if wanted.me else frozenset(),
        {one.id: one for one in [await directory.project(name) for name in names("project", ())]},
        frozenset([(await directory.person(one)).id for one in names("person", ())]),
        await status_ids(directory, names("status", ())),
        frozenset([kind.name for one in names("task_type", ()) for kind in await directory.task_type(one)]),
    )

"""Finding things by name, typing errors included, without the search indexer that most studios do not run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from mcp.types import CallToolResult
from pydantic import Field
from rapidfuzz import fuzz, process, utils

from kitsu_tools.answers import Row, Table, table
from kitsu_tools.arguments import KitsuHere, Under
from kitsu_tools.read.scope import below
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.boards import View
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.tracker.finder import Place
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity
from kitsu_tools.tracker.together import together

Sought = Literal["project", "episode", "sequence", "shot", "asset", "edit", "concept", "person"]
KINDS: tuple[Sought, ...] = get_args(Sought)
LEAST_SCORE = 70
EVERY_WORD = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found. `score` from 0 to 100, and 100 more when every word sought stands in the name."""

    kind: str
    name: str
    detail: str
    score: float


async def search(
    text: Annotated[str, Field(min_length=1, max_length=200, description="a name or part of one, or SEQUENCE SHOT")],
    kitsu: KitsuHere,
    under: Under = "",
    kinds: Annotated[Sequence[Sought], Field(description="only these; empty: all")] = (),
    limit: Annotated[int, Field(ge=1, le=100)] = 10,
) -> Annotated[CallToolResult, Table]:
    """Find projects, episodes, sequences, shots, assets, edits, concepts and people by name; forgives typing errors.

    Without `under` it looks in the default project, or else in every open one. Best match first; `total` counts
    those beyond `limit` too.
    """
    if not text.strip():
        raise BadInput("text: nothing to search for. Give a name or part of one.")
    wanted = frozenset(kinds or KINDS)
    places = await _places(kitsu, under) if wanted - {"project", "person"} else []
    hits: list[Hit] = []
    if not under:
        hits += await _projects_and_people(kitsu, text, wanted)
    boards = await together(*[_reader(place) for place in places])
    for place, (view, entities) in zip(places, boards, strict=True):
        hits += _entities(place, view, entities, text, wanted)
    hits.sort(key=lambda hit: (-hit.score, hit.name.casefold()))
    question = ("search", text, under, tuple(sorted(wanted)))
    shown = hits[:limit]
    columns = ["kind", "address or name", "detail"]
    return table(question, shown, _row, columns=columns, limit=limit, after="", total=len(hits))


def _row(hit: Hit) -> Row:
    return [hit.kind, hit.name, hit.detail]


def _reader(place: Place):  # noqa: ANN202
    return lambda: below(place)


async def _places(kitsu: Kitsu, under: str) -> list[Place]:
    default = await kitsu.directory.default_project()
    if under or default is not None:
        return [await kitsu.find.place(under)]
    return [
        Place(await kitsu.reading(project), encoded(project.name))
        for project in await kitsu.directory.open_projects.get()
    ]


async def _projects_and_people(kitsu: Kitsu, text: str, wanted: frozenset[str]) -> list[Hit]:
    hits: list[Hit] = []
    if "project" in wanted:
        projects = await kitsu.directory.open_projects.get()
        names = [utils.default_process(f"{one.name} {one.code}") for one in projects]
        hits += [
            Hit("project", encoded(projects[at].name), projects[at].production_type, score)
            for at, score in _best(text, names)
        ]
    if "person" in wanted:
        people = [one for one in (await kitsu.directory.people.get()).values() if one.active]
        hits += [
            Hit("person", people[at].label, "bot" if people[at].is_bot else people[at].role, score)
            for at, score in _best(text, [utils.default_process(one.name) for one in people])
        ]
    return hits


def _entities(place: Place, view: View, entities: Sequence[Entity], text: str, wanted: frozenset[str]) -> list[Hit]:
    kept = [one for one in entities if one.kind in wanted]
    key = ("search names", place.address, tuple(sorted(wanted)))
    names = view.worked_out(key, lambda: [_searched(one) for one in kept])
    return [
        Hit(kept[at].kind, kept[at].address, "omitted" if kept[at].omitted else "", score)
        for at, score in _best(text, names)
    ]


def _searched(entity: Entity) -> str:
    """The words an entity is found by: its own name, after those it stands under."""
    return utils.default_process(entity.address.partition("/")[2])


def _best(text: str, names: Sequence[str]) -> list[tuple[int, float]]:
    """Positions and scores of the names that match well enough: those with every word as it is, then the nearest."""
    sought = utils.default_process(text)
    words = set(sought.split())
    found = process.extract(sought, names, scorer=fuzz.WRatio, limit=None, score_cutoff=LEAST_SCORE)
    scored = [(position, score + EVERY_WORD * words.issubset(name.split())) for name, score, position in found]
    return sorted(scored, key=lambda one: -one[1])

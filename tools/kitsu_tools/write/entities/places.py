"""Where entities are to be made: the places that rows name, which may be made by rows before them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kitsu_tools.tracker.addresses import CONCEPTS, EDITS, encoded, parse
from kitsu_tools.tracker.errors import Ambiguous, BadInput, NotFound, listed, quoted
from kitsu_tools.tracker.finder import Finder
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Kind
from kitsu_tools.tracker.names import pick
from kitsu_tools.tracker.places import Place
from kitsu_tools.write.entities.keys import ABOVE, Key
from kitsu_tools.write.entities.rows import NewEntity
from kitsu_tools.write.naming import refuse_several

KINDS: Mapping[str, Kind] = {
    name: kind for kind in ("episode", "sequence", "shot", "edit", "concept") for name in (kind, f"{kind}s")
}
HOLDS: Mapping[str, frozenset[Kind]] = {
    "sequence": frozenset({"shot"}),
    "episode": frozenset({"sequence", "asset", "edit"}),
    "project": frozenset({"episode", "sequence", "asset", "edit", "concept"}),
}
STANDS: Mapping[Kind, str] = {
    "shot": "Give its sequence as `under`.",
    "sequence": "Give its episode, or the production where there are none.",
    "episode": "Give the production.",
    "asset": "Give project/Asset Type, an episode or the production.",
    "edit": "Give project/Edits, an episode or the production.",
    "concept": "Give project/Concepts or the production.",
}


@dataclass(frozen=True, slots=True)
class Made:
    """One entity that is to be made: what it is found by, its address to be and its row. `place` is the one nearest to
    it that is there; `episode` the id of an asset's episode, if it gets one.
    """

    key: Key
    address: str
    row: NewEntity
    place: Place
    episode: str = ""


async def places_of(kitsu: Kitsu, rows: Sequence[tuple[str, NewEntity]]) -> list[Made]:
    """What is to be made, each where its row says: in a place that is there, or is made before it.

    Raises:
        BadInput: it cannot stand there, is named twice, or they are of several productions.
    """
    await kitsu.directory.ready()
    find = await kitsu.find.for_many(list(dict.fromkeys(row.under for _, row in rows)))
    asset_types = await kitsu.directory.asset_types.get()
    places: dict[str, Place] = {}
    made: dict[Key, Made] = {}
    for name, row in rows:
        parent = _made_before(find, row.under, made.values(), str)
        if parent is None and row.under not in places:
            try:
                places[row.under] = await find.place(row.under)
            except (BadInput, NotFound):
                parent = _made_before(find, row.under, made.values(), str.casefold)
                if parent is None:
                    raise
        one = _below(parent, name, row) if parent else _within(places[row.under], name, row, asset_types)
        if one.key in made:
            raise BadInput(f"{one.address} is named twice.")
        made[one.key] = one
    refuse_several(one.place.project for one in made.values())
    return list(made.values())


def _made_before(find: Finder, under: str, made: Iterable[Made], read: Callable[[str], str]) -> Made | None:
    """The one of these that `under` names, by its own name or with what it stands in before that, as `read`.

    Raises:
        Ambiguous: it names several.
    """
    if not under.strip() or find.is_id(under):
        return None

    def names(address: str) -> list[str]:
        return [read(segment.name) for segment in parse(address).segments]

    wanted = names(under)
    found = [one for one in made if one.key.kind in HOLDS and names(one.address)[-len(wanted) :] == wanted]
    if len(found) > 1:
        raise Ambiguous(f"under: {quoted(under)} could be {listed(one.address for one in found)}. Write one of these.")
    return found[0] if found else None


def _below(parent: Made, name: str, row: NewEntity) -> Made:
    kind = KINDS.get(row.kind.strip().casefold()) or ("shot" if parent.key.kind == "sequence" else "sequence")
    if ABOVE.get(kind) != parent.key.kind or (row.kind.strip() and row.kind.strip().casefold() not in KINDS):
        raise BadInput(
            f"{quoted(name)} cannot be made in {parent.address} in the same call. {STANDS.get(kind, '')}"
            if kind != "sequence" or row.kind
            else f"{quoted(name)} cannot be made in {parent.address}."
        )
    key = Key(kind, parent.key.project_id, parent.key.anchor, (*parent.key.names, name))
    return Made(key, _address(key, parent.address, parent.place, ""), row, parent.place)


def _within(place: Place, name: str, row: NewEntity, asset_types: Mapping[str, str]) -> Made:
    kind, asset_type = _kind_in(place, row.kind, asset_types)
    holds = HOLDS.get(place.entity.kind if place.entity else "project", frozenset[Kind]())
    if kind not in holds or (place.group and kind != place.kind):
        raise BadInput(f"{_an(kind)} cannot stand in {place.address}. {STANDS[kind]}")
    if kind == "episode" and not place.project.has_episodes:
        raise BadInput(f"{place.project.name} is no TV show: no page of Kitsu would show an episode in it.")
    above = place.entity.id if place.entity else ""
    type_id = next((one for one, called in asset_types.items() if called == asset_type), "")
    key = Key(kind, place.project.id, type_id if kind == "asset" else above, (name,))
    return Made(key, _address(key, place.address, place, asset_type), row, place, above if kind == "asset" else "")


def _kind_in(place: Place, given: str, asset_types: Mapping[str, str]) -> tuple[Kind, str]:
    """What is to be made there, and of an asset the name of its type."""
    wanted = given.strip().casefold()
    if wanted in KINDS:
        return KINDS[wanted], ""
    if wanted and wanted not in {"asset", "assets"}:
        return "asset", pick("asset type", given.strip(), asset_types.values(), str)
    group = place.kind if place.group and not place.is_main_pack else None
    if group == "asset" or (group and not wanted):
        return group, place.group
    if not wanted and place.entity is not None:
        return "shot" if place.entity.kind != "episode" else "sequence", ""
    raise BadInput(f"kind: say what is to be made in {place.address}: sequence, episode, an asset type, …")


def _address(key: Key, above: str, place: Place, asset_type: str) -> str:
    """As it will be once it is there; a twin's mark comes with its id."""
    project = encoded(place.project.name)
    match key.kind:
        case "asset":
            above = f"{project}/{encoded(asset_type)}"
        case "edit":
            above = f"{project}/{EDITS}"
        case "concept":
            above = f"{project}/{CONCEPTS}"
        case _:
            pass
    return f"{above}/{encoded(key.names[-1])}"


def _an(kind: Kind) -> str:
    return f"{'An' if kind[0] in 'aeiou' else 'A'} {kind}"

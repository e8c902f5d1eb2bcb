"""Links of castings as a change sees them: read by the routes that tell many castings at once, sent an asset at a time.

Zou's PUT of a casting replaces it whole; that of one asset in several entities leaves the others' links as they are
(`cast_asset`, `uncast_asset` of Zou 1.0.97), so that what somebody else casts meanwhile stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from kitsu_tools.gate.change import Change, Field, Item, Request, Value
from kitsu_tools.gate.kind import Looked
from kitsu_tools.tracker.castings import castings_at
from kitsu_tools.tracker.errors import NotFound
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity
from kitsu_tools.tracker.session import KitsuSession

TIMES, LABEL = "nb_occurences", "label"

Links = Mapping[tuple[str, str], tuple[int, str]]
"""How often and by which label an asset is cast in an entity, by the ids of both."""


def casting_path(project_id: str, user: Entity) -> str:
    """Where, below `data/projects/`, Zou tells the casting of an entity together with those beside it."""
    match user.kind:
        case "episode":
            return f"{project_id}/episodes"
        case "asset":
            return f"{project_id}/asset-types/{user.parent_id}"
        case _ if user.parent_id:
            return f"{project_id}/sequences/{user.parent_id}"
        case _:
            return f"{project_id}/entities/{user.id}"


def target_of(project_id: str, user: Entity, asset_id: str) -> str:
    """What a link is looked up by, whether it is there or not."""
    return f"{casting_path(project_id, user)}|{user.id}|{asset_id}"


def ids_in(target: str) -> tuple[str, str]:
    """The ids of the entity and of the asset in a target."""
    _, user_id, asset_id = target.split("|")
    return user_id, asset_id


async def links_at(session: KitsuSession, paths: Iterable[str]) -> dict[tuple[str, str], tuple[int, str]]:
    """The links that Zou tells at these paths, each asked once. Those of omitted assets it leaves out (1.0.97)."""
    reads = [partial(castings_at, session, path) for path in dict.fromkeys(paths)]
    return {
        (user_id, one.asset_id): (one.times, one.label)
        for castings in await gather(*reads)
        for user_id, links in castings.items()
        for one in links
    }


def times_value(times: int, asset: str) -> Value:
    """How often an asset is cast, 0 for not at all."""
    return Value(times, f"{asset} ×{times}" if times else f"no {asset}")


def label_value(label: str) -> Value:
    """The label of a link."""
    return Value(label, f"label {label}" if label else "no label")


def link_fields(asset: str, before: tuple[int, str], after: tuple[int, str]) -> tuple[Field, ...]:
    """A link as it is and as it is to be; the label where there is one to speak of."""
    (times, label), (wanted, wanted_label) = before, after
    if not wanted:
        move, labelled = f"{asset} taken out", f"with its label {label}"
    elif not times:
        move, labelled = f"{asset} added{f' ×{wanted}' * (wanted > 1)}", f"label {wanted_label}"
    else:
        move = f"{asset} ×{times} → ×{wanted}"
        labelled = f"{f'{asset} ' * (times == wanted)}label {label or 'none'} → {wanted_label or 'none'}"
    counted = Field(TIMES, times_value(times, asset), times_value(wanted, asset), move=move)
    was = label_value(label) if label else Value("", "")
    named = Field(LABEL, was, label_value(wanted_label), move=labelled)
    return (counted, named) if label or wanted_label else (counted,)


async def _links_if_there(session: KitsuSession, path: str) -> Links | None:
    with suppress(NotFound):
        return await links_at(session, [path])
    return None


async def look_at_links(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    """Each link, also one that is not there: cast no times. What it would be in may be gone."""
    paths = list(dict.fromkeys(one.partition("|")[0] for one in targets))
    found = await gather(*[partial(_links_if_there, kitsu.session, one) for one in paths])
    at = {path: links for path, links in zip(paths, found, strict=True) if links is not None}
    looked: dict[str, Mapping[str, Value]] = {}
    for target in (one for one in targets if one.partition("|")[0] in at):
        times, label = at[target.partition("|")[0]].get(ids_in(target), (0, ""))
        looked[target] = {TIMES: Value(times, f"×{times}" if times else "not cast"), LABEL: label_value(label)}
    return looked


def requests_of_links(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    """One request for an asset and all that it is to be alike in, of what changes alone; first what is taken out."""
    alike: dict[tuple[str, tuple[tuple[str, Any], ...]], list[Item]] = {}
    for item in items:
        body = {TIMES: 0} if item.sets.get(TIMES) == 0 else item.sets
        alike.setdefault((ids_in(item.target)[1], tuple(sorted(body.items()))), []).append(item)
    for (asset_id, body), its in sorted(alike.items(), key=lambda one: dict(one[0][1]).get(TIMES) != 0):
        entities = [ids_in(item.target)[0] for item in its]
        path = f"data/projects/{change.project_id}/entities/casting/assets/{asset_id}"
        yield Request("PUT", path, {"entity_ids": entities, **dict(body)}, 200, tuple(item.key for item in its))

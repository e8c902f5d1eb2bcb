"""`set_casting`: which assets shots, assets and episodes use, how often and by which label.

Who may is told by `check_manager_project_access` of Zou 1.0.97, which looks at no asset: one of another production it
takes, shared or not, and an asset in itself too.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Effect, Item
from kitsu_tools.gate.sets_fields import SetsFields, Wanted
from kitsu_tools.gate.text import checked
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.errors import BadInput, NotPermitted, counted, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity
from kitsu_tools.tracker.places import Place
from kitsu_tools.write.casting.effects import effects_of, refuse_contradiction
from kitsu_tools.write.casting.links import (
    LABEL,
    TIMES,
    ids_in,
    link_fields,
    look_at_links,
    requests_of_links,
    target_of,
)
from kitsu_tools.write.casting.now import CastingNow, casting_now
from kitsu_tools.write.naming import places_named, refuse_several
from kitsu_tools.write.snapshot import permitted
from kitsu_tools.write.tasks.now import EVERYWHERE
from kitsu_tools.write.tool import writes

MOST_NAMED, MOST_LINKS, MOST_TIMES, LONGEST_LABEL = 200, 500, 1000, 80
CLEAR = "none"


class CastRow(BaseModel):
    """One link of its own: what `of` is to have of an asset."""

    model_config = ConfigDict(extra="forbid")

    of: str
    asset: str
    times: int = Argument(default=0, ge=0, le=MOST_TIMES)
    label: str = ""
    remove: bool = False


Asked = tuple[int, str, bool]
"""How often, by which label, and whether it is taken out; 0 and empty for what stays."""


@writes
async def set_casting(
    kitsu: KitsuHere,
    of: Annotated[
        Sequence[str],
        Argument(max_length=MOST_NAMED, description="shots, assets, episodes; a sequence stands for each of its shots"),
    ] = (),
    assets: Annotated[Sequence[str], Argument(max_length=MOST_NAMED, description="each cast in each of these")] = (),
    times: Annotated[int, Argument(ge=0, le=MOST_TIMES, description="0: as it is, or once")] = 0,
    label: Annotated[str, Argument(max_length=LONGEST_LABEL, description='"none" clears it')] = "",
    remove: Annotated[bool, Argument(description="take them out")] = False,
    rows: Annotated[
        Sequence[CastRow], Argument(max_length=MOST_LINKS, description="where each has its own assets, times, label")
    ] = (),
) -> Change:
    """Cast assets, change how often or their label, or take them out, up to 500 links in one project, after the person
    you work for said yes in their own dialog.

    What else is cast there stays. The receipt says what became of each link.
    """
    if bool(of) != bool(assets) or not (of or rows):
        raise BadInput("Name both `of` and `assets`, or rows.")
    given = [*((one, asset, (times, label, remove)) for one in of for asset in assets)]
    given += [(row.of, row.asset, (row.times, row.label, row.remove)) for row in rows]
    if any(removed and (times or label) for _, _, (times, label, removed) in given):
        raise BadInput("remove: what is taken out has neither times nor a label.")
    if len(given) > MOST_LINKS:
        raise BadInput(f"{counted(len(given), 'link')}; up to {MOST_LINKS} go in one change.")
    places = await places_named(kitsu, [one for one, _, _ in given], "name")
    refuse_several((one.project for one in places.values()), "name")
    home = places[given[0][0]]
    within = {asset: await _within(kitsu, home, asset) for asset in dict.fromkeys(asset for _, asset, _ in given)}
    cast_from = await places_named(kitsu, within.values(), "asset")
    asked: dict[tuple[str, str], Asked] = {}
    users, cast = dict[str, Entity](), dict[str, Place]()
    meant = {one: await _users(places[one]) for one in dict.fromkeys(one for one, _, _ in given)}
    for one, text, wanted in given:
        asset = cast_from[within[text]]
        _refuse_kind(asset, "asset")
        for user in meant[one]:
            key = user.id, asset.entity.id if asset.entity else ""
            users[key[0]], cast[key[1]] = user, asset
            if asked.setdefault(key, wanted) != wanted:
                raise BadInput(f"{user.address} and {asset.address} are named twice, each time otherwise.")
    if len(asked) > MOST_LINKS:
        raise BadInput(f"{counted(len(asked), 'link')}; up to {MOST_LINKS} go in one change.")
    losing = [user_id for (user_id, _), (_, _, removed) in asked.items() if removed]
    now = await casting_now(kitsu, users, cast, home, losing)
    change = await plan_casting(kitsu, "set_casting", now, {key: _wanted(now, key, one) for key, one in asked.items()})
    if not change.items:
        raise BadInput("Every link is so already.")
    return change


async def _within(kitsu: Kitsu, home: Place, asset: str) -> str:
    """An asset as it is looked for: in the production of what it is cast in, where it names none itself."""
    first, slash, _ = asset.partition("/")
    if kitsu.find.is_id(asset) or (slash and await kitsu.directory.project_named(first.strip()) is not None):
        return asset
    return f"{encoded(home.project.name)}/{asset}"


def _refuse_kind(place: Place, *kinds: str) -> None:
    if place.entity is None or place.entity.kind not in kinds:
        what = f"is of the kind {place.entity.kind}" if place.entity else "is no single thing"
        raise BadInput(f"{quoted(place.address)} {what}; here go {', '.join(f'{one}s' for one in kinds)}.")


async def _users(place: Place) -> list[Entity]:
    """What a name in `of` stands for."""
    if place.entity is None or place.entity.kind != "sequence":
        _refuse_kind(place, "shot", "asset", "episode", "sequence")
        return [place.entity] if place.entity else []
    view = await place.reading.shots_of(place.entity.id)
    shots = [one for one in view.below(place.entity.id) if not one.omitted]
    if not shots:
        raise BadInput(f"{place.address} has no shots.")
    return shots


async def plan_casting(
    kitsu: Kitsu, tool: str, now: CastingNow, wanted: Mapping[tuple[str, str], tuple[int, str]]
) -> Change:
    """What makes these links so, by the ids of what uses and of the asset; what is cast besides stays.

    Raises:
        BadInput: an asset cannot be cast there.
        NotPermitted: Zou would refuse the role.
    """

    def foresee(some: Sequence[Item], _: str) -> list[Effect]:
        return effects_of(now, some)

    items = [_item(now, key, one) for key, one in wanted.items()]
    moving = tuple(item for item in items if item.changes)
    _refuse_odd(now, moving)
    refuse_contradiction(now, items)
    await permitted(kitsu, now, _refuse_role)
    return now.change(
        Change,
        items,
        moving,
        kind="castings",
        tool=tool,
        verb="Change casting:" if tool != "undo_change" else "Take back casting:",
        noun="link",
        effects=tuple(foresee(moving, "")),
        warnings=tuple(_warnings(now, moving)),
        posts=False,
        foresee=foresee,
    )


def _wanted(now: CastingNow, key: tuple[str, str], asked: Asked) -> tuple[int, str]:
    times, label, removed = asked
    held, held_label = now.links.get(key, (0, ""))
    text = checked(label, "label")
    if len(text) > LONGEST_LABEL or "\n" in text:
        raise BadInput(f"label: {quoted(text)} is longer than the line of {LONGEST_LABEL} characters that Kitsu keeps.")
    if removed:
        return 0, ""
    return times or held or 1, "" if text.casefold() == CLEAR else text or held_label


def _item(now: CastingNow, key: tuple[str, str], after: tuple[int, str]) -> Item:
    user, asset_id = now.users[key[0]], key[1]
    target = target_of(now.project.id, user, asset_id)
    return Item(target, target, user.address, link_fields(now.names[asset_id], now.links.get(key, (0, "")), after))


def _added(items: Sequence[Item]) -> list[tuple[str, str]]:
    """The ids of what uses and of the asset, where an asset is cast anew."""
    return [ids_in(item.target) for item in items if not item.fields[0].before.raw and item.fields[0].after.raw]


def _refuse_odd(now: CastingNow, items: Sequence[Item]) -> None:
    added = _added(items)
    itself = [now.names[asset] for user, asset in added if user == asset]
    if itself:
        raise BadInput(f"An asset is not cast in itself: {listed(itself)}.")
    foreign = dict.fromkeys(now.names[asset] for _, asset in added if asset in now.unshared)
    if foreign:
        raise BadInput(
            f"Of another production, and not shared: {listed(foreign)}. Only what its own production shares is cast in "
            "others."
        )


async def _refuse_role(now: CastingNow) -> None:
    if now.role not in EVERYWHERE:
        raise NotPermitted(f"The role {now.role!r} casts nothing; managers of {now.project.name} do.")


def _warnings(now: CastingNow, items: Sequence[Item]) -> list[str]:
    added = _added(items)
    out = dict.fromkeys(now.users[user].address for user, _ in added if now.users[user].omitted)
    circles = [
        f"{now.names[asset]} and {now.users[user].name}"
        for user, asset in added
        if (asset, user) in now.links or ((asset, user) in added and user < asset)
    ]
    return [
        *([f"Omitted: {listed(out, 3)}"] if out else []),
        *([f"Each would use the other: {listed(circles, 3)}"] if circles else []),
    ]


async def _again(kitsu: Kitsu, wanted: Wanted) -> Change:
    """What an undo wants of links, of which some fields are named."""
    keys = {ids_in(target): fields for target, fields in wanted.items()}
    places = await places_named(kitsu, [one for key in keys for one in key], "name")
    users = {user: found for user, _ in keys if (found := places[user].entity) is not None}
    home = places[next(iter(users))]
    losing = [user for (user, _), fields in keys.items() if fields.get(TIMES) == 0]
    now = await casting_now(kitsu, users, {asset: places[asset] for _, asset in keys}, home, losing)
    former: dict[tuple[str, str], tuple[int, str]] = {}
    for key, fields in keys.items():
        times, label = now.links.get(key, (0, ""))
        former[key] = int(str(fields.get(TIMES, times))), str(fields.get(LABEL, label))
    return await plan_casting(kitsu, "undo_change", now, former)


async def _by(kitsu: Kitsu, target: str) -> str:
    """Zou tells neither when nor by whom a link was made."""
    del kitsu, target
    return "somebody changed the casting"


CASTINGS = SetsFields(look=look_at_links, requests=requests_of_links, changed_by=_by, again=_again)

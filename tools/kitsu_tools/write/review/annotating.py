"""Working drawings out: from the marks that an agent named to a change, with reads only."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from kitsu_tools.gate.change import Item
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.errors import BadInput, NotPermitted, listed, quoted
from kitsu_tools.tracker.finder import FoundTask
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.review import Preview, text, time_of
from kitsu_tools.write.review.drawings import Drawing, Drawings, Place, item_of, objects_of, same
from kitsu_tools.write.review.marks import RED, Mark, drawn, redrawn
from kitsu_tools.write.snapshot import Snapshot, permitted, production_now

MOST_MARKS = 20
ANNOTATE = frozenset({"admin", "manager", "client"})
"""And supervisors, on tasks of their departments (`UpdateAnnotationsResource` of Zou 1.0.97)."""
UNREADY = {
    "processing": "Kitsu has no file of it yet, or is still at work on it",
    "broken": "it is broken: Kitsu could make nothing of it",
    "missing": "Kitsu has lost its file",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A frame of a preview, what is to be drawn on it, and which ids are to be removed. `fps`: what Kitsu counts the
    frames of it by.
    """

    task: FoundTask
    preview: Preview
    fps: float
    frame: int
    draw: Sequence[Mark] = ()
    remove: Sequence[str] = ()

    @property
    def name(self) -> str:
        """How answers name the preview."""
        return f"{self.task.address} {self.preview.version}"


async def plan_drawings(
    kitsu: Kitsu, tool: str, pages: Sequence[Page], *, playlist: str = "", told: tuple[str, ...] = ()
) -> Drawings:
    """Drawings on previews of one production; `playlist`: in whose room they are told.

    Raises:
        BadInput: something cannot be drawn or removed there, or nothing is left to do.
        NotPermitted: Zou would refuse the role.
    """
    found = list({one.task.task.id: one.task for one in pages}.values())
    now = Snapshot(**await production_now(kitsu, found, _nothing))
    await permitted(kitsu, now, partial(_refuse_role, found=found))
    items: list[Item] = []
    places: list[Place] = []
    unchanged: list[str] = []
    for page in pages:
        place = _place(page)
        here, same_there = _items(page, place, now.me.id)
        items += here
        unchanged += same_there
        places.append(replace(place, keys=tuple(item.key for item in here)))
    twice = next((key for key, count in Counter(item.key for item in items).items() if count > 1), "")
    if twice:
        raise BadInput(f"{quoted(twice[:8])} is named twice.")
    if not items:
        raise BadInput("That is drawn already.")
    return Drawings(
        "drawings",
        tool,
        project_id=now.project.id,
        project=encoded(now.project.name),
        verb="Annotate",
        items=tuple(items),
        noun="drawing",
        unchanged=tuple(dict.fromkeys(unchanged)),
        told=told,
        posts=False,
        detail=f"It stays on the preview{'s' * (len(pages) > 1)}.",
        playlist=playlist,
        places=tuple(places),
    )


def _place(page: Page) -> Place:
    """Where a page's marks go.

    Raises:
        BadInput: nobody draws there.
    """
    shown = page.preview
    if not shown.can_be_drawn_on:
        raise BadInput(f"{page.name} is neither a picture nor a movie ({shown.extension}), so nobody draws on it.")
    if why := UNREADY.get(shown.status):
        raise BadInput(f"{page.name} cannot be drawn on: {why}.")
    at, last = (time_of(page.frame, page.fps), round(shown.duration * page.fps)) if shown.is_movie else (0.0, 1)
    if last and page.frame > last:
        raise BadInput(f"frame: {page.name} has {last}.")
    return Place(shown.id, page.frame, shown.is_movie, shown.moment(at))


def _items(page: Page, place: Place, me: str) -> tuple[list[Item], list[str]]:
    """What becomes of each object, without what is drawn there already; and where that is."""
    shown, moment = page.preview, place.moment
    kept, here = objects_of(shown), [key for one in shown.drawn_at(moment) if (key := text(one.get("id")))]
    wanted: list[tuple[str, Drawing | None, str]] = [(_one(given, here), None, "") for given in page.remove]
    for mark in page.draw:
        key = _one(given, here) if (given := mark.get("id")) else ""
        made = redrawn(mark, kept[key], shown, moment, me) if key else drawn(mark, shown, moment, me)
        shape = f"{mark.get('shape')} in {mark.get('color') or RED}" if mark.get("shape") else ""
        wanted.append((str(made["id"]), made, f"becomes {shape}" if key and shape else shape))
    if not wanted:
        raise BadInput(f"Give something to draw, to change or to remove on {page.name}.")
    address = f"{page.name} frame {page.frame}" if shown.is_movie else page.name
    coming = [one for one in wanted if not same(kept.get(one[0]), one[1])]
    items = [item_of(shown.id, address, kept.get(key), after, key, says) for key, after, says in coming]
    return items, [address] * (len(items) < len(wanted))


def _one(given: str, here: Sequence[str]) -> str:
    """The id that an agent means, by its beginning."""
    found = [one for one in here if one.startswith(given.strip()) and given.strip()]
    if len(found) != 1:
        there = listed(one[:8] for one in here) or "nothing"
        raise BadInput(f"{quoted(given)} is {len(found)} of what is drawn there: {there}.")
    return found[0]


async def _nothing() -> None:
    pass


async def _refuse_role(now: Snapshot, found: Sequence[FoundTask]) -> None:
    refused = [one.address for one in found if now.role not in ANNOTATE and not now.supervised(one.task.type_id)]
    if refused:
        raise NotPermitted(
            f"Your role on {now.project.name} ({now.role}) may not draw on {listed(refused)}: admins, managers, "
            "clients and supervisors of its department may."
        )

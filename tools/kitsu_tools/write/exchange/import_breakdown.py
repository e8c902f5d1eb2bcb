"""A breakdown or a cut as one plan: what is new is made, what differs is set, what is cast is cast; what is gone is
omitted where the person ticks it themselves, and never deleted.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.exchange.breakdown import NAMING, Breakdown, of_clips, of_sheet
from kitsu_tools.exchange.edits import ADAPTERS, clips_of
from kitsu_tools.exchange.sheets import read_csv, read_xlsx
from kitsu_tools.gate.change import Change
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.places import Place
from kitsu_tools.tracker.review import fps_of
from kitsu_tools.write.casting.set_casting import MOST_LINKS, set_casting
from kitsu_tools.write.entities.change_entities import MOST_CHANGED, EntityRow, change_entities
from kitsu_tools.write.entities.create_entities import create_entities
from kitsu_tools.write.exchange.files import content_of, kind_of
from kitsu_tools.write.exchange.matching import Matched, matched
from kitsu_tools.write.several.kind import together
from kitsu_tools.write.several.new_records import following
from kitsu_tools.write.several.planned import planned
from kitsu_tools.write.tool import plan_of, writes


@writes
async def import_breakdown(
    kitsu: KitsuHere,
    under: Annotated[str, Argument(description="project, or project/episode")] = "",
    file: Annotated[str, Argument(description="CSV, XLSX, EDL, FCP XML or OTIO in a folder of KITSU_FOLDERS")] = "",
    text: Annotated[str, Argument(description="or the CSV or EDL itself")] = "",
    naming: Annotated[
        str, Argument(description="how a cut names its clips, of {episode}, {sequence} and {shot}")
    ] = NAMING,
) -> Change:
    """Bring a production to what a table of shots, assets or casting says, or a cut: new, changed and gone, matched by
    name, after the person said yes in a dialog.

    A table has Sequence and Name (Episode too, where `under` is a whole TV show), or Type and Name; frames,
    Description, metadata; Casting: "2 x Bolt, Tree".
    What is gone is never ticked beforehand. Returns what became of each.
    """
    if bool(file.strip()) == bool(text.strip()):
        raise BadInput("Give a file or a text.")
    place = await kitsu.find.place(under, wants="shot")
    if place.entity is not None and place.entity.kind != "episode":
        raise BadInput(f"under: {place.address} is no project and no episode.")
    if file.strip():
        content, ending = await to_thread.run_sync(content_of, file.strip(), kitsu.studio.folders)
    else:
        content, ending = text.encode(errors="replace"), kind_of(text)
    types = (await kitsu.directory.task_types.get()).values()
    work = partial(_read, content, ending, naming, place, [one.name for one in types])
    breakdown = await to_thread.run_sync(work)
    found = await matched(kitsu, place, breakdown)
    changes = await _changes(kitsu, found)
    warnings = [*breakdown.notes, *found.warnings]
    if not changes:
        raise BadInput(" ".join([f"All of it is so already: {found.same} in {place.address}.", *warnings]))
    change = together(changes, "import_breakdown")
    return replace(change, warnings=(*warnings, *change.warnings))


def _read(content: bytes, ending: str, naming: str, place: Place, task_types: Sequence[str]) -> Breakdown:
    """What a file says. Blocks.

    Raises:
        BadInput: it cannot be read, or what is wrong in it.
    """
    if ending in ADAPTERS:
        clips, notes = clips_of(content, ending, fps_of(place.project, {}))
        return of_clips(clips, naming, notes)
    sheet = read_xlsx(content) if ending == ".xlsx" else read_csv(content)
    metadata = [one.name for one in place.project.columns]
    by_episode = place.project.has_episodes and place.entity is None
    return of_sheet(sheet, metadata, task_types, by_episode=by_episode)


async def _changes(kitsu: Kitsu, found: Matched) -> list[Change]:
    """What makes it so, each as its own tool plans it: what is gone last, and unticked.

    Raises:
        BadInput, NotFound, NotPermitted: one of them cannot be.
    """

    def plans(kitsu: Kitsu, tool: Callable[..., Any], rows: Sequence[Any], most: int) -> list[partial[Any]]:
        plan, _ = plan_of(tool)
        return [partial(plan, kitsu=kitsu, rows=rows[start : start + most]) for start in range(0, len(rows), most)]

    making = plans(kitsu, create_entities, found.new, len(found.new) or 1)
    changing = plans(kitsu, change_entities, found.changed, MOST_CHANGED)
    gone = [EntityRow(entities=[one], omitted=True) for one in found.gone]
    changes: list[Change] = await gather(*making, *changing, *plans(kitsu, change_entities, gone, MOST_CHANGED))
    kept, last = changes[: len(making) + len(changing)], changes[len(making) + len(changing) :]
    made = [following((), one) for one in kept[: len(making)]]
    cast: list[Change] = await gather(*plans(await planned(kitsu, made), set_casting, found.cast, MOST_LINKS))
    unticked = [replace(one, items=tuple(replace(item, ticked=False) for item in one.items)) for one in last]
    parts: list[Change] = []
    for one in (*kept, *cast, *unticked):
        parts += [following(parts, one)] if one.items else []
    return parts

"""What previews are: validated or rejected, an entity's main preview, and in which place of their revision.

Who may is told by `PreviewFileResource`, `SetMainPreviewResource` and `UpdatePreviewPositionResource` of Zou 1.0.97,
each tried with every role. Any other validation is an error of its own to Zou (500). A move is one request, by which
Zou numbers all files of the revision anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Field, Item, Raw, Request, Value
from kitsu_tools.gate.kind import Looked
from kitsu_tools.gate.sets_fields import SetsFields, Wanted
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import BadInput, NotFound, NotPermitted, listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import decoded
from kitsu_tools.tracker.named_previews import FIELDS, Meant
from kitsu_tools.tracker.previews import PreviewFile
from kitsu_tools.write.previews.named import previews_named
from kitsu_tools.write.review.annotating import UNREADY
from kitsu_tools.write.snapshot import Snapshot, omitted, permitted, production_now
from kitsu_tools.write.tool import writes

MOST_PREVIEWS = 100
VALIDATION, MAIN, POSITION = "validation_status", "main", "position"
FILE, ENTITY = "file/", "main/"
"""How targets begin: a preview, and an entity whose main preview is meant; Kitsu's id follows."""
LABELS = {VALIDATION: "", MAIN: "main preview", POSITION: "place"}
NAMED = f"{FIELDS},original_name"
EVERYWHERE = frozenset({"admin", "manager"})


@writes
async def change_preview(
    kitsu: KitsuHere,
    previews: Annotated[Sequence[str], Argument(max_length=MOST_PREVIEWS, description="shot:Task v2, v2 file 2, ids")],
    validation: Annotated[
        Literal["", "validated", "rejected", "neutral"], Argument(description="empty: it stays")
    ] = "",
    main: Annotated[bool, Argument(description="make each the picture of its shot or asset")] = False,
    position: Annotated[int, Argument(ge=0, description="move one to this place among the files of its revision")] = 0,
) -> Change:
    """Validate or reject previews of one project, make them their entities' main previews, or order the files of a
    revision, after the person said yes in a dialog. The status of a task is set by change_status.
    """
    if not previews or not (validation or main or position):
        raise BadInput("Name previews, and at least one of validation, main and position.")
    if position and len(previews) != 1:
        raise BadInput("position: one file is moved at a time. Name one preview.")
    named = await previews_named(kitsu, previews)
    fields: dict[str, Raw] = {VALIDATION: validation} if validation else {}
    if position:
        fields[POSITION] = _position(named[0], position)
    wanted: dict[str, tuple[Meant, Mapping[str, Raw]]] = {}
    for one in named if fields else ():
        wanted[f"{FILE}{one.preview.id}"] = one, fields
    for one in named if main else ():
        target = f"{ENTITY}{one.task.task.entity.id}"
        if wanted.setdefault(target, (one, {MAIN: one.preview.id}))[0].preview.id != one.preview.id:
            raise BadInput(f"main: several previews of {one.task.task.entity.address} are named, and it has one.")
        _refuse_unseen(one)
    change = await _plan(kitsu, "change_preview", wanted, "Change")
    if not change.items:
        raise BadInput("All of that is so already.")
    return change


def _position(one: Meant, wanted: int) -> int:
    count = sum(file.revision == one.preview.revision for file in one.every)
    if wanted > count:
        raise BadInput(f"position: v{one.preview.revision} of {one.task.address} has {count} files.")
    return wanted


def _refuse_unseen(one: Meant) -> None:
    """Refuse as a main preview what Kitsu has no picture of; of a GIF its page makes none either."""
    preview = one.preview
    if why := UNREADY.get(preview.status):
        raise BadInput(f"main: {one.says} cannot be shown: {why}.")
    if not preview.can_be_drawn_on or preview.extension == "gif":
        raise BadInput(f"main: {one.says} is a {preview.extension}, so Kitsu cannot show it as the main preview.")


async def _plan(kitsu: Kitsu, tool: str, wanted: Mapping[str, tuple[Meant, Mapping[str, Raw]]], verb: str) -> Change:
    """What makes these fields, by target, so.

    Raises:
        NotFound: a preview is gone.
        NotPermitted: Zou would refuse the role one of them.
    """
    read: dict[str, Mapping[str, Value]] = {}

    async def look() -> None:
        read.update(await _look(kitsu, list(wanted)))

    found = list({one.task.task.id: one.task for one, _ in wanted.values()}.values())
    now = Snapshot(**await production_now(kitsu, found, look))
    if gone := [one.says for target, (one, _) in wanted.items() if target not in read]:
        raise NotFound(f"Deleted, or not yours to see any more: {listed(gone)}. Leave them out.")
    names = await _names(kitsu, [str(fields[MAIN]) for _, fields in wanted.values() if fields.get(MAIN)])
    items = [_item(target, one, fields, read[target], names) for target, (one, fields) in wanted.items()]
    moving = tuple(item for item in items if item.changes)
    judge = partial(_refuse_role, kitsu=kitsu, items=moving, wanted=wanted)
    await permitted(kitsu, now, judge)
    rejected = any(one.name == VALIDATION and one.after.raw == "rejected" for item in moving for one in item.fields)
    return now.change(
        Change,
        items,
        moving,
        kind="revisions",
        tool=tool,
        verb=verb,
        noun="preview",
        warnings=tuple(omitted(found)),
        posts=False,
        detail="Clients are told nothing of what is rejected." if rejected else "",
    )


def _item(
    target: str, one: Meant, wanted: Mapping[str, Raw], before: Mapping[str, Value], names: Mapping[str, str]
) -> Item:
    def after(name: str) -> Value:
        raw = wanted[name]
        return Value(raw, names.get(str(raw), "none") if name == MAIN else str(raw))

    fields = tuple(Field(name, before[name], after(name), LABELS[name]) for name in LABELS if name in wanted)
    address = one.task.task.entity.address if target.startswith(ENTITY) else one.says
    return Item(target, target, address, fields)


async def _refuse_role(
    now: Snapshot, *, kitsu: Kitsu, items: Sequence[Item], wanted: Mapping[str, tuple[Meant, Mapping[str, Raw]]]
) -> None:
    if now.role in EVERYWHERE:
        return
    tasks = {item.key: wanted[item.key][0].task.task for item in items}
    made = await records_by(kitsu.session, "data/entities", "id", {one.entity.id for one in tasks.values()})
    own = {one["id"] for one in made if one.get("created_by") == now.me.id}
    refused: list[str] = []
    for item in items:
        task, names = tasks[item.key], item.sets.keys()
        works = now.me.id in task.assignees or now.supervised(task.type_id)
        unset = any(one.name == MAIN and one.after.raw is None for one in item.fields)
        may = {
            VALIDATION: works,
            POSITION: works or now.role == "client" or task.entity.id in own,
            MAIN: now.role != "client" and not unset,
        }
        if not all(may[name] for name in names):
            refused.append(f"{item.address} ({item.says})")
    if refused:
        raise NotPermitted(
            f"Your role on {now.project.name} ({now.role}) may not do this: {listed(refused)}. Validation and order "
            "are for managers, supervisors of the department and assignees, the main preview for all but clients."
        )


async def _look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    files = [one.removeprefix(FILE) for one in targets if one.startswith(FILE)]
    entities = [one.removeprefix(ENTITY) for one in targets if one.startswith(ENTITY)]
    there: dict[str, Mapping[str, Value]] = {}
    if files:
        records = await records_by(kitsu.session, "data/preview-files", "id", files, fields=FIELDS)
        tasks = {one["task_id"] for one in records}
        beside = await records_by(kitsu.session, "data/preview-files", "task_id", tasks, fields=FIELDS)
        for one in records:
            place = _place(one, beside)
            values = {POSITION: Value(place, str(place))}
            values[VALIDATION] = Value(one["validation_status"], one["validation_status"])
            there[f"{FILE}{one['id']}"] = values
    if entities:
        held = await records_by(kitsu.session, "data/entities", "id", entities)
        names = await _names(kitsu, [one["preview_file_id"] for one in held if one["preview_file_id"]])
        for one in held:
            shown = names.get(one["preview_file_id"], "none")
            there[f"{ENTITY}{one['id']}"] = {MAIN: Value(one["preview_file_id"], shown)}
    return there


def _place(record: Mapping[str, Any], beside: Iterable[Mapping[str, Any]]) -> int:
    """Its place among the files of its revision, as Zou orders them: stored numbers may repeat or skip."""
    here = [one for one in beside if (one["task_id"], one["revision"]) == (record["task_id"], record["revision"])]
    here.sort(key=lambda one: (one["position"], one["created_at"]))
    return [one["id"] for one in here].index(record["id"]) + 1


async def _names(kitsu: Kitsu, preview_ids: Sequence[str]) -> dict[str, str]:
    """What the files of previews are called, by their ids."""
    if not preview_ids:
        return {}
    records = await records_by(kitsu.session, "data/preview-files", "id", preview_ids, fields=NAMED)
    files = [decoded(PreviewFile, one) for one in records]
    return {one.id: f"{one.name or one.id[:8]} {one.version}" for one in files}


def _requests(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    del change
    for item in items:
        to, keys = item.target.partition("/")[2], (item.key,)
        for one in item.fields:
            match one.name, one.after.raw:
                case _ if not one.changes:
                    pass
                case "main", None:
                    yield Request("PUT", f"data/entities/{to}", {"preview_file_id": None}, 200, keys)
                case "main", preview:
                    yield Request("PUT", f"actions/preview-files/{preview}/set-main-preview", {}, 200, keys)
                case "position", place:
                    yield Request("PUT", f"actions/preview-files/{to}/update-position", {POSITION: place}, 200, keys)
                case name, raw:
                    yield Request("PUT", f"data/preview-files/{to}", {name: raw}, 200, keys)


async def _changed_at(kitsu: Kitsu, target: str) -> str:
    """When it was saved last; Zou tells not by whom."""
    kind, _, record_id = target.partition("/")
    path = "data/entities" if f"{kind}/" == ENTITY else "data/preview-files"
    clock, record = await kitsu.clock(), await kitsu.session.read(f"{path}/{record_id}")
    return f"somebody saved it at {clock.local(record.get('updated_at'))} {clock.zone.key}"


async def _again(kitsu: Kitsu, wanted: Wanted) -> Change:
    """An entity is named by the preview that it shows now."""
    shown = await _look(kitsu, [one for one in wanted if one.startswith(ENTITY)])
    ids = [str(shown[one][MAIN].raw) if one in shown else one.removeprefix(FILE) for one in wanted]
    named = await previews_named(kitsu, ids)
    each = {target: (one, fields) for (target, fields), one in zip(wanted.items(), named, strict=True)}
    return await _plan(kitsu, "undo_change", each, "Take back")


REVISIONS = SetsFields(look=_look, requests=_requests, changed_by=_changed_at, again=_again)

"""Holding a publication to its plan: the files it names, in order, in its comment, and nothing else of previews."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.database import TableDifference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.database import Row
    from support.held import Journaled
    from support.held_tasks import Applied

KEPT_AS = {"jpg": "png", "mov": "mp4"}
NOTHING = TableDifference()


def hold_previews(plan: Journaled, changes: dict[str, TableDifference]) -> None:
    """Take out of the changes what this plan says of previews; what any other plan changes there is left to fail."""
    if plan.plan["kind"] != "previews" or not plan.sent:
        return
    added = changes.pop("preview_file", NOTHING)
    assert not added.changed
    links, shown = set[tuple[str, str]](), dict[str, str]()
    stored = set[str]()
    for item in plan.sent:
        previews = [row for row in added.added.values() if row["task_id"] == item["target"]]
        previews.sort(key=lambda row: int(row["position"] or 0))
        here = _hold_revision(plan, item, previews)
        comments = changes["comment"].added.items()
        (comment,) = [
            key[0]
            for key, row in comments
            if row["object_id"] == item["target"] and (row["text"] or "").endswith(f"[{plan.code}]")
        ]
        links |= {(str(comment), str(row["id"])) for row in previews}
        stored |= {str(row["id"]) for row in here}
        by_itself = any(one["because"] == item["key"] and one["field"] is None for one in plan.effects)
        if (item["key"] not in plan.partly and plan.plan["main"]) or (here and by_itself):
            shown[str(previews[0]["id"])] = item["target"]
    assert {str(row["id"]) for row in added.added.values()} == {one for _, one in links}
    assert changes.pop("comment_preview_link", NOTHING).added.keys() == links
    states = changes.pop("preview_file_storage_state", NOTHING).added.values()
    assert {row["preview_file_id"] for row in states} <= {one for _, one in links}
    files_kept = changes.pop("stored_file", NOTHING).added.values()
    assert {row["file_id"] for row in files_kept if row["deleted_at"] is None} == stored
    if shown:
        entities = changes.pop("entity").changed.values()
        assert all(columns.keys() == {"preview_file_id", "updated_at"} for columns in entities)
        assert {columns["preview_file_id"][1] for columns in entities} == shown.keys()


def _hold_revision(plan: Journaled, item: dict[str, Any], previews: list[Row]) -> list[Row]:
    """What came of one task's files, in order: those that are there."""
    files = [name.rpartition(" ")[0] for name in item["fields"][1]["after"]["raw"]]
    here = [row for row in previews if row["original_name"] is not None]
    assert [(row["original_name"], row["extension"], row["position"]) for row in here] == [
        (stem, KEPT_AS.get(extension, extension), str(number))
        for number, (stem, _, extension) in enumerate([name.rpartition(".") for name in files[: len(here)]], 1)
    ]
    assert {row["status"] for row in here} <= {"ready"}
    assert len({row["revision"] for row in previews}) <= 1
    if item["key"] in plan.partly:
        (names,) = [one["files"] for one in plan.plan["revisions"] if one["key"] == item["key"]]
        _hold_named(names, plan.details[item["key"]], len(here), len(previews) - len(here))
    else:
        assert len(previews) == len(here) == len(files)
    return here


def _hold_named(files: list[dict[str, Any]], told: str, here: int, empty: int) -> None:
    """Of a publication that stopped half-way each file is named as there or not, and so is what is left empty."""
    names = [file["shown"] for file in files]
    there, _, missing = told.partition("without ")
    assert [name for name in names if f"{name} ready" in there] == names[:here]
    assert [name for name in names if name in missing] == names[here:]
    assert ("the comment stands" in told) == (not here)
    assert (f"{empty} empty preview" if empty else "") in told
    assert ("empty preview" in told) == bool(empty)
    assert ("it is not the main preview" in told) == (here == len(names))


def hold_revisions(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Exactly the planned previews are validated, exactly the planned entities show them; else only places moved."""
    del names
    previews, entities = changes.pop("preview_file", NOTHING), changes.pop("entity", NOTHING)
    for rows in (previews.added, previews.removed, entities.added, entities.removed):
        assert not rows
    wanted: dict[str, dict[str, str | None]] = {"main": {}, "validation_status": {}, "position": {}}
    for item in plan.sent:
        for one in item["fields"]:
            if one["before"]["raw"] != one["after"]["raw"] and item["key"] not in plan.partly:
                raw = one["after"]["raw"]
                wanted[one["name"]][item["target"].partition("/")[2]] = None if raw is None else str(raw)
    shown = {key[0]: row["preview_file_id"][1] for key, row in entities.changed.items() if "preview_file_id" in row}
    assert shown == wanted["main"]
    assert all(row.keys() <= {"preview_file_id", "updated_at"} for row in entities.changed.values())
    moved = {key[0]: row for key, row in previews.changed.items()}
    judged = {key: row["validation_status"][1] for key, row in moved.items() if "validation_status" in row}
    named = {one.partition("/")[2] for one in plan.partly}
    assert wanted["validation_status"].items() <= judged.items()
    assert judged.keys() <= wanted["validation_status"].keys() | named
    placed = {key: row["position"][1] for key, row in moved.items() if "position" in row}
    assert wanted["position"].items() <= placed.items()
    assert bool(placed) <= bool(wanted["position"] or plan.partly)
    assert all(row.keys() <= {"validation_status", "position", "updated_at"} for row in moved.values())

"""Holding a publication to its plan: the files it names, in order, in its comment, and nothing else of previews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.database import TableDifference

if TYPE_CHECKING:
    from support.held import Journaled

KEPT_AS = {"jpg": "png", "mov": "mp4"}
NOTHING = TableDifference()


def hold_previews(plan: Journaled, changes: dict[str, TableDifference]) -> None:
    """Take out of the changes what this plan says of previews; what any other plan changes there is left to fail."""
    if plan.plan["kind"] != "previews" or not plan.sent:
        return
    (item,) = plan.sent
    files = [name.rpartition(" ")[0] for name in item["fields"][1]["after"]["raw"]]
    added = changes.pop("preview_file", NOTHING)
    previews = sorted(added.added.values(), key=lambda row: int(row["position"] or 0))
    here = [row for row in previews if row["original_name"] is not None]
    assert not added.changed
    assert [(row["original_name"], row["extension"], row["position"]) for row in here] == [
        (stem, KEPT_AS.get(extension, extension), str(number))
        for number, (stem, _, extension) in enumerate([name.rpartition(".") for name in files[: len(here)]], 1)
    ]
    assert {(row["task_id"], row["status"]) for row in here} <= {(item["target"], "ready")}
    assert len({row["revision"] for row in previews}) <= 1
    whole = item["key"] not in plan.partly
    if whole:
        assert len(previews) == len(here) == len(files)
    else:
        _hold_named(plan, plan.details[item["key"]], len(here), len(previews) - len(here))
    (comment,) = [
        key[0] for key, row in changes["comment"].added.items() if (row["text"] or "").endswith(f"[{plan.code}]")
    ]
    ids = [str(row["id"]) for row in previews]
    stored = {str(row["id"]) for row in here}
    assert changes.pop("comment_preview_link", NOTHING).added.keys() == {(comment, one) for one in ids}
    assert {row["preview_file_id"] for row in changes.pop("preview_file_storage_state", NOTHING).added.values()} <= {
        *ids
    }
    files_kept = changes.pop("stored_file", NOTHING).added.values()
    assert {row["file_id"] for row in files_kept if row["deleted_at"] is None} == stored
    shown_by_itself = any(one["field"] is None for one in plan.effects)
    if (whole and plan.plan["main"]) or (here and shown_by_itself):
        (columns,) = changes.pop("entity").changed.values()
        assert columns.keys() == {"preview_file_id", "updated_at"}
        assert columns["preview_file_id"][1] == ids[0]


def _hold_named(plan: Journaled, told: str, here: int, empty: int) -> None:
    """Of a publication that stopped half-way each file is named as there or not, and so is what is left empty."""
    names = [file["shown"] for file in plan.plan["files"]]
    there, _, missing = told.partition("without ")
    assert [name for name in names if f"{name} ready" in there] == names[:here]
    assert [name for name in names if name in missing] == names[here:]
    assert ("the comment stands" in told) == (not here)
    assert (f"{empty} empty preview" if empty else "") in told
    assert ("empty preview" in told) == bool(empty)
    assert ("it is not the main preview" in told) == (here == len(names))

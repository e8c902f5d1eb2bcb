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
    assert not added.changed
    assert [(row["original_name"], row["extension"], row["position"]) for row in previews] == [
        (stem, KEPT_AS.get(extension, extension), str(number))
        for number, (stem, _, extension) in enumerate([name.rpartition(".") for name in files], 1)
    ]
    assert {(row["task_id"], row["status"]) for row in previews} == {(item["target"], "ready")}
    assert len({row["revision"] for row in previews}) == 1
    (comment,) = [
        key[0] for key, row in changes["comment"].added.items() if (row["text"] or "").endswith(f"[{plan.code}]")
    ]
    ids = [str(row["id"]) for row in previews]
    assert changes.pop("comment_preview_link", NOTHING).added.keys() == {(comment, one) for one in ids}
    assert {row["preview_file_id"] for row in changes.pop("preview_file_storage_state", NOTHING).added.values()} <= {
        *ids
    }
    assert {row["file_id"] for row in changes.pop("stored_file", NOTHING).added.values()} == {*ids}
    if plan.plan["main"] or any(one["field"] is None for one in plan.effects):
        (columns,) = changes.pop("entity").changed.values()
        assert columns.keys() == {"preview_file_id", "updated_at"}
        assert columns["preview_file_id"][1] == ids[0]

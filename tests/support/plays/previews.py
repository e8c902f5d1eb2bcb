"""What previews are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from support.database import TableDifference
from support.plays.play import Job, Play, plays, undone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.held import Journaled

NAMED = ["Salt Harbour/SQ010/SH0020:Animation v1", "Salt Harbour/Character/Maren:Concept v1"]
JUDGEMENTS = Job("judgements", "change_preview", {"previews": NAMED, "validation": "rejected"}, 2)


@plays("revisions")
def revisions() -> Play:
    """Validation alone, and with a main preview."""
    both = Job("a main preview", "change_preview", {"previews": NAMED[1:], "validation": "validated", "main": True}, 2)
    return Play((JUDGEMENTS, undone(JUDGEMENTS), both), _touched)


def _touched(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
    tables = [changes.get(table, TableDifference()).changed for table in ("preview_file", "entity")]
    there = {key[0] for changed in tables for key in changed}
    return Counter({one["key"]: int(one["target"].partition("/")[2] in there) for one in plan.plan["items"]})

"""What was proposed and done here, as the journal tells it: an entry a change, newest first."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from kitsu_tools.gate.schema import JournalError, prepare

State = Literal["not answered", "declined", "applied", "refused", "failed", "unknown", "not sent"]
"""What became of a change, or of some of its items. `not sent`: unticked by the person, or skipped by the gate."""
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `counts` is how many of its `total` items ended how; times are seconds since 1970.

    `kitsu` and `principal` say where and as whom it was made, `agent` and `person` what its signature says.
    """

    code: str
    kitsu: str
    principal: str
    kind: str
    tool: str
    agent: str
    person: str
    project_id: str
    project: str
    summary: str
    proposed_at: float
    answer: str | None
    answered_at: float | None
    text: str
    total: int
    counts: Counter[str]

    @property
    def states(self) -> set[State]:
        """What became of it; several where its items ended differently."""
        if self.answer is None:
            return {"not answered"}
        if not self.answer.startswith("accept"):
            return {"declined"}
        return {state for state in STATES if self.counts[state]} or {"not sent"}

    @property
    def outcome(self) -> str:
        """The same in words: `12 applied, 1 not sent`."""
        if self.answer is None or not self.answer.startswith("accept"):
            return "not answered" if self.answer is None else f"declined ({self.answer})"
        if "unusable" in self.answer:
            return "not sent (the answer could not be used)"
        return ", ".join(f"{self.counts[state]} {state}" for state in STATES if self.counts[state])

    @property
    def by(self) -> str:
        """Whose change it is, as its signature says."""
        return " for ".join(filter(None, (self.agent, self.person)))


def entries(db: sqlite3.Connection, **wanted: str) -> list[Entry]:
    """Every change whose columns are so, newest first."""
    where = " and ".join(["true", *(f"{column} = :{column}" for column in wanted)])
    columns = (
        "code, kitsu, principal, kind, tool, agent, person, project_id, project, summary, proposed_at, answer, "
        "answered_at, coalesce(nullif(text, ''), json_extract(change, '$.text')), json_array_length(change, '$.items')"
    )
    counts: dict[str, Counter[str]] = {}
    ended = "select code, coalesce(outcome, 'unknown'), count(*) from items group by 1, 2"
    for code, outcome, count in db.execute(ended):
        counts.setdefault(code, Counter())[outcome] = count
    query = f"select {columns} from changes where {where} order by proposed_at desc, code"  # noqa: S608  our own names
    rows = db.execute(query, wanted)
    return [_entry(row, counts.get(row[0], Counter())) for row in rows]


def _entry(row: Iterable[Any], counts: Counter[str]) -> Entry:
    cells = list(row)
    return Entry(*cells, counts=counts + Counter({"not sent": cells[-1] - counts.total()}))


def read_copy(path: Path) -> sqlite3.Connection:
    """The journal as it is at this moment, in memory and of this version: the file is only read.

    Raises:
        JournalError: there is none, or it cannot be read.
    """
    if not path.is_file():
        raise JournalError(f"There is no journal at {path} yet: nothing was proposed with it.")
    copy = sqlite3.connect(":memory:")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)) as file:
            file.backup(copy)
        prepare(copy)
    except (sqlite3.Error, JournalError) as error:
        copy.close()
        raise JournalError(f"The journal {path} cannot be read: {error}") from error
    return copy


def as_json(db: sqlite3.Connection, entry: Entry) -> dict[str, Any]:
    """A change with all that is kept of it, but for the requests: of each item its key, address, outcome, detail,
    reference and times.
    """
    (change,) = db.execute("select change from changes where code = ?", (entry.code,)).fetchone()
    names = ("key", "address", "outcome", "detail", "reference", "sent_at", "settled_at")
    rows = db.execute(f"select {', '.join(names)} from items where code = ?", (entry.code,))  # noqa: S608  our own names
    sent = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
    planned = [{"key": item["key"], "address": item["address"]} for item in json.loads(change)["items"]]
    whole = {one.name: getattr(entry, one.name) for one in fields(entry) if one.name not in {"total", "counts"}}
    return whole | {"outcome": entry.outcome, "items": [one | sent.get(one["key"], {}) for one in planned]}

"""The command `journal`: what was proposed and done here, for people. It needs neither a server nor Kitsu."""

import json
import shutil
import sys
from argparse import Namespace
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path

from kitsu_tools.gate.history import Entry, as_json, entries, read_copy
from kitsu_tools.gate.schema import JournalError
from kitsu_tools.unseen import visible

COLUMNS = ("code", "at", "production", "outcome", "by", "change")


def run(path: Path, options: Namespace) -> int:
    """Print what there is, newest first, as a table or as JSON, and return the exit code: 1 when it cannot be read."""
    try:
        with closing(read_copy(path)) as db:
            found = [one for one in entries(db) if _wanted(one, options)]
            if options.json:
                # In ASCII, so that nothing in it can move a terminal.
                sys.stdout.write(f"{json.dumps([as_json(db, one) for one in found], indent=2)}\n")
            else:
                _table(found)
    except JournalError as error:
        sys.stderr.write(f"{visible(str(error))}\n")
        return 1
    return 0


def a_day(text: str) -> float:
    """The beginning of a day on this machine, in seconds since 1970.

    Raises:
        ValueError: it is not written YYYY-MM-DD.
    """
    return datetime.combine(date.fromisoformat(text), time.min).timestamp()


def _wanted(one: Entry, options: Namespace) -> bool:
    production = (options.production or "").casefold()
    return (
        (not options.code or one.code == options.code.strip("[]").casefold())
        and one.proposed_at >= (options.since or 0.0)
        and (not options.outcome or options.outcome in one.states)
        and production in {"", one.project.casefold(), one.project_id}
    )


def _table(found: list[Entry]) -> None:
    rows = [COLUMNS, *(tuple(map(visible, _cells(one))) for one in found)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS) - 1)]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for row in rows:
        line = "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        sys.stdout.write(f"{line[:room]}\n")
    sys.stdout.write(f"{len(found)} change{'s' * (len(found) != 1)}\n")


def _cells(one: Entry) -> tuple[str, ...]:
    at = datetime.fromtimestamp(one.proposed_at).astimezone().strftime("%Y-%m-%d %H:%M")
    return (one.code, at, one.project, one.outcome, one.by, " ".join(f"{one.summary} {one.text}".split()))

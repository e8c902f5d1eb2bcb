"""Fill the sandbox's database: `seed.py` reads what to do as JSON on its standard input.

Runs inside Zou's environment for psycopg, bcrypt and Pillow; it imports nothing of Zou's own.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import psycopg
from seeds import big, previews, small, studio
from seeds.planning import LINKS
from seeds.production import COUNTERS
from seeds.rows import Rows


def main(order: dict[str, Any]) -> None:
    """Do the order: `seed` (small or big), `anchor`, `database`, `host`, `token`, `password`, `ffmpeg`, `previews`
    (the folder of Zou's files).
    """
    anchor = dt.datetime.combine(dt.date.fromisoformat(order["anchor"]), dt.time())
    with psycopg.connect(order["database"]) as connection:
        planned: list[previews.Preview] = []
        if order["seed"] == "big":
            big.add_big(connection, anchor)
        else:
            planned = _add_small(connection, anchor, order["password"])
    if planned:
        with psycopg.connect(order["database"]) as connection:
            previews.draw(connection, planned, Path(order["previews"]))
        previews.upload(planned, order["host"], order["token"], order["ffmpeg"])
    with psycopg.connect(order["database"], autocommit=True) as connection:
        connection.execute("analyze")


def _add_small(connection: psycopg.Connection[Any], anchor: dt.datetime, password: str) -> list[previews.Preview]:
    rows = Rows(anchor - 60 * dt.timedelta(days=1))
    found = studio.read(connection)
    studio.extend(found, rows, password)
    productions = small.add_small(found, rows, anchor)
    rows.copy_into(connection)
    for production in productions:
        for counter in (*COUNTERS, LINKS):
            connection.execute(counter.encode(), (production.id,))
    planned = [preview for production in productions for preview in production.previews]
    previews.link(connection, planned)
    return planned


if __name__ == "__main__":
    main(json.load(sys.stdin))

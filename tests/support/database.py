"""The whole database as values, and what differs between two moments: how a test proves what a write touched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import LiteralString, TypeAlias

import psycopg
from psycopg import sql

from support.as_seeded import Version, versions

Row: TypeAlias = dict[str, str | None]
Key: TypeAlias = tuple[str | None, ...]
Rows: TypeAlias = dict[Key, Row]
Database: TypeAlias = dict[str, Rows]

_COLUMNS: LiteralString = """
select pg_class.relname, pg_attribute.attname, pg_attribute.attnum = any(pg_index.indkey)
from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
left join pg_index on indrelid = pg_class.oid and indisprimary
where relnamespace = 'public'::regnamespace and relkind = 'r'
order by pg_class.relname, attnum
"""
_known: dict[tuple[str, str, bool], tuple[Version, Rows]] = {}
"""The rows of a database's table that was written to, or was not, when they were last read, and their version."""


@dataclass(frozen=True)
class TableDifference:
    """What happened to one table: rows by primary key; a changed row as column to (before, after)."""

    added: Rows = field(default_factory=dict[Key, Row])
    removed: Rows = field(default_factory=dict[Key, Row])
    changed: dict[Key, dict[str, tuple[str | None, str | None]]] = field(
        default_factory=dict[Key, dict[str, tuple[str | None, str | None]]]
    )


def snapshot(dsn: str) -> Database:
    """Every row of every table at one moment, by primary key (all columns if none), values as PostgreSQL prints.

    Rows that nobody wrote to since they were read are not read again: do not change them.
    """
    with psycopg.connect(dsn) as database:
        database.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        now = versions(database)
        known = {table: _known.get((dsn, table, version[1] > 0)) for table, version in now.items()}
        found = {table: of[1] for table, of in known.items() if of and of[0] == now[table]}
        columns: dict[str, list[tuple[str, bool]]] = {}
        if not found or found.keys() != now.keys():
            for table, column, in_key in database.execute(_COLUMNS):
                columns.setdefault(table, []).append((column, in_key))
        for table in columns.keys() - found.keys():
            found[table] = _rows(database, table, columns[table])
            if table in now:
                _known[dsn, table, now[table][1] > 0] = now[table], found[table]
    return found


def difference(before: Database, after: Database) -> dict[str, TableDifference]:
    """What changed, by table; tables without a change are left out."""
    found: dict[str, TableDifference] = {}
    for table in sorted(before.keys() | after.keys()):
        old, new = before.get(table, {}), after.get(table, {})
        if old is new or old == new:
            continue
        found[table] = TableDifference(
            added={key: new[key] for key in new.keys() - old.keys()},
            removed={key: old[key] for key in old.keys() - new.keys()},
            changed={
                key: {
                    name: (old[key].get(name), value) for name, value in new[key].items() if old[key].get(name) != value
                }
                for key in new.keys() & old.keys()
                if new[key] != old[key]
            },
        )
    return found


def _rows(connection: psycopg.Connection, table: str, columns: list[tuple[str, bool]]) -> Rows:
    names = [name for name, _ in columns]
    places = [place for place, (_, in_key) in enumerate(columns) if in_key] or list(range(len(columns)))
    selected = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in names)
    query = sql.SQL("select {} from {}").format(selected, sql.Identifier(table))
    return {
        tuple(row[place] for place in places): dict(zip(names, row, strict=True)) for row in connection.execute(query)
    }

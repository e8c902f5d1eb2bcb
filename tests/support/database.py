"""The whole database as values, and what differs between two moments: how a test proves what a write touched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import LiteralString, TypeAlias

import psycopg
from psycopg import sql

Row: TypeAlias = dict[str, str | None]
Key: TypeAlias = tuple[str | None, ...]
Database: TypeAlias = dict[str, dict[Key, Row]]

_COLUMNS = """
select pg_class.relname, pg_attribute.attname, pg_attribute.attnum = any(pg_index.indkey)
from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
left join pg_index on indrelid = pg_class.oid and indisprimary
where relnamespace = 'public'::regnamespace and relkind = 'r'
order by pg_class.relname, attnum
"""
_END_OF_LOG: LiteralString = """
select pg_current_wal_insert_lsn()::text,
       exists (select from pg_stat_activity where datname = %s and state <> 'idle' and pid <> pg_backend_pid())
"""
_last: dict[str, tuple[str, Database]] = {}
"""The last snapshot of each database, and where PostgreSQL's log ended before it: whatever is committed moves that."""


@dataclass(frozen=True)
class TableDifference:
    """What happened to one table: rows by primary key; a changed row as column to (before, after)."""

    added: dict[Key, Row] = field(default_factory=dict[Key, Row])
    removed: dict[Key, Row] = field(default_factory=dict[Key, Row])
    changed: dict[Key, dict[str, tuple[str | None, str | None]]] = field(
        default_factory=dict[Key, dict[str, tuple[str | None, str | None]]]
    )


def snapshot(dsn: str) -> Database:
    """Every row of every table at one moment, by primary key (all columns if none), values as PostgreSQL prints.

    Where nothing was committed since the last one and nobody is at work, it is that one: do not change it.
    """
    with psycopg.connect(dsn) as connection:
        connection.autocommit = True
        ((end, busy),) = connection.execute(_END_OF_LOG, [connection.info.dbname]).fetchall()
        known, found = _last.get(dsn, ("", {}))
        if end == known and not busy:
            return found
        connection.autocommit = False
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        tables: dict[str, list[tuple[str, bool]]] = {}
        for table, column, in_key in connection.execute(_COLUMNS):
            tables.setdefault(table, []).append((column, in_key))
        found = {table: _rows(connection, table, columns) for table, columns in tables.items()}
    if not busy:
        _last[dsn] = end, found
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


def _rows(connection: psycopg.Connection, table: str, columns: list[tuple[str, bool]]) -> dict[Key, Row]:
    names = [name for name, _ in columns]
    places = [place for place, (_, in_key) in enumerate(columns) if in_key] or list(range(len(columns)))
    selected = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in names)
    query = sql.SQL("select {} from {}").format(selected, sql.Identifier(table))
    return {
        tuple(row[place] for place in places): dict(zip(names, row, strict=True)) for row in connection.execute(query)
    }

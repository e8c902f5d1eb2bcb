"""A database that notes which of its tables were written since it was seeded, and puts those back in place.

A copy of the whole database would cost a core 60 ms, and end every connection of Zou's to it besides.
"""

from __future__ import annotations

from typing import LiteralString, TypeAlias

import psycopg
from psycopg import sql

Version: TypeAlias = tuple[int, int, int]
"""Of a table's rows: what they were kept in, how many statements wrote to it since then, and the last of them."""

_VERSIONS: LiteralString = """
select relname::text, to_regclass('as_seeded.' || quote_ident(relname))::oid::bigint,
       count(number), coalesce(max(number), 0)
from pg_class left join as_seeded.written on relation = relname
where relnamespace = 'public'::regnamespace and relkind = 'r' group by relname
"""
_NOTES: tuple[LiteralString, ...] = (
    "alter system set autovacuum = off",  # it goes by the clock
    "select pg_reload_conf()",
    "analyze",
    "drop schema if exists as_seeded cascade",
    "create schema as_seeded",
    "create table as_seeded.written (relation name not null, number bigserial)",
    """
    create function as_seeded.note() returns trigger language plpgsql as
    $$ begin insert into as_seeded.written values (tg_table_name); return null; end $$
    """,
)
_KEPT: tuple[LiteralString, ...] = (
    "create table as_seeded.{table} as table public.{table}",
    """
    create trigger note after insert or update or delete or truncate on public.{table}
    for each statement execute function as_seeded.note()
    """,
    "alter table public.{table} enable always trigger note",  # also where a test turns foreign keys off
)
# The space of the old rows is free before the new ones come: they stand in the order in which they stood.
_RESTORED: tuple[LiteralString, ...] = (
    "delete from public.{table}",
    "vacuum public.{table}",
    "insert into public.{table} select * from as_seeded.{table}",
)
_AT_WORK: LiteralString = """
select pg_terminate_backend(pid, 5000) from pg_stat_activity
where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()
"""


def keep(dsn: str) -> None:
    """What `restore` returns to is the database as it is now."""
    with psycopg.connect(dsn, autocommit=True) as database:
        for statement in _NOTES:
            database.execute(statement)
        for table in versions(database):
            _run(database, _KEPT, table)


def restore(dsn: str) -> None:
    """End what is at work, and put every table back that was written since `keep`."""
    with psycopg.connect(dsn, autocommit=True) as database:
        database.execute(_AT_WORK)
        written = [table for table, (_, count, _) in versions(database).items() if count]
        if written:
            database.execute("set session_replication_role = replica")  # no foreign keys
            for table in written:
                _run(database, _RESTORED, table)
            database.execute("truncate as_seeded.written")


def versions(database: psycopg.Connection) -> dict[str, Version]:
    """Each table, with what no other state of its rows has; empty if it is not noted which are written."""
    if database.execute("select to_regclass('as_seeded.written')").fetchone() == (None,):
        return {}
    return {table: (kept, count, last) for table, kept, count, last in database.execute(_VERSIONS)}


def _run(database: psycopg.Connection, statements: tuple[LiteralString, ...], table: str) -> None:
    for statement in statements:
        database.execute(sql.SQL(statement).format(table=sql.Identifier(table)))

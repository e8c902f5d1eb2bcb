"""The shared sandbox is as seeded after a reset, whatever was written, and nothing else was touched."""

from __future__ import annotations

import shutil
import uuid
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from support.api import ask
from support.as_seeded import versions
from support.database import difference, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from kitsu_sandbox.lifecycle import Sandbox
    from support.database import Database


def read_anew(sandbox: Sandbox) -> Database:
    """Every row, whatever is known of any: nobody asked at this address before."""
    return snapshot(f"{sandbox.connection().database}?application_name={uuid.uuid4()}")


def order(sandbox: Sandbox) -> list[str]:
    """The rows as they stand, which is how Kitsu lists what it does not sort."""
    with psycopg.connect(sandbox.connection().database) as database:
        return [row for (row,) in database.execute("select task::text from task")]


def test_what_only_reads_is_noted_nowhere(sandbox: Sandbox) -> None:
    sandbox.reset()
    reach = sandbox.connection()
    for path in ("auth/authenticated", "data/projects/open", "data/tasks?page=1&limit=10", "data/persons"):
        assert ask(reach.host, path, reach.token("manager")).status == 200
    with psycopg.connect(reach.database) as database:
        assert not [table for table, (_, count, _) in versions(database).items() if count]


def change_a_row(sandbox: Sandbox) -> None:
    reach = sandbox.connection()
    project = ask(reach.host, "data/projects/open", reach.token("admin")).body[0]["id"]
    body = {"code": uuid.uuid4().hex[:8]}
    assert ask(reach.host, f"data/projects/{project}", reach.token("admin"), method="PUT", body=body).status == 200


def write_beside_zou(sandbox: Sandbox) -> None:
    with psycopg.connect(sandbox.connection().database) as database:
        database.execute("delete from news")
        database.execute("update task set description = 'moved to the end' where priority = 0")


def write_without_foreign_keys(sandbox: Sandbox) -> None:
    with psycopg.connect(sandbox.connection().database) as database:
        database.execute("set session_replication_role = replica")
        database.execute("delete from project")


def empty_a_table(sandbox: Sandbox) -> None:
    with psycopg.connect(sandbox.connection().database) as database:
        database.execute("truncate task cascade")


def lose_a_preview(sandbox: Sandbox) -> None:
    next(file for file in (sandbox.state / "previews").rglob("*") if file.is_file()).unlink()


def lose_all_previews(sandbox: Sandbox) -> None:
    shutil.rmtree(sandbox.state / "previews")


@pytest.mark.parametrize(
    "write",
    [change_a_row, write_beside_zou, write_without_foreign_keys, empty_a_table, lose_a_preview, lose_all_previews],
    ids=lambda one: one.__name__,
)
def test_whatever_was_written_is_undone(sandbox: Sandbox, write: Callable[[Sandbox], None]) -> None:
    sandbox.reset()
    rows, files, stood = read_anew(sandbox), previews(sandbox), order(sandbox)
    write(sandbox)
    sandbox.reset()
    assert difference(rows, read_anew(sandbox)) == {}
    assert (previews(sandbox), order(sandbox)) == (files, stood)


def test_what_is_at_work_is_cut_off(sandbox: Sandbox) -> None:
    with closing(psycopg.connect(sandbox.connection().database)) as database:
        database.execute("delete from time_spent")
        sandbox.reset()
        with pytest.raises(psycopg.OperationalError):
            database.commit()
    assert read_anew(sandbox)["time_spent"]


def previews(sandbox: Sandbox) -> set[str]:
    root = sandbox.state / "previews"
    return {str(file.relative_to(root)) for file in root.rglob("*")}


def test_a_session_that_was_ended_is_open_again(sandbox: Sandbox) -> None:
    """It stands in Valkey alone."""
    reach = sandbox.connection()
    login = {"email": reach.admin_email, "password": reach.password}
    token = ask(reach.host, "auth/login", method="POST", body=login).body["access_token"]
    sandbox.reset()
    assert ask(reach.host, "auth/logout", token).status == 200
    assert ask(reach.host, "auth/authenticated", token).status == 401
    sandbox.reset()
    assert ask(reach.host, "auth/authenticated", token).status == 200

"""The shared sandbox is as seeded after a reset, whatever was written, and copies nothing where nothing was."""

from __future__ import annotations

import shutil
import uuid
from typing import TYPE_CHECKING

import psycopg
import pytest

from support.api import ask
from support.database import difference, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from kitsu_sandbox.lifecycle import Sandbox


def database_id(sandbox: Sandbox) -> int:
    """Another one after each copy."""
    with psycopg.connect(sandbox.connection().database) as database:
        found = database.execute("select oid from pg_database where datname = current_database()").fetchone()
    assert found
    return found[0]


def test_what_only_reads_is_not_followed_by_a_copy(sandbox: Sandbox) -> None:
    sandbox.reset()
    reach, before = sandbox.connection(), database_id(sandbox)
    for path in ("auth/authenticated", "data/projects/open", "data/tasks?page=1&limit=10", "data/persons"):
        assert ask(reach.host, path, reach.token("manager")).status == 200
    snapshot(reach.database)
    sandbox.reset()
    assert database_id(sandbox) == before


def change_a_row(sandbox: Sandbox) -> None:
    reach = sandbox.connection()
    project = ask(reach.host, "data/projects/open", reach.token("admin")).body[0]["id"]
    body = {"code": uuid.uuid4().hex[:8]}
    assert ask(reach.host, f"data/projects/{project}", reach.token("admin"), method="PUT", body=body).status == 200


def write_beside_zou(sandbox: Sandbox) -> None:
    with psycopg.connect(sandbox.connection().database) as database:
        database.execute("delete from news")


def make_a_table_and_drop_it(sandbox: Sandbox) -> None:
    """No row tells of it."""
    with psycopg.connect(sandbox.connection().database) as database:
        database.execute("create table passing ()")
        database.execute("drop table passing")


def lose_a_preview(sandbox: Sandbox) -> None:
    next(file for file in (sandbox.state / "previews").rglob("*") if file.is_file()).unlink()


def lose_all_previews(sandbox: Sandbox) -> None:
    shutil.rmtree(sandbox.state / "previews")


@pytest.mark.parametrize(
    "write",
    [change_a_row, write_beside_zou, make_a_table_and_drop_it, lose_a_preview, lose_all_previews],
    ids=lambda one: one.__name__,
)
def test_whatever_was_written_is_undone(sandbox: Sandbox, write: Callable[[Sandbox], None]) -> None:
    sandbox.reset()
    rows, files, copied = snapshot(sandbox.connection().database), previews(sandbox), database_id(sandbox)
    write(sandbox)
    sandbox.reset()
    assert difference(rows, snapshot(sandbox.connection().database)) == {}
    assert previews(sandbox) == files
    assert database_id(sandbox) != copied


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

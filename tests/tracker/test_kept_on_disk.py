"""What is kept on disk for the next start: no other answer than a full reading, and nobody else has anything of it."""

from __future__ import annotations

import os
import resource
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import psycopg
import pytest

from kitsu_tools.tracker.disk import Disk
from kitsu_tools.tracker.errors import NotPermitted
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kept_boards import unpacked
from support.client import connected, opened, settings
from support.doing import comment, do, task_id
from support.faults import fault_proxy
from support.kept import ROLES, seen
from support.random_writes import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

PROJECT = "Salt Harbour"
TASK = "Salt Harbour/SQ010/SH0010:Layout"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A folder for it, which is not there yet."""
    return tmp_path / "cache"


async def differs(connection: Connection, cache: Path, role: str = "manager", project: str = PROJECT) -> bool:
    """Whether a server that starts now and has what was kept sees a production otherwise than one that has nothing."""
    here = partial(opened, connection, role=role)
    async with here(KITSU_CACHE=str(cache)) as kept, here() as other:
        return await seen(kept, project) != await seen(other, project)


def files(cache: Path, pattern: str = "*.boards") -> list[Path]:
    return sorted(cache.glob(f"kept/*/{pattern}"))


def age(cache: Path) -> None:
    """Have what is kept there be of two hours ago."""
    disk, ago = Disk(cache / "kept"), timedelta(hours=2)
    for file in files(cache):
        name = str(file.relative_to(cache / "kept"))
        kept = unpacked(disk.read(name) or b"")
        assert kept is not None
        earlier = {
            key: (datetime.fromisoformat(getattr(kept, key)) - ago).isoformat() for key in ("looked_at", "as_of")
        }
        disk.write(name, replace(kept, **earlier).packed())


async def test_what_was_kept_is_what_a_full_reading_is_whatever_was_written_meanwhile(
    pristine: Connection, cache: Path
) -> None:
    writer = Writer(pristine, "Robo Garden", seed=3)
    for number, role in enumerate(("admin", "manager", "supervisor", "user")):  # to whom more is shown than a part
        written = [writer.any() for _ in range(number)]
        for its in dict.fromkeys((role, "manager")):
            assert not await differs(pristine, cache, its, "Robo Garden"), (its, written)
        if number % 2 == 0:
            age(cache)


async def test_a_start_with_boards_on_disk_reads_none_of_them_and_then_what_changed(
    pristine: Connection, cache: Path
) -> None:
    layout = "Salt Harbour/SQ010/SH0010:Layout"
    async with fault_proxy(pristine.event_host) as proxy:

        async def boards_read(status: str) -> list[str]:
            async with opened(pristine, host=f"{proxy.url}/api", KITSU_CACHE=str(cache)) as kitsu:
                proxy.clear()
                await seen(kitsu, "Salt Harbour")
                task = (await kitsu.find.task(layout)).task
                assert (await kitsu.directory.status(status)).id == task.status_id
            return [one.path for one in proxy.requests if "with-tasks" in one.path and "id=0000" not in one.path]

        async with opened(pristine) as kitsu:
            task = (await kitsu.find.task(layout)).task
            before = (await kitsu.directory.statuses.get())[task.status_id].short_name
        assert await boards_read(before)
        assert await boards_read(before) == []
        comment(pristine, task.id, "once more", status="retake")
        assert await boards_read("retake") == []


async def test_what_kitsu_stamped_before_and_showed_after_is_found_once_it_may_have_been_long_ago(
    pristine: Connection, cache: Path
) -> None:
    task = task_id(pristine, TASK)
    do(pristine, "PUT", f"data/tasks/{task_id(pristine, TASK.replace('0010:', '0020:'))}", {"estimation": 77})
    assert not await differs(pristine, cache)
    with psycopg.connect(pristine.database) as database:  # as a transaction does that was begun before and ends now
        database.execute(
            "update task set estimation = 99, updated_at = (select max(updated_at) from task) - interval '5 seconds' "
            "where id = %s",
            [task],
        )
    age(cache)
    assert not await differs(pristine, cache)


async def test_a_backup_that_is_put_back_is_seen(pristine: Connection, cache: Path) -> None:
    task = task_id(pristine, TASK)
    with psycopg.connect(pristine.database) as database:
        before = database.execute("select estimation, updated_at from task where id = %s", [task]).fetchone()
    assert before is not None
    do(pristine, "PUT", f"data/tasks/{task}", {"estimation": 4711})
    assert not await differs(pristine, cache)
    with psycopg.connect(pristine.database) as database:
        database.execute("update task set estimation = %s, updated_at = %s where id = %s", [*before, task])
    assert not await differs(pristine, cache)


async def test_a_lowered_role_and_who_is_off_the_team_take_nothing_of_it(pristine: Connection, cache: Path) -> None:
    token = pristine.token("supervisor")
    me = do(pristine, "GET", "auth/authenticated", role="supervisor")["user"]["id"]
    project = next(one["id"] for one in do(pristine, "GET", "data/projects/open") if one["name"] == PROJECT)
    assert not await differs(pristine, cache, "supervisor")
    assert len(files(cache)) == 1
    do(pristine, "PUT", f"data/persons/{me}", {"role": "vendor"})
    assert token == pristine.token("supervisor")
    assert not await differs(pristine, cache, "supervisor")
    assert files(cache) == []
    do(pristine, "PUT", f"data/persons/{me}", {"role": "supervisor"})
    assert not await differs(pristine, cache, "supervisor")
    async with opened(pristine, role="supervisor", KITSU_CACHE=str(cache)) as kitsu:
        known = await kitsu.directory.project(PROJECT)
        do(pristine, "DELETE", f"data/projects/{project}/team/{me}")
        with pytest.raises(NotPermitted):
            await kitsu.reading(known)
    assert files(cache) == []


async def test_each_identity_has_its_own_and_no_secret_is_among_it(kitsu: Connection, cache: Path) -> None:
    for role in ("admin", "manager", "vendor", "client"):
        assert not await differs(kitsu, cache, role)
        async with connected(kitsu, role=role, KITSU_CACHE=str(cache)) as client:
            await client.ask("search", text="lanten")
    assert len(files(cache)) == len({one.parent for one in files(cache)}) == 2, "vendors and clients keep nothing"
    assert len(files(cache, "*.names")) == 3 + 2, "of the open productions that each is on the team of"
    for file in files(cache, "*"):
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.parent.stat().st_mode & 0o777 == 0o700
        content = file.read_bytes()
        assert not any(kitsu.token(role).encode() in content for role in ROLES)


async def test_what_is_damaged_or_not_ones_own_is_not_there(kitsu: Connection, cache: Path, tmp_path: Path) -> None:
    assert not await differs(kitsu, cache)
    (file,) = files(cache)
    whole, elsewhere = file.read_bytes(), tmp_path / "elsewhere"
    elsewhere.write_bytes(whole)
    elsewhere.chmod(0o600)

    def written(content: bytes) -> Callable[[], object]:
        return lambda: file.write_bytes(content)

    def replaced(make: Callable[[], object]) -> Callable[[], object]:
        return lambda: (file.unlink(), make())

    wrongs: dict[str, Callable[[], object]] = {
        "damaged": written(whole[:2000] + b"?" + whole[2001:]),
        "cut off": written(whole[: len(whole) // 2]),
        "empty": written(b""),
        "of another version": written(whole.replace(b"kitsu, 1\n", b"kitsu, 0\n")),
        "open to others": lambda: file.chmod(0o644),
        "a link": replaced(lambda: file.symlink_to(elsewhere)),
        "a pipe": replaced(lambda: os.mkfifo(file, 0o600)),
        "a folder": replaced(file.mkdir),
    }
    if os.geteuid() == 0:
        wrongs["somebody else's"] = lambda: os.chown(file, 65534, 65534)
    name = str(file.relative_to(cache / "kept"))
    for what, make in wrongs.items():
        file.write_bytes(whole)
        file.chmod(0o600)
        make()
        assert Disk(cache / "kept").read(name) is None, what
        assert elsewhere.read_bytes() == whole
        if file.is_dir():
            assert not await differs(kitsu, cache), what
            file.rmdir()
        assert file not in files(cache), what
    for planted in (b"[1", b"{}", b"7"):
        Disk(cache / "kept").write(name, planted)
        assert not await differs(kitsu, cache), planted
    file.unlink()
    file.symlink_to(elsewhere)
    assert not await differs(kitsu, cache)
    assert file.is_file()
    assert not file.is_symlink()


@contextmanager
def full() -> Generator[None]:
    """A disk that takes next to nothing any more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_where_nothing_can_be_kept_answers_are_the_same(
    kitsu: Connection, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    assert not await differs(kitsu, tmp_path / "file" / "below")
    with full():
        assert not await differs(kitsu, cache)
    assert files(cache, "*") == []
    assert settings(KITSU_CACHE="off").cache is None
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert settings(KITSU_CACHE="").cache == tmp_path / "mcp-server-kitsu"
    for name in ("XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name)
    default = settings(KITSU_CACHE="").cache
    assert default is None or default.is_absolute()


async def test_two_servers_of_one_identity_leave_each_others_whole(pristine: Connection, cache: Path) -> None:
    async with (
        opened(pristine, KITSU_CACHE=str(cache)) as one,
        opened(pristine, KITSU_CACHE=str(cache)) as other,
        opened(pristine) as reader,
    ):
        for number in range(3):
            do(pristine, "PUT", f"data/tasks/{task_id(pristine, TASK)}", {"estimation": number})
            await gather(*[partial(seen, kitsu, "Salt Harbour") for kitsu in (one, other)])
            await gather(*[kitsu.keep_now for kitsu in (one, other, one, other)])
            (file,) = files(cache, "*")
            assert Disk(cache / "kept").read(str(file.relative_to(cache / "kept"))) is not None
        assert await seen(one, "Salt Harbour") == await seen(reader, "Salt Harbour")
    assert not await differs(pristine, cache)


def test_what_was_used_longest_ago_goes_when_all_is_too_much_and_nothing_but_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(tmp_path)
    monkeypatch.setattr("kitsu_tools.tracker.disk.MOST_BYTES", 2500)
    for place, name in enumerate(("one/a.boards", "one/b.names", "two/c.boards")):
        disk.write(name, bytes(1000))
        os.utime(tmp_path / name, (place, place))
    (tmp_path / "one" / "somebody's.txt").write_bytes(bytes(5000))
    assert disk.read("one/a.boards") == bytes(1000), "which is now the last used"
    disk.prune()
    left = {str(one.relative_to(tmp_path)) for one in tmp_path.glob("*/*")}
    assert left == {"one/a.boards", "two/c.boards", "one/somebody's.txt"}
    assert disk.size()[0] == 2

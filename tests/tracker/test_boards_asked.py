"""What a question costs after something was changed, and while somebody who hears Kitsu vouches for what is held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kitsu_tools.tracker.changed import Changed
from support.client import opened
from support.doing import do
from support.faults import Fault, FaultProxy, fault_proxy, rewrite

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from kitsu_sandbox.lifecycle import Connection
    from kitsu_tools.tracker.kitsu import Kitsu
    from kitsu_tools.tracker.model import Task
    from kitsu_tools.tracker.reading import Reading

pytestmark = pytest.mark.anyio

PROJECT = "Salt Harbour"


@pytest.fixture
async def proxy(pristine: Connection) -> AsyncGenerator[FaultProxy]:
    """Between us and Zou."""
    async with fault_proxy(pristine.event_host) as proxy:
        yield proxy


@pytest.fixture
async def kitsu(pristine: Connection, proxy: FaultProxy) -> AsyncGenerator[Kitsu]:
    """One that holds every board of the production."""
    async with opened(pristine, host=f"{proxy.url}/api") as kitsu:
        await everything(kitsu)
        proxy.clear()
        yield kitsu


async def everything(kitsu: Kitsu) -> dict[str, Task]:
    """What get_project looks at; its tasks by id."""
    reading: Reading = await kitsu.reading(await kitsu.directory.project(PROJECT))
    view = await reading.view("shot", "asset", "edit", "concept")
    await reading.shared_assets()
    return {task.id: task for one in view.entities() for task in one.tasks}


async def test_a_task_that_somebody_else_changed_costs_four_small_requests(
    pristine: Connection, kitsu: Kitsu, proxy: FaultProxy
) -> None:
    """Also twice in one second, which no stamp tells apart."""
    task = next(iter(await everything(kitsu)))
    for minutes in (1234, 1235, 1236):
        do(pristine, "PUT", f"data/tasks/{task}", {"estimation": minutes})
        proxy.clear()
        assert (await everything(kitsu))[task].estimate_minutes == minutes
        paths = sorted(one.path.split("?")[0].removeprefix("/api/data/") for one in proxy.requests)
        assert paths == ["asset-types", "entities", "shots/with-tasks", "tasks"]


@pytest.mark.parametrize("kind", ["task", "shot", "asset"])
async def test_what_went_is_found_in_kitsus_log_where_nobody_tells_of_it(
    pristine: Connection, kitsu: Kitsu, proxy: FaultProxy, kind: str
) -> None:
    tasks = await everything(kitsu)
    gone = next(one for one in tasks.values() if one.entity.kind == (kind if kind != "task" else "shot"))
    went = {one.id for one in gone.entity.tasks} if kind != "task" else {gone.id}
    do(pristine, "DELETE", f"data/{kind}s/{gone.entity.id if kind != 'task' else gone.id}?force=true")
    do(pristine, "PUT", f"data/tasks/{next(one for one in tasks if one not in went)}", {"estimation": 1234})
    proxy.clear()
    assert tasks.keys() - (await everything(kitsu)).keys() == went
    paths = [one.path.split("?")[0].removeprefix("/api/data/") for one in proxy.requests]
    assert [one for one in paths if one.endswith("with-tasks")] == ["shots/with-tasks"]
    assert len(paths) <= 11, paths


async def test_what_was_told_of_costs_one_request_and_what_is_vouched_for_none(
    pristine: Connection, kitsu: Kitsu, proxy: FaultProxy
) -> None:
    kitsu.vouched = lambda: True
    task = next(iter(await everything(kitsu)))
    proxy.clear()
    assert (await everything(kitsu))[task].estimate_minutes != 1234
    assert proxy.requests == []
    do(pristine, "PUT", f"data/tasks/{task}", {"estimation": 1234})
    kitsu.changed(Changed(tasks=frozenset({task})))
    assert (await everything(kitsu))[task].estimate_minutes == 1234
    assert [one.path.split("?")[0] for one in proxy.requests] == ["/api/data/tasks"]


async def test_what_nobody_is_told_of_is_seen_when_the_time_of_vouching_is_over(
    pristine: Connection, kitsu: Kitsu, monkeypatch: pytest.MonkeyPatch
) -> None:
    kitsu.vouched = lambda: True
    task = next(iter(await everything(kitsu)))
    do(pristine, "PUT", f"data/tasks/{task}", {"estimation": 1234})
    assert (await everything(kitsu))[task].estimate_minutes != 1234
    monkeypatch.setattr("kitsu_tools.tracker.boards.VOUCHED_SECONDS", 0.0)
    assert (await everything(kitsu))[task].estimate_minutes == 1234


async def test_our_own_write_is_seen_at_once_whoever_vouches(kitsu: Kitsu) -> None:
    kitsu.vouched = lambda: True
    task = next(iter(await everything(kitsu)))
    await kitsu.session.write("PUT", f"data/tasks/{task}", {"estimation": 1234}, 200)
    assert (await everything(kitsu))[task].estimate_minutes == 1234


def changed_on_the_way(connection: Connection, kitsu: Kitsu, task: str) -> Fault:
    """The task is changed after Zou answered, and that is told, before the answer arrives."""

    def answered(told: Any) -> Any:
        do(connection, "PUT", f"data/tasks/{task}", {"estimation": 1234})
        kitsu.changed(Changed(tasks=frozenset({task})))
        return told

    return rewrite(answered)


async def test_what_is_told_again_while_it_is_read_is_read_again(
    pristine: Connection, kitsu: Kitsu, proxy: FaultProxy
) -> None:
    kitsu.vouched = lambda: True
    task = next(iter(await everything(kitsu)))
    proxy.fault(changed_on_the_way(pristine, kitsu, task), path="/data/tasks")
    kitsu.changed(Changed(tasks=frozenset({task})))
    assert (await everything(kitsu))[task].estimate_minutes != 1234
    assert (await everything(kitsu))[task].estimate_minutes == 1234


async def test_what_is_told_while_a_board_is_read_is_on_it_for_the_next_question(
    pristine: Connection, kitsu: Kitsu, proxy: FaultProxy
) -> None:
    kitsu.vouched = lambda: True
    task = next(iter(await everything(kitsu)))
    kitsu.changed(Changed(whole=True))
    for kind in ("shots", "assets"):
        proxy.fault(
            changed_on_the_way(pristine, kitsu, task),
            path=f"/data/{kind}/with-tasks",
            after=1 if kind == "shots" else 0,
        )
    await everything(kitsu)
    assert (await everything(kitsu))[task].estimate_minutes == 1234


async def test_what_is_told_to_be_gone_before_it_is_gone_goes(pristine: Connection, kitsu: Kitsu) -> None:
    kitsu.vouched = lambda: True
    tasks = await everything(kitsu)
    task = next(iter(tasks))
    kitsu.changed(Changed(tasks=frozenset({task}), gone=frozenset({task})))
    assert task in await everything(kitsu)
    do(pristine, "DELETE", f"data/tasks/{task}?force=true")
    assert task not in await everything(kitsu)


async def test_a_role_that_sees_less_from_now_on_is_shown_less(pristine: Connection, proxy: FaultProxy) -> None:
    def assigned(tasks: dict[str, Task]) -> set[str]:
        return {task.id for task in tasks.values() if task.assignees}

    async with (
        opened(pristine, role="user", host=f"{proxy.url}/api") as kitsu,
        opened(pristine, role="user", host=f"{proxy.url}/api") as other,
    ):
        before = assigned(await everything(kitsu))
        project, me = await kitsu.directory.project(PROJECT), await kitsu.directory.me.get()
        do(pristine, "PUT", f"data/projects/{project.id}/team/{me.id}", {"role": "client"})
        after = assigned(await everything(kitsu))
        assert after < before
        assert after == assigned(await everything(other))

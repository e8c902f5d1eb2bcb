"""Names of all open productions: what the boards name, by one request once they are held, whatever was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from kitsu_tools.read.search import NEAREST
from kitsu_tools.tracker import entity_names
from kitsu_tools.tracker.board import ALL_KINDS
from support.client import connected, opened
from support.doing import do
from support.faults import fault_proxy
from support.random_writes import Writer

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from kitsu_tools.tracker.kitsu import Kitsu

pytestmark = pytest.mark.anyio

Named = set[tuple[str, str, str, str]]


async def quiet(done: int, of: int) -> None:
    """Nobody hears how far it is."""
    assert done < of


async def by_names(kitsu: Kitsu) -> Named:
    names, left = await kitsu.names.of(await kitsu.directory.open_projects.get(), quiet)
    assert not left
    return {(one.kind, one.id, one.address, one.out_of_work) for each in names for one in each.entities}


async def by_boards(kitsu: Kitsu) -> Named:
    found: Named = set()
    for project in await kitsu.directory.open_projects.get():
        view = await (await kitsu.reading(project)).view(*ALL_KINDS)
        found |= {(one.kind, one.id, one.address, one.out_of_work) for one in view.entities()}
    return found


@pytest.mark.parametrize(("role", "starts"), [("manager", 2), ("user", 1)])
async def test_names_are_those_of_the_boards_whatever_is_written_held_or_on_disk(
    pristine: Connection, tmp_path: Path, role: str, starts: int
) -> None:
    writers = [Writer(pristine, project, seed=5) for project in ("Robo Garden", "Salt Harbour")]
    written: list[object] = []
    for number in range(starts):
        async with opened(pristine, role=role, KITSU_CACHE=str(tmp_path)) as kitsu:
            for _ in range(2):
                async with opened(pristine, role=role) as other:
                    assert await by_names(kitsu) == await by_boards(other), (number, written)
                written = [writer.any() for writer in writers for _ in range(4)]
        async with (
            opened(pristine, role=role, KITSU_CACHE=str(tmp_path)) as kitsu,
            opened(pristine, role=role) as other,
        ):
            assert await by_names(kitsu) == await by_boards(other), (number, written)


async def test_what_is_deleted_renamed_and_of_no_team_any_more_is_found_by_one_page_and_what_it_shows(
    pristine: Connection,
) -> None:
    me = do(pristine, "GET", "auth/authenticated", role="supervisor")["user"]["id"]
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, role="supervisor", host=proxy.url) as client,
    ):

        async def found(text: str) -> list[str]:
            answer = await client.ask("search", text=text, kinds=["shot", "asset", "sequence"])
            return [] if NEAREST in answer.get("notes", []) else [row[1] for row in answer["rows"]]

        assert await found("lanten") == []
        proxy.clear()
        assert await found("Lantern") == ["Salt Harbour/Prop/Lantern"]
        assert {one.path.partition("?")[0] for one in proxy.requests} == {"/api/data/entities", "/api/data/asset-types"}
        with psycopg.connect(pristine.database) as database:
            lantern, project = database.execute(
                "select id::text, project_id::text from entity where name = 'Lantern'"
            ).fetchall()[0]
        do(pristine, "PUT", f"data/entities/{lantern}", {"name": "Beacon"})
        assert await found("Lantern") == []
        assert await found("Beacon") == ["Salt Harbour/Prop/Beacon"]
        do(pristine, "DELETE", f"data/assets/{lantern}?force=true")
        assert await found("Beacon") == []
        assert await found("SQ010") == ["Salt Harbour/SQ010"]
        do(pristine, "DELETE", f"data/projects/{project}/team/{me}")
        for text in ("SQ010", "SH0010", "Salt Harbour/SQ010"):
            assert not [one for one in await found(text) if one.startswith("Salt")], text


@pytest.mark.parametrize("here", ["vendor", "client"])
async def test_a_role_that_is_shown_a_part_of_a_production_finds_that_part_alone(
    pristine: Connection, here: str
) -> None:
    me = do(pristine, "GET", "auth/authenticated", role="user")["user"]["id"]
    project = next(one["id"] for one in do(pristine, "GET", "data/projects/open") if one["name"] == "Salt Harbour")
    do(pristine, "POST", f"data/projects/{project}/team", {"person_id": me})
    do(pristine, "PUT", f"data/projects/{project}/team/{me}", {"role": here})
    async with connected(pristine, role="user") as client:
        for text in ("Storm light", "storm lihgt", "Storm light"):
            assert not [row for row in (await client.ask("search", text=text))["rows"] if row[0] == "concept"], text
        found = [row[1] for row in (await client.ask("search", text="Lantern"))["rows"]]
    assert found == (["Salt Harbour/Prop/Lantern"] if here == "client" else [])


async def test_a_search_that_ends_early_says_where_it_looked_and_goes_on_when_it_is_asked_again(
    kitsu: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[float, float | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001
        heard.append((progress, total))

    async with connected(kitsu) as client:
        with monkeypatch.context() as patch:
            patch.setattr(entity_names, "READ_AT_ONCE", 1)
            patch.setattr(entity_names, "READ_SECONDS", 0.0)
            early = await client.ask("search", text="lanten", kinds=["asset"])
        assert early["rows"] == []
        (said,) = early["notes"]
        assert said.startswith("looked in 0 of 2 open projects, as many as there was time for: search again")
        answer = await client.mcp.call_tool("search", {"text": "lanten", "kinds": ["asset"]}, progress_callback=hear)
    assert answer.structured_content is not None
    assert answer.structured_content["rows"] == [["asset", "Salt Harbour/Prop/Lantern", ""]]
    assert heard == [(0, 2)]


async def test_names_are_told_alike_whether_they_are_asked_for_or_held(kitsu: Connection) -> None:
    texts = ["SH0010", "SQ01", "Storm light", "Main edit", "boots/left", "E02", "SQ01 SH0010", "Robo Garden/E01/SQ01"]
    async with connected(kitsu) as held:
        await held.ask("search", text="lanten")
        for text in texts:
            async with connected(kitsu) as asks:
                assert await asks.ask("search", text=text) == await held.ask("search", text=text), text

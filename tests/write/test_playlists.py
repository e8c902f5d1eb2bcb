"""`create_playlist`, `change_playlist` and `delete_playlist`, as an agent drives them, on the real sandbox Kitsu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from references.studio import Studio
from support.api import ask
from support.client import connected
from support.faults import cut_before, fault_proxy, lose_answer
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent, Mode

pytestmark = pytest.mark.anyio

WAITING: dict[str, Any] = {"under": "Robo Garden/E01", "status": ["waiting for review"]}
TWELVE = [f"E01/SQ01/SH{number:03d}0" for number in range(1, 13)]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("create_playlist", {"name": "x" * 300}, "300 characters; Kitsu takes 80"),
    ("create_playlist", {"name": " "}, "is no name"),
    ("create_playlist", {"name": "Two\nlines"}, "is no name"),
    ("create_playlist", {"name": "Client review 1"}, "there is a playlist 'Client review 1' already"),
    ("create_playlist", {"name": "CLIENT review 1"}, "there is a playlist 'Client review 1' already"),
    ("create_playlist", {"name": "N", "of": []}, "Name what it shows in `of`, or a place in `under`"),
    ("create_playlist", {"name": "N", "of": ["Salt Harbour/SQ010"], "status": ["wfa"]}, "narrow `under` down"),
    ("create_playlist", {"name": "N", "of": ["Salt Harbour"]}, "is no shot, asset or task"),
    (
        "create_playlist",
        {"name": "N", "of": ["Salt Harbour/SQ010/SH0020", "Robo Garden/E01/SQ01/SH0010"]},
        "of one production, and these are of Robo Garden, Salt Harbour",
    ),
    (
        "create_playlist",
        {"name": "N", "of": ["Salt Harbour/SQ010/SH0020", "Salt Harbour/Character/Maren"]},
        "things of one kind",
    ),
    ("change_playlist", {"add": ["Robo Garden/E01/SQ01/SH0010"]}, "of one production, and these are of"),
    ("change_playlist", {"add": ["Character/Maren"]}, "The playlist is of shots, so no asset goes into it"),
    ("change_playlist", {"remove": ["SQ010/SH0010"]}, "Not in the playlist: Salt Harbour/SQ010/SH0010"),
    ("change_playlist", {"name": "Dailies week 12"}, "there is a playlist 'Dailies week 12' already"),
    ("change_playlist", {"name": "Client review 1"}, "The playlist is so already"),
    ("change_playlist", {}, "Nothing to change is named"),
]


async def test_a_query_becomes_a_playlist_of_what_was_ticked_and_comes_back_by_two_undos(
    pristine: Connection, journal: Path, mode: Mode
) -> None:
    person = Person(edit=lambda form: form | {"changes": form["changes"][1:]} if len(form["changes"]) > 12 else form)
    async with connected(pristine, mode=mode, on_question=person, journal=journal, name="claude-code") as agent:
        with held_to_plan(pristine, journal):
            made = await agent.ask("create_playlist", name="To review", for_clients=True, **WAITING)
        assert person.asked[0].startswith("Make the playlist “To review” with 12 shots in Robo Garden (new, ")
        assert "shown to clients (Clara Núñez), with every revision of what is in it" in person.asked[0]
        shown = await _shown(agent, "Robo Garden/To review")
        assert set(shown) == set(_waiting(pristine)) & {row[0].partition("/")[2] for row in made["rows"][:-1]}
        assert [row[1] for row in made["rows"]] == ["applied"] * 11 + ["skipped"]
        async with connected(pristine, role="client", journal=journal) as client:
            assert await _shown(client, "Robo Garden/To review") == shown
        with held_to_plan(pristine, journal):
            undone = await agent.ask("undo_change", code=made["journal"])
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=undone["journal"])
        assert "Movies, share links and notifications of it do not come back" in back["warnings"]
        assert await _shown(agent, "Robo Garden/To review") == shown


async def test_things_are_added_removed_ordered_shown_otherwise_and_put_back(
    pristine: Connection, journal: Path, era: Mode
) -> None:
    person = Person()
    async with connected(pristine, mode=era, on_question=person, journal=journal) as agent:
        await agent.ask("create_playlist", name="Dailies", of=[f"Robo Garden/{one}" for one in TWELVE[:6]])
        before = await _shown(agent, "Robo Garden/Dailies")
        assert before == TWELVE[:6]
        changed: dict[str, Any] = {"remove": [TWELVE[1], TWELVE[3]], "add": [TWELVE[10]], "name": "Dailies 2"}
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("change_playlist", playlist="Robo Garden/Dailies", order=[TWELVE[4]], **changed)
        assert {row[1] for row in receipt["rows"]} == {"applied"}
        kept = [TWELVE[4], TWELVE[0], TWELVE[2], TWELVE[5], TWELVE[10]]
        assert await _shown(agent, "Robo Garden/Dailies 2") == kept
        with held_to_plan(pristine, journal):
            await agent.ask("undo_change", code=receipt["journal"])
        assert await _shown(agent, "Robo Garden/Dailies") == before
        with held_to_plan(pristine, journal):
            await agent.ask("change_playlist", playlist="Robo Garden/Dailies", for_clients=True, add=[TWELVE[6]])
        assert "shown to clients (Clara Núñez)" in person.asked[-1]
        refusal = await agent.refusal("change_playlist", playlist="Robo Garden/Dailies", add=[TWELVE[6]])
        assert refusal == "The playlist is so already. Nothing was written."


async def test_another_revision_is_shown_and_the_newest_again(pristine: Connection, journal: Path) -> None:
    newer = _published_anew(pristine, TWELVE[0])
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        task = f"Robo Garden/{TWELVE[0]}:Animation"
        await agent.ask("create_playlist", name="Dailies", of=[f"{task} v1", f"Robo Garden/{TWELVE[1]}"])
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("change_playlist", playlist="Robo Garden/Dailies", newest=True)
        assert [row[:4] for row in receipt["rows"]] == [[task.partition(":")[0], "applied", "Animation v1", "v2"]]
        assert (await agent.ask("get_playlist", playlist="Robo Garden/Dailies"))["rows"][0][5] == newer
        with held_to_plan(pristine, journal):
            await agent.ask("change_playlist", playlist="Robo Garden/Dailies", show=[f"{task} v1"])
        with nothing_written(pristine):
            refusal = await agent.refusal("change_playlist", playlist="Robo Garden/Dailies", show=[f"{task} v7"])
    assert "has no such preview: 'v7'. There are: v2, v1." in refusal


async def test_what_others_do_to_a_playlist_meanwhile_stays_or_stops_us(pristine: Connection, journal: Path) -> None:
    """What somebody adds while the person reads is kept by whatever is sent; what they take out is not overwritten."""
    studio = Studio(pristine)
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        await agent.ask("create_playlist", name="Dailies", of=[f"Robo Garden/{one}" for one in TWELVE[:4]])
    (playlist,) = [one for one in _playlists(pristine, "Robo Garden") if one["name"] == "Dailies"]
    shots = studio.get(f"data/playlists/{playlist['id']}")["shots"]
    extra = {"entity_id": studio.shots(studio.projects["Robo Garden"], "E02")["SQ02", "SH0010"]["id"]}

    def adds() -> None:
        studio.put(f"data/playlists/{playlist['id']}", {"shots": [*shots, extra]})

    def removes() -> None:
        studio.put(f"data/playlists/{playlist['id']}", {"shots": [*shots[1:], extra]})

    async with connected(pristine, mode="legacy", on_question=Person(meanwhile=adds), journal=journal) as agent:
        receipt = await agent.ask(
            "change_playlist", playlist="Robo Garden/Dailies", remove=[TWELVE[3]], order=[TWELVE[2]]
        )
        assert {row[1] for row in receipt["rows"]} == {"applied"}
        assert await _shown(agent, "Robo Garden/Dailies") == [TWELVE[2], TWELVE[0], TWELVE[1], "E02/SQ02/SH0010"]
        shots = studio.get(f"data/playlists/{playlist['id']}")["shots"][:3]
        shots = [shots[1], shots[0], shots[2]]
    async with connected(pristine, mode="legacy", on_question=Person(meanwhile=removes), journal=journal) as agent:
        receipt = await agent.ask(
            "change_playlist", playlist="Robo Garden/Dailies", remove=[TWELVE[0]], add=[TWELVE[8]]
        )
        outcomes = {row[0].rpartition("/")[2]: (row[1], row[4]) for row in receipt["rows"]}
        assert outcomes["SH0090"][0] == "applied"
        assert outcomes["SH0010"][0] == "skipped"
        assert outcomes["SH0010"][1].startswith("changed since you were asked: somebody saved it at ")
    kept = studio.get(f"data/playlists/{playlist['id']}")

    def closes() -> None:
        closed = next(one["id"] for one in studio.get("data/project-status") if one["name"] == "Closed")
        studio.put(f"data/projects/{studio.projects['Robo Garden']}", {"project_status_id": closed})

    async with connected(pristine, mode="legacy", on_question=Person(meanwhile=closes), journal=journal) as agent:
        receipt = await agent.ask("change_playlist", playlist="Robo Garden/Dailies", add=[TWELVE[9]])
    assert receipt["rows"][0][1] == "skipped"
    assert receipt["rows"][0][4].startswith("not sent: Robo Garden is closed")
    assert studio.get(f"data/playlists/{playlist['id']}") == kept


async def test_a_deleted_playlist_goes_with_what_hangs_on_it_counted(pristine: Connection, journal: Path) -> None:
    studio, person = Studio(pristine), Person()
    playlist = next(one for one in _playlists(pristine, "Salt Harbour") if one["name"] == "Dailies week 12")
    studio.post(f"data/playlists/{playlist['id']}/share", {})
    studio.post(f"data/playlists/{playlist['id']}/notify-clients", {})
    async with connected(pristine, on_question=person, journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("delete_playlist", playlist="Salt Harbour/Dailies week 12")
    first = person.asked[0].splitlines()[0]
    assert first.startswith("Delete the playlist Salt Harbour/Dailies week 12 (for the studio, with 5 shots, 1 share")
    assert "do not come back" in receipt["warnings"][0]


async def test_a_role_makes_and_changes_the_playlists_that_zou_lets_it(pristine: Connection, journal: Path) -> None:
    """Each is tried on Zou too: supervisors make playlists and change their own, others none."""
    playlist = next(one for one in _playlists(pristine, "Salt Harbour") if one["for_client"])
    person = Person()
    made = {"name": "Own", "of": ["Salt Harbour/SQ010/SH0020"]}
    for role in ("user", "client", "vendor", "supervisor"):
        for method, path, body in (
            ("PUT", f"data/playlists/{playlist['id']}", {"name": "Mine"}),
            ("DELETE", f"data/playlists/{playlist['id']}", None),
        ):
            assert ask(pristine.host, path, pristine.token(role), method=method, body=body).status == 403
        async with connected(pristine, role=role, on_question=person, journal=journal) as agent:
            with nothing_written(pristine):
                said = [
                    await agent.refusal("change_playlist", playlist=playlist["id"], name="Mine"),
                    await agent.refusal("delete_playlist", playlist=playlist["id"]),
                    *([] if role == "supervisor" else [await agent.refusal("create_playlist", **made)]),
                ]
            assert all("Nothing was written" in one for one in said), role
            assert person.asked == []
            if role == "supervisor":
                assert all("changes only playlists it made itself, not Client review 1" in one for one in said)
                await agent.ask("create_playlist", **made)
                with held_to_plan(pristine, journal):
                    await agent.ask("delete_playlist", playlist="Salt Harbour/Own")


async def test_what_cannot_be_a_playlist_is_refused(kitsu: Connection, journal: Path) -> None:
    person = Person()
    named = {
        "create_playlist": {"of": ["Salt Harbour/SQ010/SH0020"]},
        "change_playlist": {"playlist": "Client review 1"},
    }
    with nothing_written(kitsu):
        async with connected(kitsu, on_question=person, journal=journal) as agent:
            for tool, arguments, says in REFUSED:
                refusal = await agent.refusal(tool, **named[tool] | arguments)
                assert says in refusal
                assert refusal.endswith("Nothing was written.")
    assert person.asked == []


async def test_a_playlist_whose_answer_was_lost_is_not_made_twice(pristine: Connection, journal: Path) -> None:
    """Lost after it took effect it is found, whatever Zou reads into its name; cut off before, it is unknown."""
    arguments = {"name": "50% \\ once_", "of": ["Salt Harbour/SQ010/SH0020"]}
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, on_question=Person(), host=proxy.url, journal=journal) as agent,
    ):
        proxy.fault(lose_answer(), method="POST", path="/data/playlists")
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("create_playlist", **arguments)
        assert receipt["rows"][0][1] == "applied"
        assert "already" in await agent.refusal("create_playlist", **arguments)
        proxy.fault(cut_before(), method="POST", path="/data/playlists")
        with nothing_written(pristine):
            receipt = await agent.ask("create_playlist", **arguments | {"name": "50%"})
        assert receipt["rows"][0][1] == "unknown"
    assert journaled(journal)[-1].plan["kind"] == "new playlists"


async def _shown(agent: Agent, playlist: str) -> list[str]:
    return [row[1] for row in (await agent.ask("get_playlist", playlist=playlist))["rows"]]


def _playlists(connection: Connection, project: str) -> list[dict[str, Any]]:
    studio = Studio(connection)
    return studio.get(f"data/playlists?project_id={studio.projects[project]}")


def _waiting(connection: Connection) -> list[str]:
    """Shots of E01 with a published task that waits for review, by the database."""
    with psycopg.connect(connection.database) as database:
        rows = database.execute(
            "select distinct ep.name || '/' || sq.name || '/' || sh.name from task t "
            "join entity sh on sh.id = t.entity_id join entity sq on sq.id = sh.parent_id "
            "join entity ep on ep.id = sq.parent_id join project p on p.id = t.project_id "
            "join task_status s on s.id = t.task_status_id join preview_file f on f.task_id = t.id "
            "where p.name = 'Robo Garden' and ep.name = 'E01' and s.is_feedback_request"
        ).fetchall()
    return [str(name) for (name,) in rows]


def _published_anew(connection: Connection, shot: str) -> str:
    """The id of a second revision of a shot's animation, made as a copy of the first."""
    episode, sequence, name = shot.split("/")
    studio = Studio(connection)
    task = studio.shots(studio.projects["Robo Garden"], episode)[sequence, name]["tasks"]["Animation"]
    comment = studio.say(task, studio.statuses["wfa"])
    made = studio.post(f"actions/tasks/{task}/comments/{comment}/add-preview", {})
    return made["id"]

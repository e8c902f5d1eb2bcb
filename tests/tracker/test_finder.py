"""From what an agent wrote to the one thing it means, against a real Kitsu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import psycopg
import pytest

from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.errors import Ambiguous, BadInput, KitsuError, NotPermitted, Unknown
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.task_types import task_label
from support.api import ask
from support.client import opened
from support.doing import do

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from kitsu_sandbox.lifecycle import Connection
    from kitsu_tools.tracker.kitsu import Kitsu
    from kitsu_tools.tracker.model import Entity

pytestmark = pytest.mark.anyio

NOTHING = "00000000-0000-4000-8000-000000000000"
PRODUCTIONS = ["Salt Harbour", "Robo Garden"]


@pytest.fixture(scope="module")
async def tracker(kitsu: Connection) -> AsyncGenerator[Kitsu]:
    """A manager's Kitsu that earlier tests of the module have used already."""
    async with opened(kitsu, KITSU_PAGE_HOST="https://kitsu.example.com") as tracker:
        yield tracker


async def entities(tracker: Kitsu, production: str) -> list[Entity]:
    project = await tracker.directory.project(production)
    return (await (await tracker.reading(project)).view(*ALL_KINDS)).entities()


async def found(tracker: Kitsu, texts: list[str]) -> list[Entity]:
    """What each text leads to; asked side by side, which shares revalidations."""
    return [one.entity for one in await gather(*[partial(tracker.find.entity, text) for text in texts])]


async def by_name(tracker: Kitsu, production: str, name: str, kind: str = "") -> Entity:
    (found,) = [one for one in await entities(tracker, production) if one.name == name and kind in {"", one.kind}]
    return found


@pytest.mark.parametrize("production", PRODUCTIONS)
async def test_every_address_of_an_entity_leads_back_to_it(kitsu: Connection, tracker: Kitsu, production: str) -> None:
    query = "select entity.id::text from entity join project on project.id = project_id where project.name = %s"
    with psycopg.connect(kitsu.database) as database:
        expected = {row[0] for row in database.execute(query, [production]).fetchall()}
    every = await entities(tracker, production)
    assert {one.id for one in every} == expected
    assert len({one.address for one in every}) == len(every)
    assert await found(tracker, [one.address for one in every]) == every
    assert await found(tracker, [one.id for one in every]) == every


@pytest.mark.parametrize("production", PRODUCTIONS)
async def test_every_address_of_a_task_leads_back_to_it(tracker: Kitsu, production: str) -> None:
    types = await tracker.directory.task_types.get()
    tasks = [task for one in await entities(tracker, production) for task in one.tasks]
    addresses = [f"{task.entity.address}:{task_label(task, types)}" for task in tasks]
    marked = [f"{task.entity.address}/{types[task.type_id].name.upper()}~{task.id[:8]}" for task in tasks]
    assert len(set(addresses)) == len(tasks) > 100
    for texts in (addresses, marked, [task.id for task in tasks]):
        answers = await gather(*[partial(tracker.find.task, text) for text in texts])
        assert [one.task for one in answers] == tasks
        assert [one.address for one in answers] == addresses


async def test_the_seeds_hold_what_makes_addresses_hard(tracker: Kitsu) -> None:
    every = [one.address for production in PRODUCTIONS for one in await entities(tracker, production)]
    assert "Salt Harbour/Prop/Boots%2Fleft" in every
    assert "Salt Harbour/FX/Fog 100%25" in every
    assert "Robo Garden/E02/SQ02/SH0045%2Falt" in every
    assert "Robo Garden/Edits/E01 edit" in every
    assert "Robo Garden/Concepts/Greenhouse at night" in every
    assert sum(address.startswith("Salt Harbour/Prop/Rope coil~") for address in every) == 2


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Salt Harbour/SQ010/SH0010", "Salt Harbour/SQ010/SH0010"),
        ("  salt harbour / sq010 / sh0010 ", "Salt Harbour/SQ010/SH0010"),
        ("SH/SQ010/SH0010", "Salt Harbour/SQ010/SH0010"),
        ("Harbour/SQ010/0010", "Salt Harbour/SQ010/SH0010"),
        ("Salt Harbour/SH0050", "Salt Harbour/SQ020/SH0050"),
        ("Salt Harbour/ＳＨ００50", "Salt Harbour/SQ020/SH0050"),
        ("Salt Harbour/SQ030/SH0030", "Salt Harbour/SQ030/SH0030"),
        ("Salt Harbour/lantern", "Salt Harbour/Prop/Lantern"),
        ("Salt Harbour/Props/Lantern", "Salt Harbour/Prop/Lantern"),
        ("Salt Harbour/Edits/Main", "Salt Harbour/Edits/Main edit"),
        ("Salt Harbour/concept/storm", "Salt Harbour/Concepts/Storm light"),
        ("Salt Harbour/SQ020", "Salt Harbour/SQ020"),
        ("Robo Garden/E01", "Robo Garden/E01"),
        ("RG/E02/SQ02/SH0045", "Robo Garden/E02/SQ02/SH0045%2Falt"),
        ("RG/SQ01/SH0140", "Robo Garden/E01/SQ01/SH0140"),
        ("RG/Broken drone", "Robo Garden/Prop/Broken drone"),
    ],
)
async def test_codes_case_parts_plurals_and_fragments_are_understood(tracker: Kitsu, text: str, address: str) -> None:
    assert (await tracker.find.entity(text)).address == address


async def test_below_the_default_production_its_name_may_be_left_out(kitsu: Connection) -> None:
    async with opened(kitsu, KITSU_PROJECT="Robo Garden") as tracker:
        for text, address in {
            "E01/SQ01/SH0010": "Robo Garden/E01/SQ01/SH0010",
            "Bolt": "Robo Garden/Character/Bolt",
            "Salt Harbour/SQ010": "Salt Harbour/SQ010",
            "Harbour/SQ010": "Salt Harbour/SQ010",
        }.items():
            assert (await tracker.find.entity(text)).address == address
        assert (await tracker.find.place("")).address == "Robo Garden"
        assert (await tracker.find.task("SH0140:Layout")).address == "Robo Garden/E01/SQ01/SH0140:Layout"
        with pytest.raises(Unknown, match=r"^Nothing in Robo Garden is called 'Nowhere/SQ99'"):
            await tracker.find.entity("Nowhere/SQ99")


async def test_a_default_production_that_is_none_is_said_only_where_it_is_needed(kitsu: Connection) -> None:
    async with opened(kitsu, KITSU_PROJECT="Old Film") as tracker:
        for text in ("Robo Garden/E01/SQ01", "RG/E01/SQ01", "robo/E01/SQ01"):
            assert (await tracker.find.entity(text)).address == "Robo Garden/E01/SQ01"
        for text in ("", "SQ010", "SQ010/SH0010:Layout", ":Layout"):
            with pytest.raises(Unknown) as missed:
                await tracker.find.place(text)
            assert str(missed.value) == (
                "KITSU_PROJECT names no production that you may see: 'Old Film'. There are: Robo Garden, Salt "
                "Harbour. Name the production, or correct the setting."
            )


async def test_what_is_far_too_long_is_refused_in_a_short_sentence(tracker: Kitsu) -> None:
    for text in ("x" * 100_000, f"Salt Harbour/{'x' * 1500}", f"Salt Harbour/SQ010/SH0020:{'x' * 1500}"):
        with pytest.raises(BadInput) as refused:
            await tracker.find.task(text)
        assert "x…'" in str(refused.value)
        assert len(str(refused.value)) < 600


async def test_a_tasks_type_may_follow_an_id_or_a_link_of_what_has_it(kitsu: Connection, tracker: Kitsu) -> None:
    shot = await by_name(tracker, "Salt Harbour", "SH0050", "shot")
    page = f"{kitsu.event_host}/productions/shots/"
    for start in (shot.id, f"{page}{shot.id}", f"<{page}{shot.id}|SH0050>"):
        assert (await tracker.find.task(f"{start}:Layout")).address == f"{shot.address}:Layout"
        with pytest.raises(BadInput, match=f"is the task {shot.address}:Layout; give {shot.address} here"):
            await tracker.find.place(f"{start}:layout")
    for start in (shot.tasks[0].id, f"{page}tasks/{shot.tasks[0].id}"):
        with pytest.raises(BadInput, match="holds a task's id, so no task type goes behind it"):
            await tracker.find.task(f"{start}:Layout")


async def test_a_tasks_type_may_follow_a_slash_where_no_thing_is_meant(tracker: Kitsu) -> None:
    for text in ("Salt Harbour/SQ010/SH0020/Animation", "Salt Harbour/SH0050/lay", "Salt Harbour/Lantern/rig"):
        found = await tracker.find.task(text)
        assert found.address.endswith((":Animation", ":Layout", ":Rigging"))


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("Salt Harbour/Prop/Rope coil", Ambiguous, "'Rope coil' could be Salt Harbour/Prop/Rope coil~"),
        ("Salt Harbour/SH0010", Ambiguous, "'Salt Harbour/SH0010' could be 3 things: Salt Harbour/SQ010/SH0010, Salt"),
        ("Salt Harbour/SQ0", Ambiguous, "'SQ0' could be Salt Harbour/SQ010, Salt Harbour/SQ020, Salt Harbour/SQ030."),
        ("Salt Harbour/SQ010/SH0050", Unknown, "Nothing in Salt Harbour is called 'SQ010/SH0050'. Did you mean SQ010/"),
        ("Salt Harbour/Prop/Lantren", Unknown, "Nothing in Salt Harbour is called 'Prop/Lantren'. Did you mean "),
        ("Salt Harbour/Rope coil~00000000", Unknown, "Nothing in Salt Harbour is called 'Rope coil'."),
        ("Salt Harbour/Bolt", Unknown, "Nothing in Salt Harbour is called 'Bolt'."),
        (
            "Nowhere/SQ010",
            Unknown,
            "No production 'Nowhere' that you may see. There are: Robo Garden, Salt Harbour. search finds names in all "
            "productions.",
        ),
        ("ar/SQ010", Ambiguous, "'ar' is not one production but 2: Robo Garden, Salt Harbour."),
        (
            NOTHING,
            Unknown,
            f"'{NOTHING}' is the id of no production, episode, sequence, shot, asset, edit, concept or task that you "
            "may see. search finds things by name.",
        ),
        (f"https://kitsu.example.com/productions/{NOTHING}", Unknown, "is the id of no production, episode,"),
    ],
)  # fmt: skip
async def test_what_is_nothing_or_several_is_said_with_candidates(
    tracker: Kitsu, text: str, error: type[KitsuError], message: str
) -> None:
    with pytest.raises(error) as raised:
        await tracker.find.entity(text)
    assert message in str(raised.value)


async def test_a_twins_mark_that_fits_no_task_leads_to_none(tracker: Kitsu) -> None:
    for text in ("Salt Harbour/SQ010/SH0020:Animation~00000000", "Salt Harbour/SQ010/SH0010:Animation~00000000"):
        with pytest.raises(Unknown, match="has no task 'Animation~00000000'"):
            await tracker.find.task(text)


async def test_a_production_of_another_team_is_nothing_by_name_and_by_id(kitsu: Connection, tracker: Kitsu) -> None:
    projects = ask(kitsu.host, "data/projects", kitsu.token("admin")).body
    secret = next(one["id"] for one in projects if one["name"] == "Secret Pilot")
    shot = ask(kitsu.host, f"data/projects/{secret}/shots", kitsu.token("admin")).body[0]["id"]
    task = ask(kitsu.host, f"data/shots/{shot}/tasks", kitsu.token("admin")).body[0]["id"]
    for text in ("Secret Pilot", "SP/SQ100/SH0010", secret, shot, task):
        with pytest.raises((Unknown, NotPermitted)) as error:
            await tracker.find.place(text)
        assert "SQ100" not in str(error.value).replace(text, "")


async def test_a_place_is_no_entity_and_an_entity_no_task(tracker: Kitsu) -> None:
    for text in ("Salt Harbour", "Salt Harbour/Prop", "Salt Harbour/Edits"):
        with pytest.raises(BadInput, match="is not one shot, asset, sequence or episode"):
            await tracker.find.entity(text)
    shot = (await tracker.find.entity("Salt Harbour/SQ010/SH0020")).entity
    task = await tracker.find.task("Salt Harbour/SQ010/SH0020:Layout")
    for text in (task.address, task.task.id):
        with pytest.raises(BadInput) as refused:
            await tracker.find.entity(text)
        assert str(refused.value) == f"'{text}' is the task {task.address}; give {shot.address} here."
    with pytest.raises(BadInput, match=r"is the address of a task; give Salt Harbour/SQ010/SH0020 here\."):
        await tracker.find.place("Salt Harbour/SQ010/SH0020:Nonsense")


async def test_names_that_came_to_stand_beside_each_other_are_told_apart(pristine: Connection) -> None:
    """Edits of two episodes, a sequence outside all episodes, a type like a sequence."""
    async with opened(pristine) as tracker:
        edit = await by_name(tracker, "Robo Garden", "E02 edit")
        first_edit = await by_name(tracker, "Robo Garden", "E01 edit")
        sequence = await by_name(tracker, "Salt Harbour", "SQ030")
        project = (await tracker.directory.project("Robo Garden")).id
        loose = do(pristine, "POST", f"data/projects/{project}/sequences", {"name": "E01", "episode_id": None})
        do(pristine, "PUT", f"data/entities/{edit.id}", {"name": "E01 edit"})
        do(pristine, "PUT", f"data/entities/{sequence.id}", {"name": "prop"})
        for production in PRODUCTIONS:
            every = await entities(tracker, production)
            assert len({one.address for one in every}) == len(every)
            assert await found(tracker, [one.address for one in every]) == every
        assert {one.address for one in await entities(tracker, "Robo Garden") if one.kind == "edit"} == {
            f"Robo Garden/Edits/E01 edit~{one.id[:8]}" for one in (edit, first_edit)
        }
        assert (await tracker.find.entity(loose["id"])).address == f"Robo Garden/E01~{loose['id'][:8]}"


async def test_names_with_every_sign_of_an_address_lead_back(pristine: Connection) -> None:
    nasty = ["a/b:c~d%e", " padded ", "~deadbeef", "Edits", "日本語 🎬", "SH0010:Layout", "..", "C:\\x"]
    async with opened(pristine) as tracker:
        shots = [one for one in await entities(tracker, "Salt Harbour") if one.kind == "shot"]
        named = dict(zip(nasty, shots, strict=False))
        for name, shot in named.items():
            do(pristine, "PUT", f"data/entities/{shot.id}", {"name": name})
        project = (await tracker.directory.project("Salt Harbour")).id
        types = await tracker.directory.task_types.get()
        layout = next(one.id for one in types.values() if (one.name, one.for_entity) == ("Layout", "Shot"))
        do(pristine, "PUT", f"data/task-types/{layout}", {"name": "Lay/out: 50%~"})
        do(pristine, "PUT", f"data/projects/{project}", {"name": "Salt/Harbour: 2"})
    async with opened(pristine) as tracker:
        types = await tracker.directory.task_types.get()
        every = await entities(tracker, "Salt/Harbour: 2")
        tasks = {f"{one.address}:{task_label(task, types)}": task for one in every for task in one.tasks}
        assert await found(tracker, [one.address for one in every]) == every
        assert [one.task for one in await gather(*[partial(tracker.find.task, text) for text in tasks])] == list(
            tasks.values()
        )
        assert (await tracker.directory.project("Salt%2FHarbour%3A 2")).id == project
        for name, shot in named.items():
            assert (await tracker.find.entity(shot.id)).entity.name == name


async def test_a_name_that_changes_while_connected_is_known_at_once(pristine: Connection) -> None:
    async with opened(pristine) as tracker:
        shot = (await tracker.find.entity("Salt Harbour/SQ010/SH0020")).entity
        sequence = (await tracker.find.entity("Salt Harbour/SQ020")).entity
        episode = (await tracker.find.entity("Robo Garden/E02")).entity
        project = (await tracker.find.place("Salt Harbour")).project
        do(pristine, "PUT", f"data/entities/{shot.id}", {"name": "SH0025"})
        assert (await tracker.find.entity("Salt Harbour/SQ010/SH0025")).entity.id == shot.id
        with pytest.raises(Unknown):
            await tracker.find.entity("Salt Harbour/SQ010/SH0020")
        do(pristine, "PUT", f"data/entities/{sequence.id}", {"name": "SQ025"})
        assert (await tracker.find.entity("Salt Harbour/SQ025/SH0050")).address == "Salt Harbour/SQ025/SH0050"
        do(pristine, "PUT", f"data/entities/{episode.id}", {"name": "E03"})
        assert (await tracker.find.entity("Robo Garden/E03/SQ01/SH0010")).address == "Robo Garden/E03/SQ01/SH0010"
        do(pristine, "PUT", f"data/projects/{project.id}", {"name": "Storm Harbour"})
        assert (await tracker.find.entity("Storm Harbour/SQ025")).address == "Storm Harbour/SQ025"


async def test_one_productions_code_may_be_anothers_name(pristine: Connection) -> None:
    projects = {one["name"]: one["id"] for one in ask(pristine.host, "data/projects", pristine.token("admin")).body}
    do(pristine, "PUT", f"data/projects/{projects['Robo Garden']}", {"code": "Salt Harbour"})
    async with opened(pristine) as tracker:
        assert (await tracker.find.entity("Salt Harbour/SQ010")).entity.name == "SQ010"
        assert (await tracker.find.place("Robo Garden/E01")).address == "Robo Garden/E01"

"""Pasted page links: each tool answers what the page shows, or says what it left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from support.api import ask
from support.client import connected

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mcp.client import ClientRequestContext
    from mcp.types import ElicitRequestParams, ElicitResult

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

ASSETS_OF = """
select type.name || '/' || asset.name, asset.source_id is null, coalesce(asset.source_id = %(episode)s, false) or exists
    (select from entity_link where entity_in_id = %(episode)s and entity_out_id = asset.id)
from entity asset join entity_type type on type.id = asset.entity_type_id
where asset.project_id = %(project)s
    and type.name not in ('Shot', 'Sequence', 'Episode', 'Edit', 'Concept', 'Scene') order by 1
"""


async def never_asked(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    pytest.fail(f"a person was asked: {context} {params}")


@pytest.fixture(scope="module")
async def client(kitsu: Connection) -> AsyncGenerator[Agent]:
    """One manager's client, as the protocol makes no difference here."""
    async with connected(kitsu) as agent:
        yield agent


@pytest.fixture(scope="module")
def ids(kitsu: Connection) -> dict[str, str]:
    """What pages are addressed by: `HERE` is where this Kitsu is, the rest are ids by a short name."""

    def read(path: str) -> Any:
        return ask(kitsu.host, path, kitsu.token("manager")).body

    def named(path: str, name: str, key: str = "name") -> str:
        return next(one["id"] for one in read(path) if one[key] == name)

    salt, robo = named("data/projects/open", "Salt Harbour"), named("data/projects/open", "Robo Garden")
    types = {(one["name"], one["for_entity"]): one["id"] for one in read("data/task-types")}
    bolt = named(f"data/projects/{robo}/assets", "Bolt")
    task = next(one["id"] for one in read(f"data/assets/{bolt}/tasks") if one["task_type_name"] == "Concept")
    return {
        "HERE": kitsu.event_host,
        "SALT": f"{kitsu.event_host}/productions/{salt}",
        "SALT_ID": salt,
        "ROBO": f"{kitsu.event_host}/productions/{robo}",
        "ROBO_ID": robo,
        "E01": named(f"data/projects/{robo}/episodes", "E01"),
        "SQ010": named(f"data/projects/{salt}/sequences", "SQ010"),
        "ANIMATION": types["Animation", "Shot"],
        "RIGGING": types["Rigging", "Asset"],
        "PROP": named("data/asset-types", "Prop"),
        "WFA": named("data/task-status", "wfa", "short_name"),
        "MARA": named("data/persons", "Mara Okafor", "full_name"),
        "THEO": named("data/persons", "Theo Marchand", "full_name"),
        "PLAYLIST": read(f"data/projects/{robo}/playlists")[0]["id"],
        "TASK": task,
        "PREVIEW": read(f"data/tasks/{task}/previews")[0]["id"],
    }


@pytest.mark.parametrize(
    ("tool", "page", "same_as", "notes"),
    [
        ("list_shots", "{ROBO}/episodes/{E01}/shots?search=", {"under": "Robo Garden/E01"}, []),
        ("list_shots", "{ROBO}/episodes/all/shots", {"under": "Robo Garden"}, []),
        ("list_shots", "{SALT}/sequences/{SQ010}", {"under": "Salt Harbour/SQ010"}, []),
        ("list_tasks", "{SALT}/shots/task-types/{ANIMATION}", {"under": "Salt Harbour", "task_type": "Animation"},
         ["as the link's page shows: only shots, the task type Animation"]),
        ("list_tasks", "{ROBO}/episodes/{E01}/shots/task-types/{ANIMATION}/schedule",
         {"under": "Robo Garden/E01", "task_type": "Animation"},
         ["as the link's page shows: only shots, the task type Animation"]),
        ("list_tasks", "{HERE}/all-tasks?project_id={SALT_ID}&task_type_id={ANIMATION}&task_status_id={WFA}",
         {"under": "Salt Harbour", "task_type": "Animation"},
         ["as the link's page shows: only the task type Animation", "of the link 'task_status_id=wfa' was not read"]),
        ("list_tasks", "{SALT}/asset-types/{PROP}", {"under": "Salt Harbour/Prop"}, []),
        ("list_assets", "{SALT}/team", {"under": "Salt Harbour"},
         ["of the link its page 'team' was not read: this is all of Salt Harbour"]),
        ("list_shots", "{SALT}/shots/a7da7f32-c345", {"under": "Salt Harbour"},
         ["of the link 'a7da7f32-c345' was not read: this is all of Salt Harbour"]),
        ("list_assets", "{SALT}/shots/task-types/{ANIMATION}", {"under": "Salt Harbour"},
         ["of the link its page 'shots', the task type Animation was not read: this is all of Salt Harbour"]),
        ("list_assets", "{ROBO}/episodes/main/assets", {"under": "Robo Garden/Main Pack"}, []),
        ("list_tasks", "{ROBO}/episodes/main/assets", {"under": "Robo Garden/Main Pack"}, []),
        ("get_casting", "{ROBO}/breakdown", {"of": "Robo Garden"}, []),
        ("get_casting", "{ROBO}/episodes/{E01}/breakdown", {"of": "Robo Garden/E01"}, []),
        ("get_casting", "{SALT}/breakdown/sequences/{SQ010}", {"of": "Salt Harbour/SQ010"}, []),
        ("get_project", "{ROBO}/episodes/{E01}/shots", {"project": "Robo Garden"}, ["this is all of Robo Garden"]),
        ("get_project", "{ROBO}/playlists/{PLAYLIST}", {"project": "Robo Garden"}, ["this is all of Robo Garden"]),
        ("get_project", "{ROBO}", {"project": "Robo Garden"}, []),
    ],
)  # fmt: skip
async def test_a_link_means_what_its_page_shows_or_the_answer_says_what_was_left_out(
    client: Agent, ids: dict[str, str], tool: str, page: str, same_as: dict[str, Any], notes: list[str]
) -> None:
    linked = await client.ask(tool, **{next(iter(same_as)): page.format(**ids)})
    named = await client.ask(tool, **same_as)
    assert linked["rows"] == named["rows"]
    assert linked.get("total") == named.get("total")
    assert linked.get("notes", []) == [*named.get("notes", []), *notes]


async def test_the_page_of_a_task_type_is_a_list_of_what_has_such_a_task(client: Agent, ids: dict[str, str]) -> None:
    answer = await client.ask("list_assets", under="{SALT}/assets/task-types/{RIGGING}".format(**ids))
    whole = await client.ask("list_assets", under="Salt Harbour")
    at = whole["columns"].index("Rigging")
    assert answer["columns"] == ["asset", "Rigging"]
    assert answer["rows"] == [[row[0], row[at]] for row in whole["rows"] if row[at]]
    assert answer["total"]
    assert answer["notes"][-1] == "as the link's page shows: only the task type Rigging"


async def test_the_main_pack_is_the_assets_of_no_episode_and_an_episodes_page_shows_those_cast_in_it_too(
    kitsu: Connection, client: Agent, ids: dict[str, str]
) -> None:
    with psycopg.connect(kitsu.database) as database:
        assets = database.execute(ASSETS_OF, {"project": ids["ROBO_ID"], "episode": ids["E01"]}).fetchall()
    main_pack = await client.ask("list_assets", under="Robo Garden/Main Pack")
    assert main_pack["under"] == "Robo Garden"
    assert main_pack["notes"] == ["Robo Garden/Main Pack: the assets that belong to no episode"]
    assert [row[0] for row in main_pack["rows"]] == [name for name, in_main_pack, _ in assets if in_main_pack]
    props = await client.ask("list_assets", under="{ROBO}/episodes/main/asset-types/{PROP}".format(**ids))
    assert [row[0] for row in props["rows"]] == [row[0] for row in main_pack["rows"] if row[0].startswith("Prop/")]
    assert "Main Pack holds no shots" in await client.refusal("list_shots", under="Robo Garden/Main Pack")
    episode = await client.ask("list_assets", under="{ROBO}/episodes/{E01}/assets".format(**ids))
    assert [row[0] for row in episode["rows"]] == [name for name, _, on_page in assets if on_page]
    assert episode["notes"] == ["as the link's page shows: also the assets cast in Robo Garden/E01"]


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("list_shots", {"under": "{ROBO}/playlists/{PLAYLIST}"}, "This is the page of a playlist, which get_review"),
        ("get_task", {"task": "{ROBO}/episodes/all/playlists/{PLAYLIST}"}, "This is the page of a playlist, which g"),
        (
            "search",
            {"text": "{ROBO}/playlists/{PLAYLIST}"},
            "This is the page of a playlist, which get_review_room takes",
        ),
        ("list_assets", {"under": "{HERE}/people/{MARA}"}, "This is the page of the person Mara Okafor. list_tasks"),
        ("get_project", {"project": "{HERE}/people/{MARA}"}, "This is the page of the person Mara Okafor. list_tasks"),
        ("get_project", {"project": "{PLAYLIST}"}, "'{PLAYLIST}' is the id of the playlist "),
        ("list_shots", {"under": "{ROBO}/episodes/{SQ010}/shots"}, "Robo Garden has no episode with the id {SQ010}"),
        ("list_tasks", {"under": "{HERE}/my-tasks"}, "The link '{HERE}/my-tasks' holds no id. Paste the link of a"),
        ("get_project", {"project": "https://other.example.com/productions/{SALT_ID}"}, "This link is of other.exampl"),
        ("search", {"text": "https://other.example.com/people/{MARA}"}, "This link is of other.example.com; this se"),
        ("search", {"text": "SH", "under": "https://other.example.com/productions/{SALT_ID}"}, "This link is of oth"),
        ("get_casting", {"of": "https://other.example.com/productions/{SALT_ID}/breakdown"}, "This link is of other"),
    ],
    ids=str,
)
async def test_a_page_that_cannot_serve_is_refused_as_what_it_is(
    client: Agent, ids: dict[str, str], tool: str, arguments: dict[str, str], said: str
) -> None:
    given = {name: value.format(**ids) for name, value in arguments.items()}
    assert (await client.refusal(tool, **given)).startswith(said.format(**ids))


async def test_nothing_is_written_through_a_link_of_another_kitsu(kitsu: Connection, ids: dict[str, str]) -> None:
    async with connected(kitsu, on_question=never_asked) as client:
        page = f"https://other.example.com/productions/{ids['SALT_ID']}/shots/tasks/{ids['TASK']}"
        said = await client.refusal("add_comment", task=page, text="Looks good")
    assert "This link is of other.example.com" in said
    assert "othing was written" in said


async def test_a_page_of_a_preview_shows_its_task_and_which_preview(client: Agent, ids: dict[str, str]) -> None:
    page = "{ROBO}/episodes/main/assets/tasks/{TASK}/previews/".format(**ids)
    shown = await client.ask("get_task", task=page + ids["PREVIEW"])
    assert shown["task"] == "Robo Garden/Character/Bolt:Concept"
    assert "the link shows preview v1" in shown["notes"]
    other = await client.ask("get_task", task=page + ids["MARA"])
    assert "the link's preview is none of this task" in other["notes"]
    beside = await client.ask("get_task", task="{ROBO}/assets?task_id={TASK}".format(**ids))
    assert beside["task"] == shown["task"]


async def test_search_finds_what_a_page_is_of(client: Agent, ids: dict[str, str]) -> None:
    for text, row in {
        "{HERE}/people/{MARA}?section=done": ["person", "Mara Okafor", "manager"],
        "{MARA}": ["person", "Mara Okafor", "manager"],
        "{ROBO}/shots": ["project", "Robo Garden", "tvshow"],
        "{ROBO}/episodes/{E01}/shots": ["episode", "Robo Garden/E01", ""],
        "{ROBO}/episodes/main/assets": ["main pack", "Robo Garden/Main Pack", ""],
        "{SALT}/breakdown/asset-types/{PROP}": ["asset type", "Salt Harbour/Prop", ""],
        "{ROBO}/assets/tasks/{TASK}": ["task", "Robo Garden/Character/Bolt:Concept", ""],
    }.items():
        assert (await client.ask("search", text=text.format(**ids)))["rows"] == [row]


async def test_a_person_may_be_given_by_the_link_of_their_page(client: Agent, ids: dict[str, str]) -> None:
    tasks = await client.ask("list_tasks", under="Salt Harbour", assignee="{HERE}/people/{THEO}".format(**ids))
    assert tasks == await client.ask("list_tasks", under="Salt Harbour", assignee="Theo Marchand")
    assert tasks["total"]


async def test_a_thing_that_is_called_like_a_link_or_an_id_is_found_by_that_name(pristine: Connection) -> None:
    names = ("https://x.example/turn?a=b", "6f1c2a4e-9b3d-4c5f-8a7e-0123456789ab")
    token = pristine.token("admin")
    projects, types = (ask(pristine.host, path, token).body for path in ("data/projects/open", "data/asset-types"))
    project = next(one["id"] for one in projects if one["name"] == "Salt Harbour")
    prop = next(one["id"] for one in types if one["name"] == "Prop")
    for name in names:
        path = f"data/projects/{project}/asset-types/{prop}/assets/new"
        ask(pristine.host, path, token, method="POST", body={"name": name})
    async with connected(pristine) as client:
        for name in names:
            (row,) = (await client.ask("search", text=name))["rows"]
            assert row[0] == "asset"

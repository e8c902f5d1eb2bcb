"""KITSU_PROJECTS: of every other production nothing is there, whichever tool asks and however a thing is named."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from mcp.types import PromptReference, TextContent

from kitsu_tools.tracker.gather import gather
from support.client import connected
from support.held import nothing_written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcp.client import ClientRequestContext
    from mcp.types import ElicitRequestParams, ElicitResult

    from kitsu_sandbox.lifecycle import Connection, Sandbox
    from support.client import Agent

pytestmark = pytest.mark.anyio

OPEN = "Robo Garden"
NAMES = {
    "name": "Salt Harbour",
    "code": "SH",
    "part": "Salt",
    "misspelt": "Salt Harbuor",
    "closed": "Old Reel",
    "nobody's": "Secret Pilot",
    "sequence": "Salt Harbour/SQ010",
    "shot": "Salt Harbour/SQ010/SH0020",
    "fragment": "SQ010/SH0020",
    "asset": "Salt Harbour/Character/Maren",
    "asset type": "Salt Harbour/Character",
    "edits": "Salt Harbour/Edits/Main edit",
    "concept": "Salt Harbour/Concepts/Storm light",
    "task": "Salt Harbour/SQ010/SH0020:Animation",
    "below the open one": "Robo Garden/SQ010/SH0020",
    "asset's name": "Maren",
    "shared asset below the open one": "Robo Garden/Character/Maren",
}
"""How an agent may write what is left out; ids and links come on top."""

IDS = """
select 'production ' || name, id from project where name <> 'Robo Garden'
union all select * from (select distinct on (type.name) type.name, entity.id from entity
    join entity_type type on type.id = entity.entity_type_id join project on project.id = entity.project_id
    where project.name = 'Salt Harbour' and type.name in ('Sequence', 'Shot', 'Character', 'Edit', 'Concept')
    order by type.name, entity.name desc) one
union all select * from (select 'task', task.id from task join project on project.id = task.project_id
    where project.name = 'Salt Harbour' order by task.id limit 1) one
union all select * from (select 'comment', comment.id from comment join task on task.id = comment.object_id
    join project on project.id = task.project_id where project.name = 'Salt Harbour' order by comment.id limit 1) one
union all select * from (select 'preview', preview.id from preview_file preview join task on task.id = preview.task_id
    join project on project.id = task.project_id where project.name = 'Salt Harbour' order by preview.id limit 1) one
union all select * from (select 'playlist', playlist.id from playlist join project on project.id = playlist.project_id
    where project.name = 'Salt Harbour' order by playlist.id limit 1) one
"""
AT_ONCE = 24
ANYWHERE = "Robo Garden/E01/SQ01/SH0010"


async def never_asked(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    raise AssertionError(context, params)


def ways(connection: Connection) -> Iterator[str]:
    """Every way to name something that is left out."""
    yield from NAMES.values()
    with psycopg.connect(connection.database) as database:
        found = [(kind, str(one)) for kind, one in database.execute(IDS).fetchall()]
        here = str(database.execute("select id from project where name = %s", (OPEN,)).fetchall()[0][0])
    assert len(found) == 12, found
    production = next(one for kind, one in found if kind == "production Salt Harbour")
    kinds = {"task": "shots/tasks", "comment": "comments", "preview": "previews", "playlist": "playlists"}
    for kind, one in found:
        yield one
        if kind.startswith("production"):
            yield f"{connection.event_host}/productions/{one}/shots"
        else:
            yield f"{connection.event_host}/productions/{production}/{kinds.get(kind, 'shots')}/{one}"
    ids = dict(found)
    own = f"{connection.event_host}/productions/{here}"
    yield f"{ids['Shot']}:Animation"
    yield from (f"{own}/shots/{ids['Shot']}", f"{own}/episodes/{ids['Sequence']}/shots")
    yield f"{own}/assets?task_id={ids['task']}"


def questions(way: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every tool that takes a place, a thing or a text."""
    for tool in ("list_shots", "list_assets", "list_tasks"):
        yield tool, {"under": way}
    yield "list_tasks", {"under": OPEN, "assignee": way}
    yield "get_project", {"project": way}
    yield "search", {"text": way}
    yield "search", {"text": "e", "under": way}
    yield "get_casting", {"of": way}
    yield "get_casting", {"of": way, "direction": "used_in"}
    yield "list_entities", {"kind": "sequence", "under": way}
    yield "get_entity", {"of": way}
    yield "compare_casting", {"of": way, "task_type": "Animation"}
    yield "read_api", {"path": f"data/entities/{way}"}
    yield "get_task", {"task": way}
    yield "add_comment", {"task": way, "text": "Seen."}
    yield "change_status", {"tasks": [f"{ANYWHERE}:Layout", way], "status": "wip"}


WITHOUT_A_NAME: list[tuple[str, dict[str, Any]]] = [
    ("list_projects", {}),
    ("list_projects", {"closed": True}),
    ("list_tasks", {"limit": 500}),
    ("list_assets", {"limit": 500}),
    ("list_assets", {"under": f"{OPEN}/E01", "limit": 500}),
    ("list_shots", {"limit": 500}),
    ("get_project", {}),
    ("get_casting", {"of": ANYWHERE}),
    ("get_casting", {"of": f"{OPEN}/E01/SQ01"}),
    ("get_casting", {"of": f"{OPEN}/E01"}),
    ("get_casting", {"of": OPEN}),
    ("get_casting", {"of": f"{OPEN}/Character", "direction": "used_in"}),
    ("compare_casting", {"of": OPEN, "task_type": "Animation", "needs": ["Rigging"]}),
    ("list_entities", {"kind": "shared_asset", "under": OPEN}),
    ("read_api", {"path": "data/tasks", "limit": 500}),
    ("read_api", {"path": "data/projects"}),
    ("get_casting", {"of": f"{OPEN}/Character/Bolt", "direction": "used_in"}),
    ("search", {"text": "SH0010", "limit": 100}),
    ("search", {"text": "Gull", "limit": 100}),
]


async def answers(agent: Agent, every: list[tuple[str, dict[str, Any]]]) -> dict[str, object]:
    """What is said to each question."""

    async def said(tool: str, arguments: dict[str, Any]) -> object:
        result = await agent.call(tool, **arguments)
        text = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
        return result.structured_content or text

    found: dict[str, object] = {}
    for start in range(0, len(every), AT_ONCE):
        some = every[start : start + AT_ONCE]
        given = await gather(*[partial(said, tool, arguments) for tool, arguments in some])
        found |= {f"{tool} {arguments}": one for (tool, arguments), one in zip(some, given, strict=True)}
    for name, given in (("project", {}), ("sequence", {}), ("sequence", {"project": "Salt Harbour"})):
        ref = PromptReference(name="delivery_readiness" if given or name == "project" else "sequence_brief")
        completed = await agent.mcp.complete(ref, {"name": name, "value": ""}, given or None)
        found[f"complete {name} {given}"] = completed.completion.values
    return found


def share(connection: Connection) -> None:
    """Cast an asset of each production in the other."""
    with psycopg.connect(connection.database) as database:
        database.execute("update entity set is_shared = true where name in ('Maren', 'Bolt')")
        cast = """
            insert into entity_link (id, entity_in_id, entity_out_id, nb_occurences, label)
            select gen_random_uuid(), inside.id, asset.id, 3, '' from entity inside
            join project on project.id = inside.project_id join entity above on above.id = inside.parent_id
            cross join entity asset
            where project.name = %s and above.name = %s and inside.name = 'SH0010' and asset.name = %s
        """
        assert database.execute(cast, (OPEN, "SQ01", "Maren")).rowcount >= 1
        assert database.execute(cast, ("Salt Harbour", "SQ010", "Bolt")).rowcount == 1
        dressed = """
            insert into entity_link (id, entity_in_id, entity_out_id, nb_occurences, label)
            select gen_random_uuid(), dressed.id, asset.id, 1, '' from entity dressed, entity asset
            where dressed.name = 'Lighthouse' and asset.name = 'Bolt'
        """
        assert database.execute(dressed).rowcount == 1


def delete(connection: Connection) -> None:
    """All productions but one, with what hangs on them. Zou's own way takes a minute."""
    with psycopg.connect(connection.database) as database:
        database.execute("set session_replication_role = replica")  # no foreign keys, so in any order
        gone = "(select id from project where name <> 'Robo Garden')"
        entities, tasks = (f"(select id from {table} where project_id in {gone})" for table in ("entity", "task"))
        for where in (
            f"entity_link where entity_in_id in {entities} or entity_out_id in {entities}",
            f"comment where object_id in {tasks}",
            f"preview_file where task_id in {tasks}",
            f"playlist where project_id in {gone}",
            f"task where project_id in {gone}",
            f"entity where project_id in {gone}",
            "project where name <> 'Robo Garden'",
        ):
            database.execute(f"delete from {where}".encode())


async def test_what_is_left_out_answers_every_tool_as_if_it_had_been_deleted(
    sandbox: Sandbox, pristine: Connection
) -> None:
    every = [*WITHOUT_A_NAME, *(question for way in ways(pristine) for question in questions(way))]
    sandbox.reset()  # also what Zou keeps in its cache
    delete(pristine)
    async with connected(pristine, role="admin", on_question=never_asked) as agent:
        deleted = await answers(agent, every)
    sandbox.reset()
    share(pristine)
    with nothing_written(pristine):
        async with connected(pristine, role="admin", on_question=never_asked, KITSU_PROJECTS=OPEN) as agent:
            limited = await answers(agent, every)
    assert {question: said for question, said in limited.items() if said != deleted[question]} == {}

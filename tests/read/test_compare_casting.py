"""What waits for which assets, against the database, from both ends and for each role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from kitsu_tools.tracker.visibility import ASSIGNED_ONLY
from references.studio import Studio
from support.client import connected

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

NOT_BEGUN = """
select coalesce(episode.name || '/', '') || sequence.name || '/' || replace(shot.name, '/', '%%2F'),
    asset.name,
    (select link.priority from project_task_type_link link where link.project_id = shot.project_id
        and link.task_type_id = asset.ready_for) as ready,
    (select link.priority from project_task_type_link link where link.project_id = shot.project_id
        and link.task_type_id = task.task_type_id) as step,
    (select bool_or(not status.is_done) from task asset_task join task_type on task_type.id = asset_task.task_type_id
        join task_status status on status.id = asset_task.task_status_id
        where asset_task.entity_id = asset.id and task_type.name = 'Rigging') as unrigged
from entity shot join entity_type type on type.id = shot.entity_type_id and type.name = 'Shot'
join project on project.id = shot.project_id join entity sequence on sequence.id = shot.parent_id
left join entity episode on episode.id = sequence.parent_id
join task on task.entity_id = shot.id join task_type on task_type.id = task.task_type_id
join task_status status on status.id = task.task_status_id
left join entity_link link on link.entity_in_id = shot.id
left join entity asset on asset.id = link.entity_out_id and not asset.canceled
where project.name = %s and task_type.name = %s and not shot.canceled
and (status.is_default or status.short_name in ('todo', 'ready'))
"""


@dataclass
class Expected:
    """By shot: how many assets it uses, and which of them are not ready by Kitsu's rule, or not rigged."""

    uses: dict[str, int]
    unready: dict[str, list[str]]
    unrigged: dict[str, list[str]]

    @classmethod
    def of(cls, kitsu: Connection, project: str, step: str) -> Expected:
        found = cls({}, {}, {})
        with psycopg.connect(kitsu.database) as database:
            for shot, asset, ready, place, unrigged in database.execute(NOT_BEGUN.encode(), [project, step]):
                found.uses[shot] = found.uses.get(shot, 0) + (asset is not None)
                for its, waits in (
                    (found.unready, place > (ready if ready is not None else -1)),
                    (found.unrigged, unrigged),
                ):
                    its.setdefault(shot, [])
                    its[shot] += [asset] if asset is not None and waits else []
        return found


@pytest.mark.parametrize("role", ["admin", "supervisor", "user", "client"])
async def test_shots_that_can_start_are_those_whose_assets_are_all_ready(kitsu: Connection, role: str) -> None:
    async with connected(kitsu, role=role) as client:
        for project, step in (("Salt Harbour", "Animation"), ("Robo Garden", "Lighting"), ("Robo Garden", "Layout")):
            expected = Expected.of(kitsu, project, step)
            for needs, waits in ((), expected.unready), (["Rigging"], expected.unrigged):
                arguments = {"of": project, "task_type": step, "needs": needs, "limit": 1000}
                shots = await client.ask("compare_casting", **arguments)
                assert {row[0]: (row[2], row[3].count("(")) for row in shots["rows"]} == {
                    shot: (f"{used - len(waits[shot])}/{used}", len(waits[shot]))
                    for shot, used in expected.uses.items()
                }
                assert shots["total"] == shots["shots"] == len(expected.uses)
                assert shots["can_start"] == sum(not its for its in waits.values())
                # From the other end: each asset holds up as many shots as wait for it.
                assets = await client.ask("compare_casting", **arguments, rows="assets")
                assert sum(row[2] for row in assets["rows"]) == sum(map(len, waits.values()))
                assert sum(row[3] for row in assets["rows"]) == sum(len(its) == 1 for its in waits.values())


async def test_shots_and_assets_come_in_any_order_of_their_columns(kitsu: Connection, client: Agent) -> None:
    unrigged = Expected.of(kitsu, "Robo Garden", "Layout").unrigged
    asked = {"of": "Robo Garden", "task_type": "Layout", "needs": ["Rigging"], "limit": 1000}
    shots = await client.ask("compare_casting", **asked, sort=["-waits for", "-shot"])
    order = sorted(unrigged, reverse=True)
    assert [row[0] for row in shots["rows"]] == sorted(order, key=lambda shot: -len(unrigged[shot]))
    for column, cell in (("shots that wait", 2), ("asset", 0)):
        assets = await client.ask("compare_casting", **asked, rows="assets", sort=column)
        cells = [row[cell] for row in assets["rows"]]
        assert cells == sorted(cells)
        assert len(set(cells)) > 1


async def test_an_assets_shots_say_what_it_unblocks(pristine: Connection) -> None:
    studio = Studio(pristine)
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "update task set task_status_id = (select id from task_status where is_default limit 1) from entity shot, "
            "task_type, project where shot.id = task.entity_id and task_type.id = task_type_id and project.id = "
            "shot.project_id and task_type.name = 'Animation' and project.name = 'Salt Harbour'"
        )
        database.execute("update entity set ready_for = %s where name <> 'Harbour'", [studio.task_types["Compositing"]])
    async with connected(pristine) as client:
        shots = await client.ask("compare_casting", of="Salt Harbour/Environment/Harbour", task_type="Animation")
        users = await client.ask("get_casting", of="Salt Harbour/Environment/Harbour", direction="used_in")
        assets = await client.ask("compare_casting", of="Salt Harbour", task_type="Animation", rows="assets")
    used_in = {row[0] for row in users["rows"] if row[0].startswith("SQ")}
    assert {row[0] for row in shots["rows"]} == used_in
    assert (shots["shots"], shots["can_start"], shots["unblocks_alone"]) == (len(used_in), 0, len(used_in))
    assert {row[3] for row in shots["rows"]} == {"Environment/Harbour (ready for Layout)"}
    ((asset, now, blocks, alone, which),) = assets["rows"]
    assert (asset, now, blocks, alone) == ("Environment/Harbour", "ready for Layout", len(used_in), len(used_in))
    assert set(which.split(", ")) <= used_in


async def test_vendors_are_told_that_castings_are_not_for_them(kitsu: Connection) -> None:
    async with connected(kitsu, role="vendor") as client:
        text = await client.refusal("compare_casting", of="Robo Garden/E02", task_type="Animation")
    assert text == f"Castings are not shown to vendors: {ASSIGNED_ONLY}."


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"of": "Salt Harbour"}, "Name the task_type that is to start in the shots,"),
        ({"of": "Salt Harbour", "task_type": "Rigging"}, "task_type: 'Rigging' is no task type of shots."),
        ({"of": "Salt Harbour", "needs": "Animation"}, "needs: 'Animation' is no task type of assets."),
        ({"of": "Salt Harbour/Prop", "task_type": "Animation"}, "Salt Harbour/Prop: name one asset, or a project,"),
        ({"of": "Salt Harbour/Edits/Main edit", "task_type": "Animation"}, "Salt Harbour/Edits/Main edit is an edit:"),
        ({"of": "Salt Harbour", "task_type": "Animaton"}, "No task type 'Animaton'. Did you mean Animation?"),
    ],
    ids=str,
)
async def test_what_cannot_be_compared_is_refused(client: Agent, arguments: dict[str, Any], complaint: str) -> None:
    assert (await client.refusal("compare_casting", **arguments)).startswith(complaint)

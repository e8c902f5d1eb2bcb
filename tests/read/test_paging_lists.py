"""Lists that are told in pages while others write: what stays is shown, and that rows came or went is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from support.client import connected

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

LISTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "list_previews": (
        {"under": "Robo Garden"},
        "update preview_file set task_id = (select task.id from task join project on project.id = project_id where "
        "project.name = 'Salt Harbour' limit 1) where id = (select preview_file.id from preview_file join task on "
        "task.id = task_id join project on project.id = project_id where project.name = 'Robo Garden' limit 1)",
        "insert into preview_file (id, name, task_id, person_id, revision, position, extension, status, "
        "validation_status, created_at, updated_at) select gen_random_uuid(), 'new', task_id, person_id, 9, 1, 'png', "
        "'ready', 'neutral', now() at time zone 'utc', now() at time zone 'utc' from preview_file join task on "
        "task.id = task_id join project on project.id = project_id where project.name = 'Robo Garden' limit 1",
    ),
    "list_time": (
        {"under": "Robo Garden", "period": "2000-01-01..2100-01-01", "group_by": ["task"]},
        "delete from time_spent where task_id = (select max(task_id::text)::uuid from time_spent join task on "
        "task.id = task_id join project on project.id = project_id where project.name = 'Robo Garden')",
        "insert into time_spent (id, duration, date, task_id, person_id) select gen_random_uuid(), 60, now(), task.id, "
        "(select person_id from time_spent limit 1) from task join project on project.id = project_id where "
        "project.name = 'Robo Garden' and not exists (select from time_spent where task_id = task.id) limit 1",
    ),
    "list_people": (
        {"sort": ["person"]},
        "update person set active = false where email = (select max(email) from person where not is_bot and active)",
        "insert into person (id, first_name, last_name, email, role, active, archived, is_bot, contract_type) "
        "select gen_random_uuid(), 'Aaa', 'Aaa', 'aaa@example.com', role, true, false, false, "
        "contract_type from person where not is_bot limit 1",
    ),
    "list_entities": (
        {"kind": "sequence", "under": "Robo Garden"},
        "update entity set canceled = true where id = (select max(id::text)::uuid from entity where name = 'SQ02')",
        "insert into entity (id, name, project_id, entity_type_id, parent_id, status, is_shared, canceled) select "
        "gen_random_uuid(), 'SQ00', project_id, entity_type_id, parent_id, status, false, false from entity where "
        "name = 'SQ02' limit 1",
    ),
}


@pytest.mark.parametrize("tool", LISTS)
async def test_pages_show_what_stays_and_say_that_rows_came_or_went(pristine: Connection, tool: str) -> None:
    asked, goes, comes = LISTS[tool]

    async def every(**further: Any) -> list[str]:
        async with connected(pristine) as agent:
            return [str(row[0]) + str(row[6:7]) for row in (await agent.ask(tool, **asked, **further))["rows"]]

    before = await every(limit=1000)
    for write in (goes, comes):
        async with connected(pristine) as agent:
            page = await agent.ask(tool, **asked, limit=1)
            rows, notes = [*page["rows"]], list[str]()
            with psycopg.connect(pristine.database) as database:
                assert database.execute(write.encode()).rowcount
            async with connected(pristine) as other:
                while "next" in page:
                    page = await other.ask(tool, **asked, limit=1000, next=page["next"])
                    rows, notes = [*rows, *page["rows"]], [*notes, *page.get("notes", ())]
        after = await every(limit=1000)
        assert len(after) != len(before)
        assert set(before) & set(after) <= {str(row[0]) + str(row[6:7]) for row in rows}
        assert any(one.startswith("The list changed since the page before") for one in notes), (tool, notes)
        before = after

"""What an agent is told before it calls anything: names, schemas, hints, and how much of its context that takes."""

from __future__ import annotations

import inspect
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from mcp.server.mcpserver import MCPServer
from pydantic import Field

from kitsu_server.app import instructions
from kitsu_tools.catalog import CATALOG
from kitsu_tools.strict_tool import LISTINGS, StrictTool
from support.client import connected

if TYPE_CHECKING:
    from mcp.client.session import ClientRequestContext
    from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, Tool

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

README = Path(__file__).parents[1] / "README.md"
TOOLS = [entry.name for entry in CATALOG]
RESOLVED = {"kitsu", "gate", "selections", "plan", "answer", "ctx", "context"}
WITHOUT_KITSU = {"find_endpoint", "read_skill"}
"""Tools that ask nothing of Kitsu and so need none."""

TABLES = {
    "list_projects",
    "search",
    "list_shots",
    "list_assets",
    "list_entities",
    "get_casting",
    "compare_casting",
    "list_tasks",
    "list_playlists",
    "get_playlist",
    "list_previews",
    "list_comments",
    "list_people",
    "list_notifications",
    "see_contact_sheet",
    "get_workload",
    "get_schedule",
    "list_time",
    "get_budget",
    "list_changes",
    "list_events",
}

TASK = "SQ01/SH0010:Layout"
LISTING_TOKENS = 16_000
CHARACTERS_A_TOKEN = 4


async def listed(mode: Mode = "auto") -> dict[str, Tool]:
    """The tools of a server that was given no settings, which lists them all the same."""
    async with connected(None, mode=mode) as client:
        return {tool.name: tool for tool in await client.tools()}


@pytest.fixture(scope="module")
async def tools() -> dict[str, Tool]:
    return await listed()


async def never_asked(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    raise AssertionError(context, params)


def as_sent(tool: Tool) -> dict[str, Any]:
    return tool.model_dump(mode="json", by_alias=True, exclude_none=True)


async def test_the_catalogs_tools_are_listed_in_its_order(mode: Mode) -> None:
    assert list(await listed(mode)) == TOOLS


@pytest.fixture(scope="module")
async def written() -> dict[str, Tool]:
    """The tools as their functions are written, made anew."""
    made = (StrictTool.of(entry.function, entry.title, entry.annotations, entry.meta) for entry in CATALOG)
    return {tool.name: tool for tool in await MCPServer("as written", tools=[*made]).list_tools()}


@pytest.mark.parametrize("name", TOOLS)
async def test_a_tool_is_listed_as_its_function_is_written(
    name: str, written: dict[str, Tool], tools: dict[str, Tool]
) -> None:
    made = json.dumps(as_sent(written[name]), indent=2, ensure_ascii=False) + "\n"
    kept = LISTINGS / f"{name}.json"
    if os.environ.get("UPDATE_LISTINGS"):
        kept.write_text(made, encoding="utf-8")
    assert made == kept.read_text(encoding="utf-8"), "changed on purpose? UPDATE_LISTINGS=1 rewrites it"
    assert as_sent(tools[name]) == as_sent(written[name])


def test_there_is_a_listing_for_every_tool_and_no_other() -> None:
    assert {file.stem for file in LISTINGS.glob("*.json")} == set(TOOLS)


async def test_both_protocols_list_the_same_tools() -> None:
    assert [as_sent(tool) for tool in (await listed("auto")).values()] == [
        as_sent(tool) for tool in (await listed("legacy")).values()
    ]


ANSWERED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "list_projects": ({}, {"next": "nowhere"}),
    "get_project": ({"project": "Salt Harbour"}, {"project": "Nowhere"}),
    "get_studio": ({"sections": ["statuses"]}, {"sections": ["colours"]}),
    "search": ({"text": "Bolt"}, {"text": "Bolt", "under": "Nowhere"}),
    "list_shots": ({"under": "Salt Harbour/SQ010", "show": ["due"]}, {"under": "Salt Harbour", "where": ["Wibble=1"]}),
    "list_assets": ({"under": "Robo Garden", "limit": 2}, {"under": "Robo Garden/E09"}),
    "list_entities": ({"kind": "sequence", "under": "Salt Harbour"}, {"kind": "sequence", "under": "Nowhere"}),
    "get_entity": ({"of": "Salt Harbour/SQ010/SH0020"}, {"of": "Salt Harbour/Nobody"}),
    "get_casting": ({"of": "Salt Harbour/SQ010"}, {"of": "Salt Harbour/Nobody"}),
    "compare_casting": ({"of": "Salt Harbour", "task_type": "Animation"}, {"of": "Salt Harbour"}),
    "list_tasks": (
        {"under": "Salt Harbour", "assignee": "Theo Marchand"},
        {"under": "Salt Harbour/SQ999"},
    ),
    "get_task": ({"task": "Salt Harbour/SQ010/SH0010:Layout"}, {"task": "Salt Harbour/SQ010/SH0010:Nothing"}),
    "list_playlists": ({"project": "Salt Harbour"}, {"project": "Nowhere"}),
    "get_playlist": ({"playlist": "Salt Harbour/Dailies week 12"}, {"playlist": "Salt Harbour/Nothing"}),
    "list_previews": ({"under": "Salt Harbour", "show": ["pixels"]}, {"under": "Salt Harbour", "show": ["mood"]}),
    "list_comments": ({"under": "Salt Harbour/SQ010"}, {"under": "Salt Harbour", "since": "soon"}),
    "see_preview": ({"of": "Salt Harbour/Character/Maren", "tokens": 100}, {"of": "Salt Harbour/Nobody"}),
    "see_contact_sheet": ({"of": ["Salt Harbour/SQ010"], "tokens": 100}, {"of": ["Salt Harbour/SQ999"]}),
    "compare_revisions": (
        {"task": "Salt Harbour/Character/Maren:Concept", "tokens": 100},
        {"task": "Salt Harbour/Character/Maren:Concept", "revisions": ["v9"]},
    ),
    "list_people": ({"project": "Salt Harbour"}, {"department": "Baking"}),
    "get_person": ({"person": "Theo Marchand"}, {"person": "Nobody"}),
    "list_notifications": ({}, {"since": "soon"}),
    "get_workload": ({"under": "Salt Harbour"}, {"under": "Nowhere"}),
    "get_schedule": ({"under": "Salt Harbour"}, {"under": "Salt Harbour", "version": "Nothing"}),
    "list_time": ({"under": "Salt Harbour", "period": "last 30 days"}, {"period": "soon"}),
    "get_budget": ({"project": "Robo Garden"}, {"project": "Robo Garden", "budget": "Nothing"}),
    "list_changes": ({}, {"outcome": "done"}),
    "list_events": ({"since": "2026-01-01", "group_by": ["kind"]}, {"since": "soon"}),
    "wait_for_events": ({"since": "2000-01-01", "seconds": 0}, {"people": ["Nobody"]}),
    "get_selection": ({}, {"number": 7}),
    "wait_for_selection": ({"seconds": 1}, {"seconds": 0}),
    "get_review_room": ({"playlist": "Salt Harbour/Dailies week 12"}, {"playlist": "Salt Harbour/Nothing"}),
    "follow_review": ({"playlist": "Salt Harbour/Dailies week 12", "seconds": 0}, {"playlist": "", "since": "now"}),
    "find_endpoint": ({"text": "create a shot"}, {"text": "/data/nowhere"}),
    "read_skill": ({"page": "statuses.md", "section": "Contents"}, {"page": "nothing.md"}),
    "export_table": ({"table": "list_projects", "file": "made.csv"}, {"table": "list_projects", "file": "made.exe"}),
    "read_api": ({"path": "data/task-types"}, {"path": "auth/logout"}),
}
"""A call of each tool that reads which is answered, and one which is refused."""


async def test_both_protocols_answer_and_refuse_a_read_alike(kitsu: Connection, tmp_path: Path) -> None:
    assert list(ANSWERED) == [entry.name for entry in CATALOG if not entry.writes]
    folder = str(tmp_path)
    modern = connected(kitsu, KITSU_LIVE="auto", KITSU_FOLDERS=folder)
    older = connected(kitsu, mode="legacy", KITSU_LIVE="auto", KITSU_FOLDERS=folder)
    async with modern as modern, older as older:
        for name, calls in ANSWERED.items():
            for arguments, refused in zip(calls, (False, True), strict=True):
                said: list[CallToolResult] = []
                for agent in (modern, older):
                    (tmp_path / "made.csv").unlink(missing_ok=True)
                    said.append(await agent.call(name, **arguments))
                assert [one.is_error for one in said] == [refused] * 2, (name, said)
                if name == "follow_review" and not refused:  # `since` names the feed of its server
                    assert [set(one.structured_content or ()) for one in said] == [
                        {"under", "columns", "rows", "since"}
                    ] * 2
                    continue
                assert said[0].content == said[1].content
                assert said[0].structured_content == said[1].structured_content


@pytest.mark.parametrize("name", TOOLS)
async def test_a_tool_keeps_to_what_hosts_take(name: str, tools: dict[str, Tool]) -> None:
    tool = tools[name]
    hints = tool.annotations
    assert hints is not None
    four = (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint)
    assert all(isinstance(hint, bool) for hint in four), four
    assert tool.title
    assert tool.description
    assert len(tool.description) < 2_048
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", tool.name)


@pytest.mark.parametrize("name", TOOLS)
async def test_a_tools_arguments_are_few_described_and_the_agents_own(name: str, tools: dict[str, Tool]) -> None:
    schema = tools[name].input_schema
    properties: dict[str, dict[str, Any]] = schema.get("properties", {})
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert len(properties.keys() - {"limit", "next"}) <= 8
    assert not RESOLVED & properties.keys()
    undescribed = [key for key, one in properties.items() if "description" not in one and key != "limit"]
    assert undescribed == []


async def test_a_schema_leaves_out_what_goes_without_saying(tools: dict[str, Tool]) -> None:
    async def optional(
        title: Annotated[int | None, Field(ge=1, le=9, description="which")] = None,
        minimum: Annotated[tuple[str, ...], Field(min_length=1)] = (),
    ) -> str:
        return f"{title}{minimum}"

    properties = {
        "title": {"description": "which", "maximum": 9, "type": "integer"},
        "minimum": {"items": {"type": "string"}, "minItems": 1, "type": "array"},
    }
    made = StrictTool.of(optional, "Optional", CATALOG[0].annotations)
    assert made.parameters == {"additionalProperties": False, "properties": properties, "type": "object"}
    sent = json.dumps([tool.input_schema for tool in tools.values()])
    assert not re.findall(r'"default": (?:""|\[\]|null|false)|"type": "null"|"maxLength"|"minimum": [01][,}]', sent)


@pytest.mark.parametrize("name", TOOLS)
async def test_a_schema_of_answers_says_what_is_in_them_or_there_is_none(name: str, tools: dict[str, Tool]) -> None:
    schema = tools[name].output_schema
    assert (schema is not None) == (name in TABLES)
    if schema is not None:
        assert schema["type"] == "object"
        assert set(schema.get("required", ())) == ({"columns", "rows", "total"} if name in TABLES else set())


async def test_reads_say_they_read_and_writes_that_they_do_not(tools: dict[str, Tool]) -> None:
    reads = {name for name, tool in tools.items() if tool.annotations and tool.annotations.read_only_hint}
    assert reads == {entry.name for entry in CATALOG if entry.function.__module__.startswith("kitsu_tools.read.")}


async def test_all_tools_as_a_model_reads_them_take_at_most_16000_tokens(tools: dict[str, Tool]) -> None:
    sent = [[one.name, one.description, one.input_schema] for one in tools.values()]
    assert len(json.dumps(sent, separators=(",", ":"), ensure_ascii=False)) / CHARACTERS_A_TOKEN <= LISTING_TOKENS


async def test_the_instructions_arrive_and_fit(mode: Mode) -> None:
    async with connected(None, mode=mode) as client:
        assert client.mcp.instructions == instructions(CATALOG)
    assert len(instructions(CATALOG)) <= 2_048


@pytest.mark.parametrize("name", TOOLS)
async def test_an_unknown_argument_is_refused_with_the_valid_ones(name: str) -> None:
    async with connected(None) as client:
        text = await client.refusal(name, wibble=1)
        schema = (await client.mcp.list_tools()).tools
    valid = next(tool.input_schema for tool in schema if tool.name == name)["properties"]
    assert f"{name} has no argument 'wibble'." in text
    assert f"The arguments are: {', '.join(valid)}. Nothing was done." in text


@pytest.mark.parametrize("name", sorted(RESOLVED))
async def test_what_the_server_works_out_itself_cannot_be_passed(name: str, mode: Mode) -> None:
    async with connected(None, mode=mode) as client:
        text = await client.refusal("change_status", tasks=["Robo Garden/E01"], status="done", **{name: {"yes": True}})
    assert f"change_status has no argument '{name}'." in text


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"under": 7}, "under: Input should be a valid string."),
        ({"under": ["a"]}, "under: Input should be a valid string."),
        ({"under": "", "limit": 0}, "limit: Input should be greater than or equal to 1."),
        ({"under": "", "limit": 10**9}, "limit: Input should be less than or equal to 1000."),
        ({"under": "", "limit": "many"}, "limit: Input should be a valid integer"),
        ({"under": "", "where": [1]}, "where.0: Input should be a valid string."),
    ],
)
async def test_a_wrong_argument_is_named_in_one_sentence(arguments: dict[str, Any], complaint: str, mode: Mode) -> None:
    async with connected(None, mode=mode) as client:
        text = await client.refusal("list_shots", **arguments)
    assert text.startswith(complaint)
    assert text.endswith(" The arguments are: under, where, show, sort, group_by, limit, next. Nothing was done.")
    assert "pydantic" not in text


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("search", {"text": "Bolt", "kinds": "shot"}),
        ("list_shots", {"where": "Layout=done", "show": "due"}),
        ("list_assets", {"where": "", "show": '["due", "id"]'}),
        ("list_tasks", {"status": "wip", "show": "-retakes"}),
        ("add_comment", {"task": TASK, "text": "Hello", "checklist": "hands"}),
        ("change_status", {"tasks": TASK, "status": "wip"}),
        ("change_status", {"tasks": json.dumps([f"{TASK}{'x' * 200}"] * 100), "status": "wip"}),
    ],
    ids=lambda value: value if isinstance(value, str) else ",".join(value),
)
async def test_a_text_where_a_list_is_asked_for_is_a_list_of_it(
    tool: str, arguments: dict[str, Any], mode: Mode
) -> None:
    async with connected(None, mode=mode, on_question=never_asked) as client:
        assert (await client.refusal(tool, **arguments)).startswith("No Kitsu is configured.")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("search", {"text": "Bolt", "under": None, "kinds": "Shots, asset", "limit": "null"}),
        ("search", {"text": "null", "kinds": ["shot,edits", None, ""], "limit": ""}),
        ("list_projects", {"closed": None, "_sessionID": "s1", "limit": "20", "next": "undefined"}),
        ("list_shots", {"under": None, "where": "null", "show": None, "toolCallId": "call_1", "tool_call_id": 7}),
        ("list_tasks", {"status": [None, "wip"], "show": ["null"], "due": None, "_meta": {"progressToken": 1}}),
        ("get_casting", {"of": "Salt Harbour/SQ010", "direction": ""}),
        ("get_task", {"task": TASK, "comments": None}),
        ("get_casting", {"of": "SQ01/SH0010", "direction": "Used in"}),
        ("add_comment", {"task": TASK, "text": "Hello", "status": None, "checklist": None, "requestId": "r"}),
        ("change_status", {"tasks": [TASK, None], "status": "wip", "text": None, "_answer": {"action": "accept"}}),
    ],
    ids=str,
)
async def test_what_is_left_out_in_any_way_is_left_out_and_what_hosts_add_is_theirs(
    tool: str, arguments: dict[str, Any]
) -> None:
    async with connected(None, on_question=never_asked) as client:
        assert (await client.refusal(tool, **arguments)).startswith("No Kitsu is configured.")


@pytest.mark.parametrize(
    ("tool", "arguments", "complaint"),
    [
        ("get_task", {"task": None}, "task is missing. The arguments are: task, comments. Nothing was done."),
        ("change_status", {"tasks": [None, "null"], "status": "wip"}, "tasks: "),
        ("search", {"text": "Bolt", "kinds": "shot, ship"}, "kinds.1: Input should be 'project', 'episode'"),
        ("list_shots", {"sessions": "s1"}, "list_shots has no argument 'sessions'."),
        ("list_shots", {"where": {"Layout": "done"}}, 'where: give a list, such as ["…", "…"]. The arguments are: '),
        ("list_tasks", {"status": '["wip"'}, 'status: give a list, such as ["…", "…"]. The arguments are: under,'),
        ("change_status", {"tasks": "", "status": "wip"}, "tasks: "),
        ("list_tasks", {"status": ["wip"] * 201}, "status has 201 items; at most 200 are taken. Nothing was done."),
        ("list_tasks", {"status": json.dumps(["wip"] * 201)}, "status has 201 items; at most 200 are taken."),
        ("list_tasks", {"under": "x" * 10_001}, "under has 10,001 characters; at most 10,000 are taken. Nothing was"),
        ("change_status", {"tasks": ["x" * 10_001], "status": "wip"}, "tasks has 10,001 characters; at most 10,000"),
    ],
    ids=[
        "null",
        "nulls",
        "no word",
        "misspelt",
        "a table",
        "no list",
        "empty",
        "many",
        "many as JSON",
        "long",
        "long within",
    ],
)
async def test_what_is_no_list_or_beyond_all_bounds_is_refused(
    tool: str, arguments: dict[str, Any], complaint: str, mode: Mode
) -> None:
    async with connected(None, mode=mode, on_question=never_asked) as client:
        assert (await client.refusal(tool, **arguments)).startswith(complaint)


async def test_without_settings_every_tool_says_what_to_configure(mode: Mode) -> None:
    least: dict[str, dict[str, Any]] = {
        "list_projects": {},
        "get_project": {},
        "get_studio": {},
        "search": {"text": "Bolt"},
        "list_shots": {"under": ""},
        "list_assets": {"under": ""},
        "list_entities": {"kind": "edit"},
        "get_entity": {"of": "SQ01/SH0010"},
        "get_casting": {"of": "SQ01/SH0010"},
        "compare_casting": {"of": "SQ01", "task_type": "Animation"},
        "list_tasks": {"under": ""},
        "get_task": {"task": "SQ01/SH0010:Layout"},
        "list_playlists": {},
        "get_playlist": {"playlist": "Dailies"},
        "list_previews": {},
        "list_comments": {},
        "see_preview": {"of": "SQ01/SH0010:Layout"},
        "see_contact_sheet": {"of": ["SQ01"]},
        "compare_revisions": {"task": "SQ01/SH0010:Layout"},
        "list_people": {},
        "get_person": {},
        "list_notifications": {},
        "get_workload": {},
        "get_schedule": {},
        "list_time": {},
        "get_budget": {},
        "list_changes": {},
        "list_events": {},
        "wait_for_events": {},
        "get_selection": {},
        "wait_for_selection": {"seconds": 1},
        "get_review_room": {"playlist": "Dailies"},
        "follow_review": {"playlist": "Dailies"},
        "join_review": {"playlist": "Dailies"},
        "show_in_review": {"playlist": "Dailies", "preview": "SQ01/SH0010:Layout"},
        "annotate_in_review": {"playlist": "Dailies", "preview": "SQ01/SH0010:Layout", "remove": ["1"]},
        "add_comment": {"task": "SQ01/SH0010:Layout", "text": "Hello"},
        "reply": {"comment": "SQ01/SH0010:Layout#0123abcd", "text": "Hello"},
        "change_comment": {"comments": ["SQ01/SH0010:Layout#0123abcd"], "pinned": True},
        "delete_comment": {"comments": ["SQ01/SH0010:Layout#0123abcd"]},
        "change_status": {"tasks": ["SQ01/SH0010:Layout"], "status": "wip"},
        "publish_preview": {"task": "SQ01/SH0010:Layout", "files": ["/shots/SH0010.mov"]},
        "change_preview": {"previews": ["SQ01/SH0010:Layout"], "main": True},
        "annotate_preview": {"on": [{"preview": "SQ01/SH0010:Layout", "remove": ["1"]}]},
        "assign_tasks": {"tasks": ["SQ01/SH0010:Layout"], "people": ["Mara Okafor"]},
        "plan_tasks": {"tasks": ["SQ01/SH0010:Layout"], "due": "2026-12-04"},
        "create_tasks": {"entities": ["SQ01"], "task_types": ["Layout"]},
        "delete_tasks": {"tasks": ["SQ01/SH0010:Layout"]},
        "create_entities": {"rows": [{"name": "SH0010", "under": "SQ01"}]},
        "change_entities": {"rows": [{"entities": ["SQ01/SH0010"], "omitted": True}]},
        "delete_entities": {"entities": ["SQ01/SH0010"]},
        "set_casting": {"of": ["SQ01/SH0010"], "assets": ["Character/Bolt"]},
        "create_playlist": {"name": "Dailies", "of": ["SQ01/SH0010"]},
        "change_playlist": {"playlist": "Dailies", "name": "Dailies 2"},
        "delete_playlist": {"playlist": "Dailies"},
        "log_time": {"tasks": ["SQ01/SH0010:Layout"], "time": "2h"},
        "set_day_off": {"start": "2026-12-04"},
        "change_schedule": {"rows": [{"milestone": "Delivery", "day": "2026-12-04"}]},
        "change_team": {"project": "Salt Harbour", "add": ["Mara Okafor"]},
        "change_project": {"project": "Salt Harbour", "settings": {"fps": "25"}},
        "change_columns": {
            "project": "Salt Harbour",
            "do": "delete",
            "columns": [{"of": "shot", "name": "Difficulty"}],
        },
        "create_project": {"name": "Moon Market"},
        "change_people": {"rows": [{"people": ["Mara Okafor"], "set": {"contract": "freelance"}}]},
        "change_studio": {"rows": [{"what": "department", "do": "create", "name": "Sound"}]},
        "propose_changes": {
            "changes": [{"tool": "plan_tasks", "arguments": {"tasks": ["SQ01/SH0010:Layout"], "due": "none"}}]
        },
        "undo_change": {"code": "abcdef"},
        "import_breakdown": {"text": "Sequence,Name\\nSQ01,SH0010"},
        "export_table": {"table": "list_projects", "file": "new.csv"},
        "read_api": {"path": "data/task-types"},
    }
    assert list(least) == [name for name in TOOLS if name not in WITHOUT_KITSU]
    async with connected(None, mode=mode, on_question=never_asked) as client:
        for name, arguments in least.items():
            text = await client.refusal(name, **arguments)
            assert text.startswith("No Kitsu is configured. Set KITSU_HOST"), name
            assert "KITSU_BOT_TOKEN" in text


def test_the_readmes_table_of_tools_is_the_catalog() -> None:
    rows = re.findall(r"^\| *`([a-z_]+)[^`]*` *\|", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name in rows if name in TOOLS] == TOOLS


def test_a_tool_has_its_functions_name_and_its_module_says_what_it_is_for() -> None:
    for entry in CATALOG:
        module = inspect.getmodule(entry.function)
        assert module is not None
        assert module.__doc__

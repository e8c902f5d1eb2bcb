"""Looking up endpoints: fifty questions, paths as people write them, and documents of every shape."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from kitsu_tools.answers import BUDGET_CHARACTERS
from kitsu_tools.endpoints.finding import found
from kitsu_tools.endpoints.index import Index
from kitsu_tools.endpoints.instance import Known
from kitsu_tools.endpoints.pinned import DOCUMENT, PINNED
from kitsu_tools.endpoints.specification import MOST_ENDPOINTS, MOST_FIELDS, read, shipped
from kitsu_tools.tracker.errors import Unknown
from support.client import connected
from support.endpoint_questions import HELD_OUT, OFF_TOPIC, QUESTIONS, WORDED

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from support.client import Agent

pytestmark = pytest.mark.anyio

TASK_ID = "a24a6ea4-ce75-4665-a070-57453082c250"


@pytest.fixture(scope="module")
async def alone() -> AsyncGenerator[Agent]:
    """A client of a server that was given no settings."""
    async with connected(None, mode="legacy") as agent:
        yield agent


def knowing(paths: dict[str, Any]) -> Known:
    """What is known of an instance that publishes these paths."""
    return Known(Index(read({"paths": paths}, "2.0.0")))


async def test_each_of_fifty_questions_is_answered_by_its_endpoint_first(alone: Agent) -> None:
    answers = {question: (await alone.ask("find_endpoint", text=question))["endpoint"] for question, _ in QUESTIONS}
    assert answers == dict(QUESTIONS)
    assert len(answers) == 50


def test_questions_it_was_not_made_for_find_theirs_mostly_first_and_nearly_always_among_the_first_three() -> None:
    index = Index(shipped())
    places = [[str(one) for one in index.search(question)].index(endpoint) for question, endpoint in HELD_OUT]
    assert sum(place == 0 for place in places) >= 0.75 * len(HELD_OUT)
    assert sum(place < 3 for place in places) >= 0.9 * len(HELD_OUT)


@pytest.mark.parametrize(("question", "endpoint", "among"), WORDED)
def test_an_endpoint_is_found_by_other_words_for_what_it_does(question: str, endpoint: str, among: int) -> None:
    assert endpoint in [str(one) for one in Index(shipped()).search(question)[:among]]


def test_every_question_that_an_endpoint_answers_fits_and_none_that_is_off_topic_does() -> None:
    known = Known(Index(shipped()))
    asked = [question for question, *_ in (*QUESTIONS, *HELD_OUT, *WORDED)]
    assert [one for one in asked if not known.index.matches(one)[1]] == []
    assert [one for one in OFF_TOPIC if known.index.matches(one)[1]] == []


async def test_what_no_endpoint_does_is_told_with_the_nearest_as_rows(alone: Agent) -> None:
    told = await alone.ask("find_endpoint", text="increase my salary", limit=3)
    assert told["found"] == "nothing fits well; nearest:"
    assert [row[:2] for row in told["rows"]][:1] == [["GET", "/data/salary-scales"]]
    assert len(told["rows"]) == 3
    assert "endpoint" not in told


def test_a_question_takes_at_most_five_milliseconds() -> None:
    index = Index(shipped())
    taken: list[float] = []
    for question, _ in (*QUESTIONS, *HELD_OUT):
        started = time.perf_counter()
        index.matches(question)
        taken.append(time.perf_counter() - started)
    assert statistics.median(taken) < 0.005


def test_what_a_note_denies_finds_nothing() -> None:
    known = knowing({"/a": {"get": {"x-note": "The full picture, not a sketch."}}, "/b": {"get": {}}})
    assert found(known, "picture", 6)["endpoint"] == "GET /a"
    assert not known.index.search("sketch")


async def test_an_endpoint_is_told_in_full_and_the_next_ones_in_a_line(alone: Agent) -> None:
    assert await alone.ask("find_endpoint", text="assign several tasks to one person", limit=2) == {
        "zou": PINNED,
        "under": "/api",
        "endpoint": "PUT /actions/persons/{person_id}/assign",
        "does": "Assign a list of tasks to a person. Unknown task ids are ignored.",
        "path": ["person_id (uuid, required)"],
        "body": ["task_ids (array of uuid, required)"],
        "answers": [
            "200 Tasks assigned to person: array of {assignees, entity_id, id, name, project_id, task_status_id, "
            "task_type_id}",
            "400 Assignee does not exist",
        ],
        "columns": ["method", "path", "what it does"],
        "rows": [["PUT", "/actions/tasks/{task_id}/assign", "Assign task to person"]],
    }


@pytest.mark.parametrize(
    "text",
    [
        "PUT /data/tasks/{instance_id}",
        f"PUT /api/data/tasks/{TASK_ID}",
        f"put   data/tasks/{TASK_ID.upper()}/",
        "PUT https://kitsu.example.com/api/data/tasks/<task_id>?relations=true#top",
        "PUT /api/data/tasks/:id",
        "PUT /DATA/Tasks/%7Bid%7D",
        "PUT https://example.com/kitsu/api/data/tasks/:id",
        "PUT HTTPS://example.com/API/data/tasks/:id",
        "PUT example.com/api/data/tasks/:id",
    ],
)
async def test_a_path_is_understood_however_it_is_written(alone: Agent, text: str) -> None:
    told = await alone.ask("find_endpoint", text=text)
    assert told["endpoint"] == "PUT /data/tasks/{instance_id}"
    assert "due_date (date-time)" in told["body"], "the columns that Zou's own document leaves out"
    assert [row[0] for row in told["rows"]] == ["GET", "DELETE"]


async def test_a_path_without_a_method_gives_all_its_methods_in_full(alone: Agent) -> None:
    told = await alone.ask("find_endpoint", text=f"/data/playlists/{TASK_ID}")
    names = [one["endpoint"].split()[0] for one in told["endpoints"]]
    assert names == ["GET", "PUT", "DELETE"]
    assert all(one["answers"] for one in told["endpoints"])


async def test_a_word_that_a_path_has_goes_before_a_placeholder(alone: Agent) -> None:
    assert (await alone.ask("find_endpoint", text="GET /data/shots/all"))["endpoint"] == "GET /data/shots/all"
    assert (await alone.ask("find_endpoint", text="GET /data/shots/{id}"))["endpoint"] == "GET /data/shots/{shot_id}"


async def test_every_endpoint_is_found_by_its_own_path_alone() -> None:
    known = Known(Index(shipped()))
    for endpoint in shipped().endpoints:
        assert found(known, str(endpoint), 6).get("endpoint") == str(endpoint)


@pytest.mark.parametrize(
    ("path", "asked", "fits"),
    [
        ("/x/{a}-{b}.png", "/x/1-2.png", True),
        ("/x/{a}-{b}.png", "/x/1-2-3.png.PNG", True),
        ("/x/{a}-{b}.png", "/x/-2.png", False),
        ("/x/{a}-{b}.png", "/x/1-.png", False),
        ("/x/{a}-{b}.png", "/x/1-2.jpg", False),
        ("/x/v{a}", "/x/v", False),
        ("/x/{a}{b}", "/x/ab", True),
        ("/x/{a}{b}", "/x/a", False),
        ("/x/{a}b{c}", "/x/bbb", True),
    ],
)
def test_a_part_of_a_path_fits_when_something_stands_for_each_placeholder(path: str, asked: str, *, fits: bool) -> None:
    known = knowing({path: {"get": {}}})
    if fits:
        assert found(known, asked, 6)["endpoint"] == f"GET {path}"
    else:
        with pytest.raises(Unknown):
            found(known, asked, 6)


def test_no_path_of_an_instance_makes_a_question_slow() -> None:
    known = knowing({"/{a}{a}{a}{a}!": {"get": {}}, "/{a}a{a}a{a}!": {"get": {}}})
    started = time.thread_time()
    with pytest.raises(Unknown):
        found(known, "/" + "a" * 400, 6)
    assert time.thread_time() - started < 0.1


def test_of_a_huge_document_the_first_endpoints_are_kept_and_the_rest_is_counted() -> None:
    known = knowing({f"/{n:06}": {"get": {}} for n in range(MOST_ENDPOINTS + 7)})
    assert found(known, f"/{MOST_ENDPOINTS - 1:06}", 6)["left_out"] == "7 endpoints of the document"
    with pytest.raises(Unknown, match=r"\. 7 more endpoints of its document were not read\.$"):
        found(known, f"/{MOST_ENDPOINTS:06}", 6)


def test_an_endpoint_with_thousands_of_fields_is_told_within_the_budget() -> None:
    fields = [{"in": "query", "name": f"p{n}", "description": "d" * 590} for n in range(9_000)]
    told = found(knowing({"/x": {"get": {"parameters": fields}, "put": {"parameters": fields}}}), "/x", 6)
    assert len(orjson.dumps(told)) < BUDGET_CHARACTERS * 1.05
    lines = sum(len(one.get("query", ())) for one in told["endpoints"])
    assert 50 < lines < MOST_FIELDS
    assert told["left_out"] == f"{2 * (MOST_FIELDS + 1) - lines} fields and answers"


def test_fields_beyond_the_most_are_counted() -> None:
    fields = [{"in": "query", "name": f"p{n}"} for n in range(MOST_FIELDS + 4)]
    told = found(knowing({"/x": {"get": {"parameters": fields}}}), "/x", 6)
    assert told["query"][-2:] == [f"p{MOST_FIELDS - 1}", "…: 4 more are left out"]


def test_of_many_endpoints_that_one_path_fits_five_are_told_in_full() -> None:
    known = knowing({f"/{{a{n}}}": {"get": {"description": "d" * 200}} for n in range(MOST_ENDPOINTS)})
    started = time.thread_time()
    told = found(known, "GET /x", 6)
    assert time.thread_time() - started < 0.5
    assert len(told["endpoints"]) == 5
    assert len(told["rows"]) == 50
    assert told["left_out"] == f"{MOST_ENDPOINTS - 55:,} endpoints of this path"


@pytest.mark.parametrize("character", ["\U000e0053", "\u2062", "\u00ad", "\u202e", "\ue000", "\ufe01", "\U000e0101"])
def test_characters_that_nobody_sees_are_left_out(character: str) -> None:
    told = found(knowing({"/shots": {"get": {"summary": f"List{character} shots"}}}), "/shots", 6)
    assert told["does"] == "List shots"


SCHEMAS: list[dict[str, Any]] = [
    {"type": ["array", "null"]},
    {"type": {"type": "array"}},
    {"enum": [["a"], {"b": 1}]},
    {"default": orjson.loads("[" * 300 + "]" * 300)},
    {"format": 3, "type": None, "items": 4, "enum": "x", "properties": [1]},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=["types", "a type as object", "enum", "default", "all"])
def test_a_schema_that_makes_no_sense_is_read_as_far_as_it_does(schema: dict[str, Any]) -> None:
    operation: dict[str, Any] = {
        "parameters": [{"in": "query", "name": "day", "schema": schema}, {"in": "query", "name": [[1]]}, "x"],
        "requestBody": {"content": {"application/json": {"schema": {"properties": {"a": schema}, "required": [{}]}}}},
        "responses": {"200": {"content": {"application/json": {"schema": schema}}}},
    }
    assert found(knowing({"/x": {"get": operation}}), "/x", 6)["endpoint"] == "GET /x"


async def test_words_with_a_slash_are_words(alone: Agent) -> None:
    assert (await alone.ask("find_endpoint", text="shots/assets"))["endpoint"] == "GET /data/shots/{shot_id}/assets"


async def test_a_get_that_writes_says_so(alone: Agent) -> None:
    told = await alone.ask("find_endpoint", text="GET /data/playlists/{playlist_id}/build/mp4")
    assert told["note"] == "Writes: starts a build job, which renders a movie."


async def test_answers_stay_small(alone: Agent) -> None:
    for endpoint in shipped().endpoints:
        told = await alone.call("find_endpoint", text=str(endpoint))
        assert len(str(told.structured_content)) < 6_000, endpoint


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"text": ""}, "text: String should have at least 1 character."),
        ({"text": " \t\n"}, "text: nothing to look for. Say what the endpoint should do, or give its path."),
        ({"text": "x" * 10_000}, "text: String should have at most 1000 characters."),
        ({"text": "shot", "limit": 0}, "limit: Input should be greater than or equal to 1."),
        ({"text": "qwertz 🎬"}, f"No endpoint of Zou {PINNED} answers to these words."),
        ({"text": '") OR does:*'}, f"No endpoint of Zou {PINNED} answers to these words."),
        ({"text": "http://[/x"}, f"No endpoint of Zou {PINNED} answers to these words."),
        (
            {"text": f"PATCH /data/tasks/{TASK_ID}"},
            f"'PATCH /data/tasks/{TASK_ID}' is no endpoint of Zou {PINNED}: that path takes GET, PUT, DELETE.",
        ),
        (
            {"text": "OPTIONS /data/tasks"},
            f"'OPTIONS /data/tasks' is no endpoint of Zou {PINNED}: that path takes GET, POST.",
        ),
        (
            {"text": "/api/data/shotz/with-task"},
            f"No endpoint '/data/shotz/with-task' in Zou {PINNED}. Nearest: GET /data/shots/with-tasks, ",
        ),
    ],
)
async def test_bad_arguments_are_named(alone: Agent, arguments: dict[str, Any], complaint: str) -> None:
    assert (await alone.refusal("find_endpoint", **arguments)).startswith(complaint)


def test_the_shipped_document_is_small_and_of_the_pinned_version() -> None:
    assert DOCUMENT.stat().st_size < 100_000
    assert len(shipped().endpoints) > 800

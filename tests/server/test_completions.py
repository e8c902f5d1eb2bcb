"""Completions of prompts' arguments, which never get in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp.types import PromptReference, ResourceTemplateReference

from kitsu_server import completions
from support.client import connected
from support.faults import answer, fault_proxy, hang, rewrite

if TYPE_CHECKING:
    from mcp.types import Completion

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent, Mode

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is completed is not chance on a busy machine: it may take long, where a test does not say."""
    monkeypatch.setattr(completions, "PATIENCE_SECONDS", 60.0)


async def completed(agent: Agent, prompt: str, argument: str, typed: str = "", **given: str) -> Completion:
    ref, asked = PromptReference(name=prompt), {"name": argument, "value": typed}
    return (await agent.mcp.complete(ref, asked, given or None)).completion


COMPLETED: list[tuple[str, str, str, dict[str, str], list[str]]] = [
    ("production_status", "project", "", {}, ["Robo Garden", "Salt Harbour"]),
    ("production_status", "project", "sal", {}, ["Salt Harbour"]),
    ("production_status", "project", "gar", {}, ["Robo Garden"]),
    ("production_status", "project", "Rbo Gardn", {}, ["Robo Garden"]),
    ("production_status", "project", "zzzz", {}, []),
    ("production_status", "episode", "", {"project": "Robo Garden"}, ["E01", "E02"]),
    ("production_status", "episode", "", {"project": "Salt Harbour"}, []),
    ("production_status", "episode", "", {"project": "No such production"}, []),
    ("production_status", "episode", "", {}, []),
    ("sequence_brief", "sequence", "ro", {}, ["Robo Garden/"]),
    ("sequence_brief", "sequence", "Robo Garden/E01/", {}, ["Robo Garden/E01/SQ01", "Robo Garden/E01/SQ02"]),
    ("sequence_brief", "sequence", "robo garden/e02/sq02", {}, ["Robo Garden/E02/SQ02"]),
    ("delivery_readiness", "sequence", "", {"project": "Robo Garden", "episode": "E01"}, ["SQ01", "SQ02"]),
    ("my_day", "person", "marc", {}, ["Theo Marchand"]),
    ("my_day", "person", "Théo", {}, ["Theo Marchand"]),
    ("my_day", "person", "ines carv", {}, ["Inês Carvalho"]),
    ("my_day", "person", "ＭＡＲＣ", {}, ["Theo Marchand"]),
    ("review_queue", "task_type", "anim", {"project": "Salt Harbour"}, ["Animation"]),
    ("delivery_readiness", "date", "2026", {}, []),
    ("production_status", "sequence", "", {"project": "Robo Garden"}, []),
    ("nothing_like_it", "project", "", {}, []),
]
"""Prompt, argument, what was typed, the arguments given before it, and the values that come."""


async def test_arguments_are_completed_from_kitsu(
    kitsu: Connection, era: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(kitsu, mode=era) as agent:
        for prompt, argument, typed, given, values in COMPLETED:
            found = await completed(agent, prompt, argument, typed, **given)
            assert found.values == values, (prompt, argument, typed)
            assert (found.total, found.has_more) == (len(values), False)
    assert not [record for record in caplog.records if record.exc_info], "an unknown production is nothing unexpected"


def test_accents_and_width_make_no_difference_to_what_fits() -> None:
    names = ["Hélène Dûpont", "Helen Duport", "Bjørn"]
    assert completions.fitting("helene d", names) == completions.fitting("ＨＥＬＥＮＥ", names) == ["Hélène Dûpont"]
    assert completions.fitting("bjo", names) == ["Bjørn"]


async def test_a_blank_may_be_completed_as_hosts_that_split_there_write_it(kitsu: Connection) -> None:
    async with connected(kitsu) as agent:
        assert (await completed(agent, "production_status", "project", "Robo%20G")).values == ["Robo Garden"]
        found = await completed(agent, "production_status", "episode", "E0", project="Robo%20Garden")
    assert found.values == ["E01", "E02"]


async def test_people_are_completed_without_bots_and_those_who_left(kitsu: Connection) -> None:
    async with connected(kitsu) as agent:
        names = (await completed(agent, "my_day", "person")).values
        people = await agent.ask("search", text="bot", kinds=["person"], limit=100)
    assert "Theo Marchand" in names
    assert not {name for _, name, what in people["rows"] if what == "bot"} & set(names)


async def test_the_default_production_completes_by_itself(kitsu: Connection) -> None:
    async with connected(kitsu, KITSU_PROJECT="Robo Garden") as agent:
        assert (await completed(agent, "production_status", "episode")).values == ["E01", "E02"]
        assert (await completed(agent, "sequence_brief", "sequence")).values[0] == "Robo Garden/E01/SQ01"


async def test_a_default_production_that_does_not_exist_stops_no_completion(kitsu: Connection) -> None:
    async with connected(kitsu, KITSU_PROJECT="Nowhere") as agent:
        assert (await completed(agent, "sequence_brief", "sequence", "ro")).values == ["Robo Garden/"]
        assert (await completed(agent, "production_status", "episode")).values == []


async def test_at_most_a_hundred_values_come_and_it_says_that_there_are_more(kitsu: Connection) -> None:
    def many(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
        one = next(person for person in people if person["full_name"] == "Theo Marchand")
        return [one | {"id": f"{one['id'][:-3]}{n:03}", "full_name": f"Animator {n:03}"} for n in range(150)]

    async with fault_proxy(kitsu.event_host) as proxy, connected(kitsu, host=proxy.url) as agent:
        proxy.fault(rewrite(many), path="data/persons", times=None)
        found = await completed(agent, "my_day", "person", "anim")
    assert (len(found.values), found.total, found.has_more) == (100, 150, True)


async def test_without_a_kitsu_nothing_is_completed(mode: Mode) -> None:
    async with connected(None, mode=mode) as agent:
        assert (await completed(agent, "production_status", "project", "R")).values == []
    async with connected(None, mode=mode, KITSU_HOST="http://127.0.0.1:9/api", KITSU_BOT_TOKEN="x") as agent:
        assert (await completed(agent, "production_status", "project", "R")).values == []


@pytest.mark.parametrize("fault", [hang(), answer(500), answer(200, "<html>"), answer(200, [{"id": 1}])], ids=str)
async def test_a_kitsu_that_hangs_or_answers_nonsense_completes_nothing_soon(
    kitsu: Connection, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completions, "PATIENCE_SECONDS", 0.5)
    async with fault_proxy(kitsu.event_host) as proxy, connected(kitsu, host=proxy.url) as agent:
        proxy.fault(fault, times=None)
        with anyio.fail_after(20):  # not the 30 s that Kitsu has for an answer
            assert (await completed(agent, "production_status", "project", "R")).values == []


async def test_references_are_completed_by_name(mode: Mode) -> None:
    async with connected(None, mode=mode) as agent:
        listed = (await agent.mcp.list_resource_templates()).resource_templates
        (template,) = [one for one in listed if one.name == "reference"]
        reference = ResourceTemplateReference(uri=template.uri_template)
        found = (await agent.mcp.complete(reference, {"name": "name", "value": "agent"})).completion
        (content,) = (await agent.mcp.read_resource(template.uri_template.replace("{name}", found.values[0]))).contents
        other = (await agent.mcp.complete(reference, {"name": "other", "value": ""})).completion
        nowhere = ResourceTemplateReference(uri="kitsu://nowhere/{name}")
        nothing = (await agent.mcp.complete(nowhere, {"name": "name", "value": ""})).completion
    assert found.values[0] == "agent-conduct"
    assert content.mime_type == "text/markdown"
    assert other.values == nothing.values == []

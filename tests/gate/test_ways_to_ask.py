"""How a person is asked on each host, and what becomes of the answers they give on a page: late, once, or never."""

from __future__ import annotations

import logging
import webbrowser
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pytest
from mcp.client.session import ClientSession
from mcp.types import (
    ElicitationCapability,
    ElicitRequestURLParams,
    ElicitResult,
    FormElicitationCapability,
    UrlElicitationCapability,
)

from references.studio import Studio
from support.browser import Browser
from support.client import connected
from support.held import held_to_plan, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from mcp.client import ClientRequestContext
    from mcp.types import ClientCapabilities, ElicitRequestParams

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

SHOTS = [f"Robo Garden/E01/SQ01/SH00{number}0:Animation" for number in range(1, 4)]
CHANGE: dict[str, Any] = {"tasks": SHOTS, "status": "done", "text": "Approved."}
CODEX = "codex-mcp-client"


@dataclass
class OnPage:
    """The person before a host that shows addresses: says `action` to that, and `answer` on the page, if anything."""

    action: Literal["accept", "decline", "cancel"] = "accept"
    answer: Literal["yes", "no"] | None = "yes"
    without: int | None = None
    text: str | None = None
    browser: Browser = field(default_factory=Browser)
    asked: list[str] = field(default_factory=list[str])

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG002
        assert isinstance(params, ElicitRequestURLParams)
        self.asked.append(params.message)
        self.browser.addresses.append(params.url)
        if self.action == "accept" and self.answer is not None:
            await self.says()
        return ElicitResult(action=self.action)

    async def says(self) -> str:
        """Answer on the page that is open, and what it says then."""
        await self.browser.open(self.browser.addresses[-1])
        items = [key for place, key in enumerate(self.browser.items) if place != self.without]
        return (await self.browser.answer(self.answer or "yes", items=items, text=self.text)).text


@pytest.mark.parametrize("mode", ["auto", "legacy", "channel"])
async def test_what_the_person_leaves_on_the_page_is_sent_and_nothing_else(
    pristine: Connection, journal: Path, mode: Mode
) -> None:
    person = OnPage(without=1, text="Approved,\r\nthank you.")
    with held_to_plan(pristine, journal):
        async with connected(pristine, mode=mode, on_question=person, journal=journal, name=CODEX) as agent:
            receipt = await agent.ask("change_status", **CHANGE)
    assert [row[1] for row in receipt["rows"]] == ["applied", "applied", "skipped"]
    assert receipt["comment_as_edited_by_the_person"] == "Approved,\nthank you."
    assert len(person.asked) == 1
    assert "set 3 tasks in Robo Garden" in person.asked[0]


@pytest.mark.parametrize(
    ("person", "outcome"),
    [
        (OnPage(answer="no"), "the person said no (decline)"),
        (OnPage("decline"), "the person said no (decline)"),
        (OnPage("cancel"), "the person said no (cancel)"),
        (OnPage(answer=None), "has not answered yet"),
    ],
    ids=["no on the page", "declined", "cancelled", "only the host accepts"],
)
async def test_without_a_yes_on_the_page_nothing_is_written(
    kitsu: Connection, mode: Mode, person: OnPage, outcome: str
) -> None:
    person.browser = Browser()
    seconds = "0.3" if person.answer is None else "60"
    with nothing_written(kitsu):
        async with connected(
            kitsu, mode=mode, on_question=person, KITSU_CONFIRM="page", KITSU_ANSWER_SECONDS=seconds
        ) as agent:
            receipt = await agent.ask("change_status", **CHANGE)
    assert receipt["outcome"].startswith("Nothing was written: ")
    assert outcome in receipt["outcome"]
    assert receipt["rows"] == []


async def test_the_same_call_collects_a_late_answer_once_and_a_changed_one_is_asked_anew(
    pristine: Connection, journal: Path, mode: Mode
) -> None:
    person = OnPage(answer=None)
    async with connected(
        pristine, mode=mode, on_question=person, journal=journal, name=CODEX, KITSU_ANSWER_SECONDS="0.3"
    ) as agent:
        with nothing_written(pristine):
            other = await agent.ask("change_status", **CHANGE | {"tasks": SHOTS[:2]})
            first = await agent.ask("change_status", **CHANGE)
            assert "make exactly the same call again" in first["outcome"]
            assert "Yes, not written yet" in await person.says()
            assert await agent.ask("change_status", **CHANGE | {"tasks": SHOTS[:2]}) == other
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("change_status", **CHANGE)
        assert (receipt["outcome"], receipt["journal"]) == ("3 applied", first["journal"])
        assert len(set(person.browser.addresses)) == 2
        with nothing_written(pristine):
            again = await agent.ask("change_status", **CHANGE)
        assert again["journal"] != first["journal"]
        assert "has not answered yet" in again["outcome"]


async def test_an_answer_to_what_kitsu_no_longer_is_is_not_collected(pristine: Connection, journal: Path) -> None:
    person = OnPage(answer=None)
    async with connected(
        pristine, on_question=person, journal=journal, name=CODEX, KITSU_ANSWER_SECONDS="0.3"
    ) as agent:
        await agent.ask("change_status", **CHANGE)
        await person.says()
        _move(pristine, SHOTS[0], "retake")
        with nothing_written(pristine):
            receipt = await agent.ask("change_status", **CHANGE)
    assert "has not answered yet" in receipt["outcome"]
    assert len(set(person.browser.addresses)) == 2


@pytest.fixture
def opened() -> Generator[list[str]]:
    """What this machine's browser was given: a stand-in that opens nothing."""
    given: list[str] = []
    # What is registered can be taken back by no public function.
    before = webbrowser._tryorder, dict(webbrowser._browsers)  # pyright: ignore

    class StandIn(webbrowser.BaseBrowser):
        def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: ARG002
            given.append(url)
            return True

    webbrowser.register("stand-in", None, StandIn(), preferred=True)
    yield given
    webbrowser._tryorder, webbrowser._browsers = before  # pyright: ignore


async def test_a_host_that_can_ask_nothing_has_the_browser_opened_and_learns_no_address(
    pristine: Connection, journal: Path, mode: Mode, opened: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    person = OnPage()

    async def note(progress: float, total: float | None, message: str | None) -> None:
        assert progress < 1 or total
        told.append(str(message))
        if len(opened) > len(person.browser.addresses):
            await person.browser.open(opened[-1])

    with held_to_plan(pristine, journal):
        async with connected(
            pristine, mode=mode, journal=journal, KITSU_CONFIRM="auto", KITSU_ANSWER_SECONDS="0.3"
        ) as agent:
            calls = [await agent.mcp.call_tool("change_status", CHANGE, progress_callback=note) for _ in "12"]
            assert len(opened) == 1
            person.browser.addresses[:] = opened
            await person.says()
            calls.append(await agent.mcp.call_tool("change_status", CHANGE, progress_callback=note))
    assert calls[-1].structured_content is not None
    assert calls[-1].structured_content["outcome"] == "3 applied"
    browsers_own = ("httpx2", "httpcore2")
    logged = [one.getMessage() for one in caplog.records if not one.name.startswith(browsers_own)]
    seen = f"{calls} {told} {logged}"
    port, path = opened[0].removeprefix("http://127.0.0.1:").split("/")
    assert path not in seen
    assert f"127.0.0.1:{port}" not in "".join(map(str, [calls, told]))
    assert "Waiting for the person" in seen


async def test_a_closed_tab_is_opened_again_by_the_next_call_alone(kitsu: Connection, opened: list[str]) -> None:
    person = OnPage()
    async with connected(kitsu, KITSU_CONFIRM="page", KITSU_ANSWER_SECONDS="0.2") as agent:
        await agent.ask("change_status", **CHANGE)
        await person.browser.open(opened[0])
        await agent.ask("change_status", **CHANGE)
        assert len(opened) == 1
        origin = opened[0].rpartition("/")[0]
        await Browser().client.post(f"{opened[0]}/closed", headers={"origin": origin})
        await agent.ask("change_status", **CHANGE)
        assert len(opened) == 1
        await person.browser.client.post(f"{opened[0]}/closed", headers={"origin": origin})
        await agent.ask("change_status", **CHANGE)
    assert opened == [opened[0]] * 2


@pytest.mark.parametrize(
    ("confirm", "refusal"),
    [("auto", "this machine has no browser"), ("form", "KITSU_CONFIRM allows no other way"), ("off", "it only reads")],
)
async def test_where_nobody_can_be_asked_nothing_is_planned(
    kitsu: Connection, monkeypatch: pytest.MonkeyPatch, confirm: str, refusal: str
) -> None:
    monkeypatch.setattr(webbrowser, "_tryorder", [])
    person = OnPage() if confirm == "off" else None
    with nothing_written(kitsu):
        async with connected(kitsu, on_question=person, KITSU_CONFIRM=confirm) as agent:
            said = await agent.refusal("change_status", tasks=["Nowhere:Animation"], status="done")
    assert refusal in said
    assert "Nothing was " in said


@pytest.mark.parametrize(
    ("declared", "confirm", "way"),
    [
        (ElicitationCapability(), "auto", "form"),
        (ElicitationCapability(), "form", "form"),
        (ElicitationCapability(), "page", None),
        (ElicitationCapability(form=FormElicitationCapability()), "page", None),
        (ElicitationCapability(url=UrlElicitationCapability()), "auto", "url"),
        (ElicitationCapability(url=UrlElicitationCapability()), "form", None),
    ],
    ids=["{} auto", "{} form", "{} page", "form page", "url auto", "url form"],
)
async def test_a_host_is_asked_only_in_a_way_that_it_declares(
    kitsu: Connection, monkeypatch: pytest.MonkeyPatch, declared: ElicitationCapability, confirm: str, way: str | None
) -> None:
    """`{}`, as hosts declared it before there were two ways, is a form."""
    asked: list[str] = []
    build = ClientSession._build_capabilities  # pyright: ignore[reportPrivateUsage]  a client may declare but both

    async def person(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG001
        asked.append(params.mode)
        return ElicitResult(action="decline")

    def declare(session: ClientSession, version: str) -> ClientCapabilities:
        return build(session, version).model_copy(update={"elicitation": declared})

    monkeypatch.setattr(ClientSession, "_build_capabilities", declare)
    monkeypatch.setattr(webbrowser, "_tryorder", [])
    with nothing_written(kitsu):
        async with connected(kitsu, on_question=person, KITSU_CONFIRM=confirm) as agent:
            if way is None:
                assert "This host cannot show a question" in await agent.refusal("change_status", **CHANGE)
            else:
                assert "the person said no" in (await agent.ask("change_status", **CHANGE))["outcome"]
    assert asked == ([way] if way else [])


async def test_a_form_is_for_hosts_that_show_one_whole(kitsu: Connection, mode: Mode) -> None:
    person = Person("decline")
    async with connected(kitsu, mode=mode, on_question=person) as agent:
        await agent.ask("change_status", **CHANGE)
    assert len(person.asked) == 1


def _move(connection: Connection, task: str, status: str) -> None:
    """Somebody else changes a status in Kitsu."""
    studio = Studio(connection)
    _, episode, sequence, shot = task.partition(":")[0].split("/")
    found = studio.shots(studio.projects["Robo Garden"], episode)[sequence, shot]
    studio.say(found["tasks"]["Animation"], studio.statuses[status])

"""The page on which a person is asked: who may open it, what counts as an answer, and what it shows of strangers."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio
import httpx2
import pytest
from mcp.server.mcpserver import AcceptedElicitation, CancelledElicitation, DeclinedElicitation

from kitsu_server.pages.open_pages import MOST_OPEN, OpenPages
from kitsu_tools.gate.asking import Asked, CannotAsk, OnPage
from kitsu_tools.gate.change import Effect, Field, Value
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.unseen import first_unseen
from support.browser import Browser
from support.strangers import HOSTILE, change_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from kitsu_tools.gate.confirmation import Confirmation

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "kitsu.attacker.example"},
        {"host": "127.0.0.1"},
        {"host": "127.0.0.1:1"},
        {"host": "localhost.attacker.example:{port}"},
        {"host": "[::1]:{port}"},
    ],
    ids=lambda headers: headers["host"],
)
async def test_a_page_asked_for_by_a_foreign_name_is_not_shown_nor_owned(headers: dict[str, str]) -> None:
    async with asked() as (_, question):
        port = question.address.rpartition(":")[2].partition("/")[0]
        stranger = Browser()
        response = await stranger.open(question.address, host=headers["host"].format(port=port))
        assert (response.status_code, stranger.items) == (404, [])
        await _can_be_answered(question)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://attacker.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"cookie": "kitsu-question=guessed"}, 403),
        ({"host": "attacker.example"}, 404),
        ({"token": "guessed"}, 400),
        ({"answer": "maybe\ud800"}, 400),
        ({"text": "x" * 600_000}, 413),
    ],
    ids=str,
)
async def test_an_answer_that_our_page_did_not_send_counts_for_nothing(headers: dict[str, Any], status: int) -> None:
    async with asked() as (_, question):
        person = Browser()
        await person.open(question.address)
        if "answer" in headers:
            address, sent = question.address, {"origin": question.address.rpartition("/")[0]}
            response = await person.client.post(address, content=b"answer=yes&%ff&token", headers=sent)
        else:
            response = await person.answer("yes", **headers)
        assert response.status_code == status
        assert question.is_open
        await _can_be_answered(question, person)


async def test_the_browser_that_opens_it_first_owns_it_and_may_open_it_again() -> None:
    async with asked() as (_, question):
        person, other = Browser(), Browser()
        await person.client.head(question.address)
        assert (await person.open(question.address)).status_code == 200
        refused = await other.open(question.address)
        assert (refused.status_code, other.items) == (403, [])
        assert "another browser" in refused.text
        other.shown = person.shown
        assert (await other.answer("yes")).status_code == 403
        (cookie,) = person.client.cookies.jar
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert cookie.get_nonstandard_attr("SameSite") == "strict"
        await _can_be_answered(question, person)


async def test_the_first_answer_counts_and_a_second_is_told_so() -> None:
    async with asked() as (_, question):
        person = Browser()
        await person.open(question.address)
        token = person.token
        assert "Nothing was written" in (await person.answer("no")).text
        await person.open(question.address)
        assert person.items == []
        late = await person.answer("yes", items=["0"], token=token)
        assert "Nothing was written" in late.text
        question.settle(CancelledElicitation())  # what a host brings back after the person answered
        assert isinstance(question.answer, DeclinedElicitation)


async def test_a_late_answer_is_told_that_nothing_was_written_and_the_server_ends() -> None:
    async with asked(life_seconds=1.0, told_seconds=1.0, to_the_end=True) as (_, question):
        person = Browser()
        await person.open(question.address)
        await anyio.sleep(question.left_seconds)
        late = await person.answer("yes")
        assert "Too late" in late.text
        assert "Nothing was written" in late.text
        assert question.answer is None
    with pytest.raises(httpx2.ConnectError):
        await person.open(question.address)


async def test_what_cannot_be_sent_is_said_on_the_page_and_can_be_mended_there() -> None:
    def check(confirmation: Confirmation) -> None:
        if confirmation.edited == "bad":
            raise BadInput("That is a bad <text>.")

    async with asked(check=check, text="<b>so</b>\n  it was", count=2) as (_, question):
        person = Browser()
        await person.open(question.address)
        assert "&lt;b&gt;so&lt;/b&gt;\n  it was</textarea>" in person.shown
        wrong = await person.answer("yes", items=["1"], text="bad")
        assert wrong.status_code == 422
        assert "That is a bad &lt;text&gt;." in wrong.text
        assert re.findall(r'value="(\d)" id="i\d"( checked)?', wrong.text) == [("0", ""), ("1", " checked")]
        assert question.is_open
        await person.answer("yes", items=["1"], text="good\r\nenough")
        assert question.answer == AcceptedElicitation(data=OnPage(changes=["1"], comment="good\r\nenough"))


async def test_a_page_of_its_own_and_of_nobody_else() -> None:
    async with asked() as (_, question):
        response = await Browser().open(question.address)
        rules = dict(one.strip().split(" ", 1) for one in response.headers["content-security-policy"].split(";"))
        assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
        assert rules["form-action"] == "'self'"
        nonce = rules["script-src"].strip("'").removeprefix("nonce-")
        tags = re.findall(r"<(?:script|style)[^>]*>", response.text)
        assert tags
        assert all(f'nonce="{nonce}"' in tag and "src" not in tag for tag in tags)
        assert not re.findall(r"""https?://|\son\w+=|\sstyle=""", response.text)
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("name", [*HOSTILE, "</textarea><script>alert(1)</script>", '"><img src=x onerror=y>'])
async def test_no_name_from_kitsu_makes_the_page_something_else(name: str) -> None:
    plan = change_of(2)
    field = Field(name, Value("1", name), Value("2", f"{name}2"), name)
    items = tuple(replace(one, address=f"P/{name}:Layout", fields=(field,), text=name) for one in plan.items)
    effects = (Effect("0", f"P/{name}", name, name, name, "e"),)
    strange = replace(plan, items=items, effects=effects, project=name, told=(name,), warnings=(name,), text=name)
    plain = await _shown(replace(plan, effects=(Effect("0", "a", "", "b", "c", "e"),), told=("a",), warnings=("b",)))
    shown = await _shown(replace(strange, text="", items=tuple(replace(one, text="") for one in items)))
    assert re.findall(r"<(/?\w+)", shown.replace("<wbr>", "")).count("script") == 1
    assert len(re.findall(r"<img|<b>|<textarea", shown)) <= len(re.findall(r"<img|<b>|<textarea", plain))
    assert all(not first_unseen(line) for line in shown.split("\n"))
    assert re.findall(r"<script|<img", await _shown(strange)) == ["<script"]


async def test_only_so_many_questions_are_open_at_a_time() -> None:
    async with asked() as (pages, question):
        for number in range(1, MOST_OPEN):
            await pages.ask(replace(change_of(1), code=f"other{number}"), lambda _: None)
        with pytest.raises(CannotAsk, match="answer those first"):
            await pages.ask(replace(change_of(1), code="more"), lambda _: None)
        assert await pages.ask(question.change, lambda _: None) is question


@asynccontextmanager
async def asked(
    *,
    check: Callable[[Confirmation], None] = lambda _: None,
    text: str = "",
    count: int = 1,
    to_the_end: bool = False,
    **seconds: float,
) -> AsyncGenerator[tuple[OpenPages, Asked]]:
    """A question that is open. With `to_the_end` the block ends when its web server has ended by itself."""
    async with anyio.create_task_group() as background:
        pages = OpenPages(background, **seconds)
        yield pages, await pages.ask(replace(change_of(count), text=text), check)
        if not to_the_end:
            background.cancel_scope.cancel()


async def _can_be_answered(question: Asked, person: Browser | None = None) -> None:
    person = person or Browser()
    await person.open(question.address)
    assert (await person.answer("yes")).status_code == 200
    assert isinstance(question.answer, AcceptedElicitation)


async def _shown(plan: Any) -> str:
    person = Browser()
    async with anyio.create_task_group() as background:
        question = await OpenPages(background).ask(plan, lambda _: None)
        await person.open(question.address)
        background.cancel_scope.cancel()
    return person.shown

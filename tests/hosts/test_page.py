"""The page of a question in headless Chromium: by keyboard, in both colours, on a wide and a narrow screen.

KITSU_SCREENS names a folder for pictures of it.
"""

from __future__ import annotations

import os
import shutil
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest
from mcp.server.mcpserver import AcceptedElicitation, DeclinedElicitation
from playwright.async_api import Browser, Page, async_playwright

from kitsu_server.pages.open_pages import OpenPages
from kitsu_tools.gate.asking import Asked, OnPage
from kitsu_tools.gate.change import Change, Effect, Field, Item, Value

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH (Debian and Ubuntu: apt install chromium)"),
]


@pytest.mark.parametrize("count", [1, 20, 100])
@pytest.mark.parametrize("width", [1280, 400])
async def test_it_fits_the_screen_without_script_errors_and_says_yes_by_keyboard(count: int, width: int) -> None:
    async with asked(count) as (question, browser):
        page, wrong = await _opened(browser, question, width)
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            await _picture(page, f"question-{count}-{width}-{scheme}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")  # the first link leads past the table
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.value") == "yes"
        await page.keyboard.press("Enter")
        await page.get_by_role("status").wait_for()
        assert "Yes" in await page.get_by_role("status").inner_text()
        await _picture(page, f"said-{width}")
    assert wrong == []
    text = "Please look\nat the eyes." if count < 100 else None
    assert isinstance(question.answer, AcceptedElicitation)
    confirmation = question.answer.data
    assert isinstance(confirmation, OnPage)
    assert confirmation.changes == [str(number) for number in range(count)]
    assert (confirmation.comment or "").replace("\r", "") == (text or "")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
async def test_what_is_unticked_and_edited_comes_back_and_enter_in_the_list_sends_nothing(script: bool) -> None:
    async with asked(20) as (question, browser):
        page, _ = await _opened(browser, question, 1280, script=script)
        second = page.get_by_role("checkbox", name="SH0010")
        await second.focus()
        await page.keyboard.press("Space")
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        assert question.is_open
        assert script == ("(19 of 20)" in await page.locator("button.yes").inner_text())
        await page.get_by_label("What will stand there").fill("Thank you.")
        await page.get_by_role("button", name="Yes, write it").click()
        await page.get_by_role("status").wait_for()
    assert question.answer == AcceptedElicitation(
        data=OnPage(changes=[str(number) for number in range(20) if number != 1], comment="Thank you.")
    )


async def test_of_two_hundred_what_is_looked_for_is_unticked_at_once_by_keyboard_and_the_rest_goes() -> None:
    """Also in grey: what a row was and becomes is told by its place, an arrow and its weight, never by colour alone."""
    async with asked(200) as (question, browser):
        page, wrong = await _opened(browser, question, 1280)
        shown = page.locator("[name=item]:visible")
        await page.keyboard.press("Tab")
        while await page.evaluate("document.activeElement.id") != "filter":
            await page.keyboard.press("Tab")
        await page.keyboard.type("sq07 done")
        assert await shown.count() == 10
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        assert question.is_open
        await page.get_by_label("Show only").fill("")
        assert await shown.count() == 200
        await page.get_by_label("SQ03 (").focus()
        await page.keyboard.press("Space")
        await page.get_by_label("SQ04/SH0410:Animation").press("Space")
        states = [
            await page.get_by_label(f"SQ{at:02} (").evaluate("it => [it.checked, it.indeterminate]") for at in (3, 4, 5)
        ]
        assert states == [[False, False], [False, True], [True, False]]
        await page.emulate_media(color_scheme="dark")
        await _picture(page, "question-200-unticked")
        await page.get_by_role("button", name="Yes, write it (179 of 200)").click()
        await page.get_by_text("The agent has your answer").or_(page.get_by_text("not written yet")).first.wait_for()
    assert wrong == []
    assert isinstance(question.answer, AcceptedElicitation)
    left = [number for number in range(200) if number // 10 not in {3, 7} and number != 41]
    assert question.answer.data.ticked == [str(number) for number in left]


async def test_no_is_no_and_a_closed_tab_is_known(anyio_backend: str) -> None:  # noqa: ARG001
    async with asked(1) as (question, browser):
        page, _ = await _opened(browser, question, 1280)
        again = await page.context.new_page()
        await again.goto(question.address)
        await again.close(run_before_unload=True)
        with anyio.fail_after(10):
            while question.shown:  # the tab says that it closes when the browser comes to it
                await anyio.lowlevel.checkpoint()
        await page.reload()
        await page.get_by_role("button", name="No").click()
        await page.get_by_text("Nothing was written").wait_for()
    assert isinstance(question.answer, DeclinedElicitation)


@asynccontextmanager
async def asked(count: int) -> AsyncGenerator[tuple[Asked, Browser]]:
    """A question with as many items, and a Chromium."""
    async with anyio.create_task_group() as background, async_playwright() as playwright:
        question = await OpenPages(background).ask(_change(count), lambda _: None)
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield question, browser
        finally:
            await browser.close()
            background.cancel_scope.cancel()


async def _opened(browser: Browser, question: Asked, width: int, *, script: bool = True) -> tuple[Page, list[str]]:
    """The page in a profile of its own, and what its console will complain of."""
    context = await browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "favicon" not in str(said.location) else None)
    await page.goto(question.address)
    return page, wrong


async def _picture(page: Page, name: str) -> None:
    if folder := os.environ.get("KITSU_SCREENS"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


def _change(count: int) -> Change:
    status = Field("status", Value("1", "wfa"), Value("2", "done"))
    due = Field("due", Value(None, ""), Value("2026-12-04", "2026-12-04"), "due")
    items = tuple(
        Item(
            str(number),
            str(number),
            f"Robo Garden/E01/SQ{number // 10:02}/SH{number * 10:04}:Animation",
            (status, due)[: 1 + number % 2],
        )
        for number in range(count)
    )
    change = Change(
        kind="comments",
        tool="change_status",
        agent="codex-mcp-client",
        person="Mara Okafor",
        project_id="p",
        project="Robo Garden",
        verb="Change" if count == 1 else "Set",
        items=items,
        text="Please look\nat the eyes." if count < 100 else "",
        effects=(Effect("0", "Robo Garden/E01/SQ00/SH0000:Compositing", "", "todo → ready", "Compositing", "e"),),
        told=("Aiko Hayashi", "Jiří Novák"),
        code="abcdef",
    )
    return change if count == 1 else replace(change, warnings=("Takes back done: E01/SQ00/SH0010:Layout",))

"""The web server of the questions: what it takes from whom, and the pages it answers with.

It trusts nobody for being on this machine. Other pages of a browser reach loopback too: so Host, Origin and a token of
the form are checked, nothing may frame it, and no script of others runs. Other programs do: so the path cannot be
guessed, and the first browser that opens a question owns it, by a cookie.
"""

import hmac
import secrets
from urllib.parse import parse_qs

from mcp.server.mcpserver import AcceptedElicitation, DeclinedElicitation
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kitsu_server.pages.open_pages import OpenPages, Page
from kitsu_server.pages.site import HEADERS, TooLong, asked_by_own_name, body_of, rendered
from kitsu_tools.gate.asking import OnPage
from kitsu_tools.gate.change import MOST_ITEMS, Change, Item
from kitsu_tools.gate.question import headline
from kitsu_tools.tracker.errors import BadInput

COOKIE = "kitsu-question"
LARGEST_ANSWER = 512 * 1024
"""Bytes: a thousand keys and a text of four thousand characters, percent-encoded, are a third of it."""
FEW_ITEMS = 12
"""As many are seen at a glance, without headings between them."""
NOT_OURS = "This address is of no question. Nothing was written."
ELSEWHERE = (
    "This question was opened in another browser, or another profile, and can be answered there alone. Nothing was "
    "written. If that was not you, say no to the agent, and look who else uses this machine."
)


def application(pages: OpenPages) -> Starlette:
    """The questions as a web application."""

    async def question(request: Request) -> Response:
        page = pages.by_path.get(request.path_params["path"])
        if not asked_by_own_name(request) or page is None:
            return PlainTextResponse(NOT_OURS, 404, HEADERS)
        if request.method == "GET":
            return _opened(request, page)
        if not _from_the_page(request, page):
            return PlainTextResponse(f"{ELSEWHERE} Or its cookies are refused.", 403, HEADERS)
        return await _answered(request, page)

    async def closed(request: Request) -> Response:
        page = pages.by_path.get(request.path_params["path"])
        if not asked_by_own_name(request) or page is None or not _from_the_page(request, page):
            return PlainTextResponse(NOT_OURS, 404, HEADERS)
        page.asked.shown = False
        return Response(status_code=204, headers=HEADERS)

    return Starlette(
        routes=[Route("/{path}", question, methods=["GET", "POST"]), Route("/{path}/closed", closed, methods=["POST"])]
    )


def _from_the_page(request: Request, page: Page) -> bool:
    """Whether it was sent by our page, in the browser that opened it first."""
    origin = f"http://{request.headers['host']}"
    sites = request.headers.getlist("sec-fetch-site")
    return _owns(request, page) and request.headers.getlist("origin") == [origin] and sites in ([], ["same-origin"])


def _owns(request: Request, page: Page) -> bool:
    return bool(page.owner) and hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), page.owner.encode())


def _opened(request: Request, page: Page) -> Response:
    if page.owner and not _owns(request, page):
        return PlainTextResponse(ELSEWHERE, 403, HEADERS)
    response = _question(page) if page.asked.is_open else _said(page)
    if not page.owner:
        page.owner = secrets.token_urlsafe(32)
        response.set_cookie(COOKIE, page.owner, path=request.url.path, httponly=True, samesite="strict")
    page.asked.shown = True
    return response


async def _answered(request: Request, page: Page) -> Response:
    try:
        body = await body_of(request, LARGEST_ANSWER)
    except TooLong:
        return PlainTextResponse("That is longer than any answer. Nothing was written.", 413, HEADERS)
    try:
        form = parse_qs(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=MOST_ITEMS + 10)
    except ValueError:
        form = {}
    said = form.get("answer", [])
    if not hmac.compare_digest("".join(form.get("token", [])).encode(), page.token.encode()) or len(said) != 1:
        return PlainTextResponse("That is no answer of this page. Nothing was written.", 400, HEADERS)
    if not page.asked.is_open:
        return _said(page)
    if said == ["no"]:
        page.asked.settle(DeclinedElicitation())
        return _said(page)
    confirmation = OnPage(changes=form.get("item", []), comment=form["text"][0] if "text" in form else None)
    if said != ["yes"]:  # Enter in the list presses a form's first button, which says nothing
        return _question(page, confirmation)
    try:
        page.asked.check(confirmation)
    except BadInput as wrong:
        return _question(page, confirmation, f"{wrong} Nothing was written.", 422)
    page.asked.settle(AcceptedElicitation(data=confirmation))
    return _said(page)


def _question(page: Page, left: OnPage | None = None, wrong: str = "", status: int = 200) -> Response:
    """The question; with what a person left of it, where that could not be sent."""
    change = page.asked.change
    ticked = {item.key for item in change.items if item.ticked} if left is None else set(left.changes)
    text = change.text if left is None or left.comment is None else left.comment
    happens: dict[str, list[str]] = {item.key: [] for item in change.items}
    for one in change.effects:
        happens.setdefault(one.because, []).append(one.says)
    return rendered(
        "question.html",
        status,
        change=change,
        groups=_groups(change),
        headline=headline(change),
        happens=happens,
        left_seconds=max(int(page.asked.left_seconds), 0),
        text=text.replace("\r\n", "\n"),
        ticked=ticked,
        token=page.token,
        wrong=wrong,
    )


def _groups(change: Change) -> list[tuple[tuple[str, str], list[Item]]]:
    """The items in order, by step and by place, each group with both; a few without a step are one, without a name."""

    def place(item: Item) -> tuple[str, str]:
        return change.step(item), item.address.partition(":")[0].rpartition("/")[0]

    if len(change.items) <= FEW_ITEMS and not any(map(change.step, change.items)):
        return [(("", ""), list(change.items))]
    found: dict[tuple[str, str], list[Item]] = {}
    for item in change.items:
        found.setdefault(place(item), []).append(item)
    return list(found.items())


def _said(page: Page) -> Response:
    """What became of it."""
    match page.asked.answer:
        case None:
            title, rest = "Too late", "This question is closed. Nothing was written; the agent can ask again."
        case AcceptedElicitation() if page.asked.waiting or page.asked.left_seconds <= 0:
            title, rest = "Yes", "The agent has your answer; what came of it, it tells you."
        case AcceptedElicitation():
            minutes = max(round(page.asked.left_seconds / 60), 1)
            title = "Yes, not written yet"
            rest = f"The agent waits no more. Tell it to go on within {minutes} minutes; else nothing is written."
        case _:
            title, rest = "No", "Nothing was written."
    return rendered("said.html", 200, title=title, rest=rest, headline=headline(page.asked.change))

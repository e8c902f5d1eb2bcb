"""What takes a selection from Kitsu's menu, as a web application: what it believes of whom, and what it answers.

Kitsu's page has the person's browser send it, and the browser's word for where it comes from (`Origin`) is all there
is: anybody can send the rest. What names Kitsu's page is taken; what names another is refused; what names none is shown
first, with a button. That is every GET, and every form that a page on https sends to http, on loopback too: browsers
withhold its origin (seen on Chromium 156).

Kitsu sends a form, or JSON in the background, and the fields of the two have other names but for `selection` and
`entitytype` (`ActionPanel.vue` of cgwire/kitsu at 00ffcec). Only `selection` is read.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import anyio
import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from kitsu_server.actions.command import PATH
from kitsu_server.pages.site import HEADERS, TooLong, asked_by_own_name, body_of, rendered
from kitsu_tools.live.selections import MOST_TASKS, Selections, ids_seen, seen
from kitsu_tools.tracker.errors import KitsuError, NotConfigured, SignInRefused, counted, quoted
from kitsu_tools.tracker.kitsu import Caller, Kitsu, Studio
from kitsu_tools.tracker.names import is_uuid
from kitsu_tools.unseen import visible

LARGEST_SELECTION = 512 * 1024
"""Bytes: ten thousand ids fit, so that a person who sends too many is told how many go."""
MOST_A_MINUTE = 30
MOST_SHOWN = 200
COOKIE = "access_token_cookie"
"""Where Zou's session is, in a browser that is signed in (`SameSite=Lax`; 1.0.97)."""


class _Refusal(Exception):
    """Why nothing is taken."""

    def __init__(self, status: HTTPStatus, said: str) -> None:
        super().__init__(said)
        self.status = status


def application(
    kitsu: Kitsu, selections: Selections, at_home: Callable[[Request], bool] = asked_by_own_name
) -> Starlette:
    """It takes selections for one identity. `at_home`: whether a request is for the name that this is served under."""
    ours = origins(kitsu.studio)
    lately = {sure: deque[float](maxlen=MOST_A_MINUTE) for sure in (True, False)}
    one_at_a_time = anyio.Lock()

    async def selection(request: Request) -> Response:
        if not at_home(request):
            return PlainTextResponse("This address is of nothing here.", 404, HEADERS)
        try:
            sure = _sure(request, ours)
            before, now = lately[sure], time.monotonic()
            if len(before) == MOST_A_MINUTE and before[0] > now - 60:
                raise _Refusal(HTTPStatus.TOO_MANY_REQUESTS, "Too many came within a minute. Try again in one.")
            before.append(now)
            task_ids = await _task_ids(request)
            async with one_at_a_time:  # so that no flood of them keeps Kitsu from the tools
                return await _taken(request, kitsu, selections, task_ids, sure=sure)
        except _Refusal as refusal:
            return _answered(request, refusal.status, "Nothing was handed over", str(refusal))
        except KitsuError as error:
            return _answered(request, HTTPStatus.BAD_GATEWAY, "Nothing was handed over", str(error))
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)

    # Kitsu's page sends its cookies along (`withCredentials`), and then an answer must allow that.
    may_ask = Middleware(
        CORSMiddleware,
        allow_origins=sorted(ours),
        allow_methods=["POST"],
        allow_headers=["Content-Type"],
        allow_credentials=True,
        allow_private_network=True,
    )
    return Starlette(routes=[Route(PATH, selection, methods=["GET", "POST"])], middleware=[may_ask])


def origins(studio: Studio) -> frozenset[str]:
    """Where Kitsu's pages are, as browsers name it."""
    found = set[str]()
    for address in filter(None, (studio.host, *studio.page_hosts)):
        parts = urlsplit(address)
        usual = {"http": 80, "https": 443}.get(parts.scheme)
        port = f":{parts.port}" if parts.port not in {None, usual} else ""
        name = parts.hostname or ""
        with suppress(UnicodeError):
            name = name.encode("idna").decode()
        found.add(f"{parts.scheme}://{f'[{name}]' if ':' in name else name}{port}")
    return frozenset(found)


def _sure(request: Request, ours: frozenset[str]) -> bool:
    """Whether it was sent by Kitsu's page, or by the button on ours; False where no browser says so, and a person sees
    what comes of it.

    Raises:
        _Refusal: by another page, or behind a person's back.
    """
    given = request.headers.getlist("origin")
    seen_as = [request.headers.getlist(f"sec-fetch-{name}") for name in ("mode", "dest")]
    if request.method == "POST" and given in (
        [f"{request.url.scheme}://{request.headers['host']}"],
        *([one] for one in ours),
    ):
        return True
    if given in ([], ["null"]) and not _is_json(request) and seen_as in ([[], []], [["navigate"], ["document"]]):
        return False
    if given in ([], ["null"]):
        raise _Refusal(HTTPStatus.FORBIDDEN, "It was sent in the background, by a page that its browser does not name.")
    raise _Refusal(
        HTTPStatus.FORBIDDEN,
        f"It was sent by the page {quoted(' '.join(given))}, and Kitsu's are at {', '.join(sorted(ours))}. If that is "
        "your Kitsu too, add it to KITSU_PAGE_HOST.",
    )


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


async def _task_ids(request: Request) -> Sequence[str]:
    """The tasks that it names, each once.

    Raises:
        _Refusal: none, too many, or something else than ids.
    """
    try:
        content = await body_of(request, LARGEST_SELECTION)
        if _is_json(request):
            body: Any = orjson.loads(content)
            given: Any = cast("dict[str, Any]", body)["selection"]
        elif request.method == "GET" or "form-urlencoded" in request.headers.get("content-type", ""):
            text = request.url.query if request.method == "GET" else content.decode()
            given = ",".join(parse_qs(text, max_num_fields=50)["selection"])
        else:
            raise _Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Kitsu sends a form, or JSON.")
        parts = given.split(",") if isinstance(given, str) else given
        task_ids = list(dict.fromkeys(one.strip().lower() for one in parts))
        if not task_ids or not all(map(is_uuid, task_ids)):
            raise ValueError
    except TooLong:
        raise _Refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"It is too long: at most {MOST_TASKS:,} tasks go."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _Refusal(HTTPStatus.BAD_REQUEST, "It holds no selection of tasks as Kitsu sends one.") from None
    if len(task_ids) > MOST_TASKS:
        said = f"It has {counted(len(task_ids), 'task')}; at most {MOST_TASKS:,} go. Select fewer."
        raise _Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said)
    return task_ids


async def _taken(
    request: Request, kitsu: Kitsu, selections: Selections, task_ids: Sequence[str], *, sure: bool
) -> Response:
    """Hand it over, or where nobody is `sure` who sent it, show it with a button that does."""
    person, theirs = await _sender(kitsu, request.cookies.get(COOKIE, ""), task_ids)
    tasks, unseen = await seen(kitsu, theirs)
    agent, withheld = selections.agent or "the agent", len(task_ids) - len(theirs)
    as_whom = (await kitsu.directory.me.get()).name
    fields: dict[str, Any] = {"tasks": tasks, "unseen": len(unseen) + withheld, "agent": agent, "as_whom": as_whom}
    if not tasks:
        who = person if not theirs else f"{agent}, which reads Kitsu as {as_whom},"
        said = f"None of it is a task that {who} may see."
        return _answered(request, HTTPStatus.NOT_FOUND, "Nothing was handed over", said)
    if not sure:
        title = f"Hand {counted(len(tasks), 'task')} over to {agent}?"
        said = "Your browser does not say which page sent this. If you did not ask for it in Kitsu, close this tab."
        return _answered(request, HTTPStatus.OK, title, said, **fields, hand_over=",".join(theirs))
    selection, is_new = selections.take(theirs, person, withheld)
    said = f"It is selection {selection.number}" + ("." if is_new else ", which was handed over a moment ago already.")
    said += f" Sent by {person}, as Kitsu says." if person else ""
    return _answered(request, HTTPStatus.OK, f"{counted(len(tasks), 'task')} handed over to {agent}", said, **fields)


async def _sender(kitsu: Kitsu, cookie: str, task_ids: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Who sent it, as Kitsu says of their session, and what of it they may see; nobody and all of it where there is no
    session, or none that Kitsu knows. The cookie goes to our own Kitsu alone.
    """
    if not cookie:
        return "", task_ids
    session = replace(kitsu.session.credentials, bot_token=cookie, bot_token_file=None, login="", password="")
    person = Kitsu(kitsu.studio, Caller(session))
    try:
        name = (await person.directory.me.get()).name
        theirs = await ids_seen(person.session, task_ids)
        return name, [one for one in task_ids if one in theirs]
    except (SignInRefused, NotConfigured):
        return "", task_ids
    finally:
        await person.close()


def _answered(request: Request, status: HTTPStatus, title: str, said: str, **fields: Any) -> Response:  # noqa: ANN401
    """A page for a person; JSON for a page's request in the background."""
    tasks = fields.get("tasks", [])
    if _is_json(request):
        rows = [{"task": visible(one.address), "status": visible(one.status)} for one in tasks]
        content = {"said": visible(f"{title}. {said}"), "tasks": rows, "not_seen": fields.get("unseen", 0)}
        return JSONResponse(content, status, HEADERS)
    more = {"agent": "", "as_whom": "", "unseen": 0, "hand_over": "", "most": MOST_SHOWN, "path": request.url.path}
    return rendered("selection.html", status, title=title, said=said, **more | fields | {"tasks": tasks})

"""The command `actions`: the entry in Kitsu's menu that sends selections here. A person runs it, so that it asks in the
terminal, and it says afterwards what stands in Kitsu.
"""

import socket
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import anyio
from pydantic import BeforeValidator

from kitsu_server.settings import Settings
from kitsu_tools.tracker.errors import BadInput, KitsuError, NotPermitted, counted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Flag, Text, decoded
from kitsu_tools.unseen import first_unseen, visible

PATH = "/kitsu-selection"
"""Below which, at whatever address, selections are taken: by it an action of Kitsu is known to be ours."""
LONGEST_NAME, LONGEST_URL = 80, 400
CREATED, DELETED = 201, 204


@dataclass(frozen=True, slots=True)
class Action:
    """A custom action of Kitsu. `url` is what the browser of whoever runs it calls."""

    id: str
    name: Text
    url: Text = ""
    entity_type: Annotated[Text, BeforeValidator(lambda kind: kind or "all")] = "all"
    is_ajax: Flag = False

    @property
    def is_ours(self) -> bool:
        """Whether this program takes what it sends, here or elsewhere."""
        return urlsplit(self.url).path.endswith(PATH)

    def __str__(self) -> str:
        how = "AJAX" if self.is_ajax else "a form"
        return visible(f"{self.name!r} for {self.entity_type}, by {how} to {self.url}").replace("\n", " ")


def own_url(settings: Settings) -> str:
    """Where this machine's server takes selections."""
    return f"http://127.0.0.1:{settings.actions_port}{PATH}"


async def actions_of(kitsu: Kitsu) -> Sequence[Action]:
    """Every custom action, by name. Everybody but vendors may read them (Zou 1.0.97)."""
    found = await kitsu.session.read("data/custom-actions")
    return sorted((decoded(Action, one) for one in found), key=lambda one: one.name.casefold())


def run(settings: Settings, options: Namespace) -> int:
    """Do what was asked for and return the exit code: 1 when it was not done."""
    return anyio.run(_run, settings, options)


async def _run(settings: Settings, options: Namespace) -> int:
    kitsu = Kitsu(settings.studio, settings.caller)
    try:
        wanted = _wanted(settings, options)
        match options.what:
            case "list":
                return _list(await actions_of(kitsu), wanted.url)
            case "install":
                return await _install(kitsu, settings, wanted, yes=options.yes)
            case _:
                return await _remove(kitsu, wanted.url, yes=options.yes)
    except KitsuError as error:
        _say(str(error))
        return 1
    finally:
        await kitsu.close()


def _list(found: Sequence[Action], url: str) -> int:
    for one in found:
        whose = "not ours" if not one.is_ours else "ours" if one.url == url else "ours, at another address"
        _say(f"{whose}: {one}")
    if not any(one.url == url for one in found):
        _say(f"None sends to this machine's server, {url}: `mcp-server-kitsu actions install` makes one.")
    return 0


async def _install(kitsu: Kitsu, settings: Settings, wanted: Action, *, yes: bool) -> int:
    there = next((one for one in await actions_of(kitsu) if one.url == wanted.url), None)
    if there is not None:
        _say(f"It is in Kitsu already, and nothing was written: {there}.")
        return 0
    by_hand = (
        f"have a studio manager add it in Kitsu (Admin, Custom Actions): name {wanted.name!r}, URL {wanted.url}, "
        f"entity type All, Use AJAX {'yes' if wanted.is_ajax else 'no'}"
    )
    await _require_admin(kitsu, f", or {by_hand}")
    question = f"Make the custom action {wanted} in {kitsu.studio.host}? All people see it there, in every production."
    if not _agreed(question, yes=yes):
        return 1
    body = {"name": wanted.name, "url": wanted.url, "entity_type": wanted.entity_type, "is_ajax": wanted.is_ajax}
    wrong = await _written(kitsu, "POST", "data/custom-actions", body, CREATED)
    there = next((one for one in await actions_of(kitsu) if one.url == wanted.url), None)
    if there is None:
        _say(f"It was not made. {wrong}")
        return 1
    _say(f"It is in Kitsu: {there}. People find it in the bar above a selection of tasks.")
    if not settings.actions:
        _say("The server listens when KITSU_ACTIONS=true is in its environment.")
    if not wanted.is_ajax and settings.credentials.host.startswith("https:"):
        _say("From a Kitsu on https browsers do not say where a form comes from: its tab asks for one more click.")
    return 0


async def _remove(kitsu: Kitsu, url: str, *, yes: bool) -> int:
    found = await actions_of(kitsu)
    ours = [one for one in found if one.url == url]
    for other in found:
        if other.is_ours and other not in ours:
            _say(f"Left alone, as it sends elsewhere (--url names it): {other}.")
    if not ours:
        _say(f"No custom action sends to {url}; nothing was removed.")
        return 0
    await _require_admin(kitsu)
    if not _agreed(f"Remove from {kitsu.studio.host}: {'; '.join(map(str, ours))}?", yes=yes):
        return 1
    wrong = [await _written(kitsu, "DELETE", f"data/custom-actions/{one.id}", None, DELETED) for one in ours]
    left = [one for one in await actions_of(kitsu) if one.url == url]
    _say(f"Still there: {'; '.join(map(str, left))}. {' '.join(wrong)}" if left else "It is gone.")
    return 1 if left else 0


async def examined(settings: Settings, kitsu: Kitsu) -> tuple[bool, str]:
    """For `doctor`: whether selections can come in, and what is to be said of it."""
    url = own_url(settings)
    try:
        socket.create_server(("127.0.0.1", settings.actions_port)).close()
        port = ""
    except OSError as error:
        port = f" That port cannot be had now ({error.strerror}); a running server may have it."
    try:
        there = next((one for one in await actions_of(kitsu) if one.url == url), None)
    except NotPermitted:
        return True, f"selections are taken at {url}; this role does not see whether Kitsu sends any.{port}"
    if there is None:
        return False, f"Nothing in Kitsu's menu sends to {url}: `mcp-server-kitsu actions install` adds it.{port}"
    return True, f"Kitsu has {there}.{port}"


async def _written(kitsu: Kitsu, method: str, path: str, body: object, expect: int) -> str:
    """Send it once; what went wrong, if anything did. What came of it, Kitsu is asked afterwards."""
    try:
        await kitsu.session.write(method, path, body, expect)
    except KitsuError as error:
        return str(error)
    return ""


async def _require_admin(kitsu: Kitsu, otherwise: str = "") -> None:
    me = await kitsu.directory.me.get()
    if me.role != "admin":
        raise BadInput(
            f"Only an admin of Kitsu may do this, and {me.name} has the role {me.role}. Run it once with an admin's "
            f"token (KITSU_BOT_TOKEN_FILE=… mcp-server-kitsu actions …), which the server itself need not have"
            f"{otherwise}. Nothing was written."
        )


def _agreed(question: str, *, yes: bool) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        _say(f"{question} Nobody can be asked here, as this is no terminal: say --yes. Nothing was written.")
        return False
    try:
        agreed = input(f"{question} [y/N] ").strip().casefold() in {"y", "yes"}
    except EOFError:
        agreed = False
    if not agreed:
        _say("Nothing was written.")
    return agreed


def _wanted(settings: Settings, options: Namespace) -> Action:
    """What `install` makes and `remove` removes.

    Raises:
        BadInput: Kitsu would not take it, or nothing of this program could be there.
    """
    name, url = str(getattr(options, "name", "-")).strip(), str(getattr(options, "url", None) or own_url(settings))
    hidden = first_unseen(name + url)
    parts = urlsplit(url)
    if hidden or parts.scheme not in {"http", "https"} or not parts.path.endswith(PATH) or len(url) > LONGEST_URL:
        raise BadInput(f"--url: write an address of http or https that ends with {PATH}, in plain characters.")
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(
            f"--name: Kitsu takes 1 to {LONGEST_NAME} characters; this has {counted(len(name), 'character')}."
        )
    return Action("", name, url, "all", bool(getattr(options, "ajax", False)))


def _say(text: str) -> None:
    sys.stdout.write(f"{visible(text)}\n")
    sys.stdout.flush()

"""Kitsu's menu in a person's browser, as far as a custom action goes: what its page sends, and how browsers send it.

The fields are those of `src/components/tops/ActionPanel.vue` of cgwire/kitsu (read at 00ffcec): a form has seven, and a
request in the background the same under other names. A form's selection is one text, its ids joined by commas.
"""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import anyio
import httpx2

from kitsu_server.actions.command import PATH
from support.client import connected

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent, Mode

SOMEBODY = "11111111-1111-1111-1111-111111111111"


@dataclass
class Menu:
    """The menu of one Kitsu, whose action sends to a port of this machine. `cookies` is the browser's."""

    port: int
    origin: str
    cookies: str = ""
    client: httpx2.AsyncClient = field(default_factory=lambda: httpx2.AsyncClient(trust_env=False, timeout=60))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    async def form(self, selection: Sequence[str], **headers: str) -> httpx2.Response:
        """What a form sends, in a new tab."""
        return await self.send(urlencode(form_of(selection)).encode(), "application/x-www-form-urlencoded", **headers)

    async def background(self, selection: Sequence[str], **headers: str) -> httpx2.Response:
        """What a page's request in the background sends."""
        body: dict[str, Any] = {
            "entitytype": "shot",
            "originurl": "/productions/x/shots",
            "originserver": "kitsu.example.com",
            "selection": list(selection),
            "productionid": SOMEBODY,
            "userid": SOMEBODY,
            "useremail": "theo@example.com",
        }
        return await self.client.post(self.url, json=body, headers=self._headers(headers))

    async def send(self, body: Any, content_type: str, **headers: str) -> httpx2.Response:
        """Any body at all."""
        sent = self._headers(headers) | {"content-type": content_type}
        return await self.client.post(self.url, content=body, headers=sent)

    async def look(self, selection: Sequence[str], **headers: str) -> httpx2.Response:
        """A GET with everything in its query, as a link does it."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(self.url, params=form_of(selection), headers=sent)

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        given = {"origin": self.origin, "cookie": self.cookies}
        sent = given | {name.replace("_", "-"): value for name, value in headers.items()}
        return {name: value for name, value in sent.items() if value}


def form_of(selection: Sequence[str]) -> dict[str, str]:
    """The seven fields of a form."""
    return {
        "personid": SOMEBODY,
        "personemail": "theo@example.com",
        "projectid": SOMEBODY,
        "currentpath": "/productions/x/shots",
        "currentserver": "kitsu.example.com",
        "selection": ",".join(selection),
        "entitytype": "shot",
    }


def free_port() -> int:
    """A port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@asynccontextmanager
async def handing_over(
    kitsu: Connection, *, mode: Mode = "auto", **environment: str
) -> AsyncGenerator[tuple[Agent, Menu]]:
    """An agent whose server takes selections, and the menu that sends them."""
    menu = Menu(free_port(), kitsu.host.removesuffix("/api"))
    given: dict[str, Any] = {"KITSU_ACTIONS": "true", "KITSU_ACTIONS_PORT": str(menu.port), **environment}
    async with connected(kitsu, role="supervisor", mode=mode, **given) as agent:
        await agent.tools()
        await listening(menu.port)
        async with menu.client:
            yield agent, menu


async def listening(port: int) -> None:
    """Wait until somebody listens there."""
    with anyio.fail_after(60):
        while True:
            try:
                await (await anyio.connect_tcp("127.0.0.1", port)).aclose()
            except OSError:
                await anyio.lowlevel.checkpoint()
            else:
                return

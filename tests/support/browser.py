"""A person's browser, as far as a page needs one: it keeps cookies, and sends forms as browsers do."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

import httpx2


@dataclass
class Browser:
    """One profile of one browser. It remembers every address that it was given."""

    client: httpx2.AsyncClient = field(
        default_factory=lambda: httpx2.AsyncClient(limits=httpx2.Limits(max_keepalive_connections=0), trust_env=False)
    )
    addresses: list[str] = field(default_factory=list[str])
    shown: str = ""

    async def open(self, address: str, **headers: str) -> httpx2.Response:
        """Go to a page."""
        self.addresses.append(address)
        response = await self.client.get(address, headers=headers)
        self.shown = response.text
        return response

    @property
    def items(self) -> list[str]:
        """What can be ticked on the page that is shown, all of which is."""
        return [html.unescape(one) for one in re.findall(r'name="item" value="([^"]*)"', self.shown)]

    @property
    def token(self) -> str:
        """What the page's form carries."""
        found = re.search(r'name="token" value="([^"]+)"', self.shown)
        return found[1] if found else ""

    async def answer(
        self, answer: str, *, items: list[str] | None = None, text: str | None = None, token: str = "", **headers: str
    ) -> httpx2.Response:
        """Send the form of the page that is shown: all that is ticked, and the text as it stands, unless given."""
        address = self.addresses[-1]
        origin = address.rpartition("/")[0]
        data: dict[str, str | list[str]] = {"token": token or self.token, "answer": answer}
        data["item"] = self.items if items is None else items
        if text is not None:
            data["text"] = text
        sent = {"origin": origin, "sec-fetch-site": "same-origin"} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        response = await self.client.post(address, data=data, headers={k: v for k, v in sent.items() if v})
        self.shown = response.text
        return response

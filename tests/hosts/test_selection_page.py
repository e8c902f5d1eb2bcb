"""Kitsu's menu in headless Chromium: what its form and its request in the background bring, from http, from https, and
from a page that is not Kitsu's; and the page that a person then sees.

KITSU_SCREENS names a folder for pictures of it.
"""

from __future__ import annotations

import datetime as dt
import http.server
import os
import shutil
import socket
import ssl
import threading
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.async_api import BrowserContext, Page, async_playwright

from kitsu_server.actions.command import PATH
from kitsu_server.actions.web import application
from kitsu_server.pages.site import served
from kitsu_tools.live.selections import Selections
from support.api import ask
from support.client import opened
from support.menu import form_of, free_port

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from kitsu_sandbox.lifecycle import Connection

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
KITSU, STRANGER = "kitsu.example.com", "attacker.example"

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH (Debian and Ubuntu: apt install chromium)"),
]


@pytest.mark.parametrize("width", [1280, 400])
async def test_a_form_of_kitsus_page_brings_a_page_that_says_what_went_to_whom(
    pristine: Connection, width: int
) -> None:
    ids = hostile_tasks(pristine)
    async with browsing(pristine, ids, width) as (selections, context, menu):
        page, wrong = await submitted(context, menu(KITSU))
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            await picture(page, f"selection-{width}-{scheme}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert await page.get_by_role("status").inner_text() == "3 tasks handed over to claude-code"
        assert await page.locator("tbody tr").count() == 3
        assert await page.locator("tbody th").last.evaluate("one => one.clientWidth") >= 150
        assert await page.locator("tbody script, tbody b").count() == 0
        assert wrong == []
        assert [len(one.task_ids) for one in selections.held] == [3]
        assert selections.held[0].person == "", "no cookie of Kitsu's came along"
        await page.reload()  # sends the form again
        assert "a moment ago already" in await page.locator("main").inner_text()
        assert len(selections.held) == 1


async def test_a_form_from_https_is_shown_first_and_handed_over_by_the_button(
    kitsu: Connection, tmp_path: Path
) -> None:
    ids = some_tasks(kitsu)
    async with browsing(kitsu, ids, 1280, secure=certificate(tmp_path)) as (selections, context, menu):
        page, wrong = await submitted(context, menu(KITSU))
        assert await page.get_by_role("status").inner_text() == "Hand 3 tasks over to claude-code?"
        assert not selections.held
        await picture(page, "selection-first-shown")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.get_by_text("3 tasks handed over to claude-code").wait_for()
        assert wrong == []
        assert len(selections.held) == 1


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
async def test_kitsus_page_may_send_in_the_background_and_no_other_may(
    kitsu: Connection, secure: bool, tmp_path: Path
) -> None:
    ids = some_tasks(kitsu)
    held = certificate(tmp_path) if secure else None
    async with browsing(kitsu, ids, 1280, secure=held) as (selections, context, menu):
        page = await context.new_page()
        await page.goto(menu(STRANGER))
        assert "Failed to fetch" in await page.evaluate("send()")
        assert "Failed to fetch" in await page.evaluate("sendBlindly()")  # it arrives, and is refused
        if not secure:
            refused, _ = await submitted(context, menu(STRANGER))
            assert "Nothing was handed over" in await refused.get_by_role("status").inner_text()
            await picture(refused, "selection-refused")
        assert not selections.held
        await page.goto(menu(KITSU))
        assert await page.evaluate("send()") == "3 tasks handed over to claude-code. It is selection 1."
        assert len(selections.held) == 1


@asynccontextmanager
async def browsing(
    kitsu: Connection, ids: list[str], width: int, *, secure: Path | None = None
) -> AsyncGenerator[tuple[Selections, BrowserContext, object]]:
    """What takes selections, a Chromium, and the address of a page that has Kitsu's form, under a name."""
    port, selections = free_port(), Selections()
    selections.agent = "claude-code"
    with pages(f"http://127.0.0.1:{port}{PATH}", ids, secure) as address:
        listens = socket.create_server(("127.0.0.1", port))
        async with (
            opened(kitsu, role="supervisor", KITSU_PAGE_HOST=address(KITSU)) as tracker,
            served(application(tracker, selections), listens),
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM,
                args=["--no-sandbox", f"--host-resolver-rules=MAP {KITSU} 127.0.0.1, MAP {STRANGER} 127.0.0.1"],
            )
            try:
                yield (
                    selections,
                    await browser.new_context(viewport={"width": width, "height": 900}, ignore_https_errors=True),
                    address,
                )
            finally:
                await browser.close()


@contextmanager
def pages(url: str, ids: list[str], secure: Path | None) -> Generator[object]:
    """A page with the form that Kitsu's has, and its request in the background, under whatever name it is asked for."""
    fields = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in form_of(ids).items())
    listed = ", ".join(f'"{one}"' for one in ids)
    body = f"""<!doctype html><form target="_blank" method="POST" action="{url}">{fields}<button>Run</button></form>
<script>
const send = () => fetch("{url}", {{method: "POST", credentials: "include", headers: {{"Content-Type":
  "application/json"}}, body: JSON.stringify({{selection: [{listed}], userid: "x"}})}})
  .then(answer => answer.json()).then(answer => answer.said, String);
const sendBlindly = () => fetch("{url}", {{method: "POST", mode: "no-cors", body: new URLSearchParams({{selection:
  [{listed}].join(",")}})}}).then(() => "sent, nothing to read", String);
</script>""".encode()

    class Menu(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Set-Cookie", "access_token_cookie=of.kitsu.alone; SameSite=Lax; Path=/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Menu) as server:
        if secure is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(secure)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        scheme = "https" if secure is not None else "http"
        yield lambda name: f"{scheme}://{name}:{server.server_address[1]}"
        server.shutdown()
        thread.join()


async def submitted(context: BrowserContext, address: str) -> tuple[Page, list[str]]:
    """The tab that a page's form opens, and what its console complains of."""
    page = await context.new_page()
    await page.goto(address)
    wrong: list[str] = []
    async with context.expect_page() as opened_page:
        await page.get_by_role("button", name="Run").click()
    tab = await opened_page.value
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda said: wrong.append(said.text) if "favicon" not in str(said.location) else None)
    await tab.get_by_role("status").wait_for()
    return tab, wrong


def some_tasks(kitsu: Connection) -> list[str]:
    """Three tasks, by id."""
    token = kitsu.token("admin")
    project = ask(kitsu.host, "data/projects?name=Salt%20Harbour", token).body[0]["id"]
    shots = ask(kitsu.host, f"data/shots/with-tasks?project_id={project}", token).body
    return [shot["tasks"][0]["id"] for shot in shots[:3]]


def hostile_tasks(kitsu: Connection) -> list[str]:
    """The same, one of a shot with a name that would be something else."""
    ids, token = some_tasks(kitsu), kitsu.token("admin")
    shot, body = (
        ask(kitsu.host, f"data/tasks/{ids[0]}", token).body["entity_id"],
        {"name": "<b>\u202e<script>x()</script>"},
    )
    assert ask(kitsu.host, f"data/entities/{shot}", token, method="PUT", body=body).status == 200
    return ids


def certificate(folder: Path) -> Path:
    """A certificate that nobody signed, with its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, KITSU)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    as_pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file = folder / "certificate.pem"
    file.write_bytes(made.public_bytes(as_pem) + key.private_bytes(as_pem, serialization.PrivateFormat.PKCS8, plain))
    return file


async def picture(page: Page, name: str) -> None:
    """Where somebody wants to look at it."""
    if folder := os.environ.get("KITSU_SCREENS"):
        await page.screenshot(path=Path(folder) / f"{name}.png")

"""What references/gazu.md says of refusals, from whatever stands before Kitsu: which of them gazu raises."""

from __future__ import annotations

import contextlib
import http.server
import re
import threading
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import requests

from references.blocks import CHECKOUT, script
from references.gazu_sdk.modules import gazu

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from gazu.client import KitsuClient

JSON, HTML = ("application/json", b'{"message": "wait"}'), ("text/html", b"<html></html>")
MISTAKEN = (302, 409, 410, 415, 423, 429, 501, 503, 504)
RAISES = {
    400: "ParameterException",
    401: "NotAuthenticatedException",
    403: "NotAllowedException",
    404: "RouteNotFoundException",
    405: "MethodNotAllowedException",
    413: "TooBigFileException",
    422: "ValidationException",
    500: "ServerErrorException",
    502: "ServerErrorException",
}


class Proxy(http.server.BaseHTTPRequestHandler):
    """Answers everything with what it was told to."""

    answer: ClassVar[tuple[int, str, bytes]] = (200, *JSON)

    def do_GET(self) -> None:
        status, content_type, body = self.answer
        self.send_response(status)
        if self.path.endswith("/moved"):
            self.send_header("Location", "/api/data/projects")
            self.__class__.answer = (200, *JSON)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002  its base says so


@pytest.fixture
def behind_a_proxy() -> Generator[KitsuClient]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        client = gazu.client.create_client(f"http://127.0.0.1:{server.server_port}/api")
        with contextlib.closing(client.session):
            yield client
        server.shutdown()


@pytest.mark.parametrize("status", MISTAKEN)
def test_a_refusal_that_gazu_does_not_know_passes_as_a_record(behind_a_proxy: KitsuClient, status: int) -> None:
    Proxy.answer = (status, *JSON)
    assert gazu.client.get("data/projects", client=behind_a_proxy) == {"message": "wait"}
    assert gazu.client.put("data/projects/1", {}, client=behind_a_proxy) == {"message": "wait"}


@pytest.mark.parametrize("status", [200, *MISTAKEN])
def test_a_page_of_html_breaks_reading_but_not_deleting(behind_a_proxy: KitsuClient, status: int) -> None:
    Proxy.answer = (status, *HTML)
    with pytest.raises(requests.JSONDecodeError):
        gazu.client.put("data/projects/1", {}, client=behind_a_proxy)
    assert gazu.client.delete("data/projects/1", client=behind_a_proxy) == "<html></html>"


@pytest.mark.parametrize(("status", "raised"), RAISES.items())
def test_a_refusal_that_gazu_knows_raises(behind_a_proxy: KitsuClient, status: int, raised: str) -> None:
    Proxy.answer = (status, *JSON)
    with pytest.raises(getattr(gazu.exception, raised)):
        gazu.client.get("data/projects", client=behind_a_proxy)


PAGE = CHECKOUT / "references" / "gazu.md"
CHECK = re.compile(r"^RAISED_BY_GAZU = .*?(?=\n\n\n?\S+ = |\n\n\n?kitsu\.)", re.MULTILINE | re.DOTALL)


@pytest.fixture
def checked(behind_a_proxy: KitsuClient) -> KitsuClient:
    """A client with the check of answers that the page tells to hang in."""
    names: dict[str, Any] = {"requests": requests}
    found = CHECK.search(script(PAGE))
    assert found
    exec(found[0], names)
    check: Callable[..., None] = names["refuse_what_gazu_lets_pass"]
    behind_a_proxy.session.hooks["response"].append(check)
    return behind_a_proxy


@pytest.mark.parametrize("body", [JSON, HTML])
@pytest.mark.parametrize("status", MISTAKEN)
def test_the_check_stops_what_gazu_takes_for_success(
    checked: KitsuClient, status: int, body: tuple[str, bytes]
) -> None:
    Proxy.answer = (status, *body)
    with pytest.raises(requests.HTTPError, match=f"HTTP {status}"):
        gazu.client.get("data/projects", client=checked)
    with pytest.raises(requests.HTTPError, match=f"HTTP {status}"):
        gazu.client.delete("data/projects/1", client=checked)


def test_the_check_stops_a_page_that_says_it_is_well(checked: KitsuClient) -> None:
    Proxy.answer = (200, *HTML)
    with pytest.raises(requests.HTTPError):
        gazu.client.delete("data/projects/1", client=checked)


@pytest.mark.parametrize("body", [JSON, HTML])
@pytest.mark.parametrize(("status", "raised"), RAISES.items())
def test_the_check_leaves_to_gazu_what_gazu_raises(
    checked: KitsuClient, status: int, raised: str, body: tuple[str, bytes]
) -> None:
    Proxy.answer = (status, *body)
    with pytest.raises(getattr(gazu.exception, raised)):
        gazu.client.get("data/projects", client=checked)


def test_the_check_lets_a_redirect_be_followed(checked: KitsuClient) -> None:
    Proxy.answer = (301, *HTML)
    assert gazu.client.get("data/moved", client=checked) == {"message": "wait"}


def test_the_check_lets_what_did_not_change_pass(checked: KitsuClient) -> None:
    Proxy.answer = (304, "application/json", b"")
    assert gazu.client.get("data/projects", json_response=False, client=checked) == ""

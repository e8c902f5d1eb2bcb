"""The HTTP beneath a session: one way out to one Kitsu, with the studio's certificates, proxies and headers.

Everything that carries a credential goes through `KitsuClient._send`: to Kitsu's own address alone, once, following no
redirect, and never holding more of an answer than it may be large. gazu's client holds the tokens; how it sends is
replaced, as it has no time-outs, takes a 429, a 503 or a proxy's page for success and follows a redirect with the
password (1.3.1). Importing it takes 0.3 s, so only the first request does: see `session`.
"""

import asyncio
import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp
import anyio
import orjson
from anyio import to_thread
from gazu.aio import AsyncKitsuClient
from typing_extensions import TypeIs
from yarl import URL

from kitsu_tools.tracker.connection import Credentials, Network, Proxy
from kitsu_tools.tracker.errors import Refused, SignInRefused, TooLarge, Unavailable, Unreachable
from kitsu_tools.tracker.multipart import FormBody, Sent
from kitsu_tools.tracker.proxies import proxy_for
from kitsu_tools.tracker.tls import trusted, why_refused
from kitsu_tools.tracker.upload import Upload
from kitsu_tools.tracker.zou_answer import MOST_BYTES, Answer, failure_of

AGENT = "mcp-server-kitsu"
MOST_READS = 8
LONGEST_HEADER = 65_536
SHORTEST_SECRET = 6
JSON = {"Content-Type": "application/json"}
WRONG_PASSWORD = "Wrong email or password."  # noqa: S105  Zou's words


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class KitsuClient(AsyncKitsuClient):
    """One Kitsu over HTTP. Every answer comes back as it is; only silence is an error."""

    def __init__(self, credentials: Credentials, network: Network) -> None:
        super().__init__(credentials.host)  # pyright: ignore[reportUnknownMemberType]  gazu is half typed
        self._credentials = credentials
        self._network = network
        self._reads = asyncio.Semaphore(MOST_READS)

    @property
    def session(self) -> aiohttp.ClientSession:
        """The one session for reads, opened at first use inside the running loop."""
        if self._session is None or self._session.closed:
            self._session = self._open(aiohttp.TCPConnector(ssl=self._tls(), limit=0))
        return self._session

    async def close(self) -> None:
        """Close the connections without logging out."""
        if self._session is not None:
            await self._session.close()

    async def read(self, target: str, headers: Mapping[str, str], most_bytes: int = MOST_BYTES) -> Answer:
        """GET over a kept connection.

        Raises:
            Unreachable: nobody answered.
            TooLarge: the answer has more than `most_bytes`.
        """
        async with self._reads:
            return await self._ask(self.session, "GET", target, self.access_token, headers, None, most_bytes)

    async def write(self, method: str, target: str, body: object) -> Answer:
        """One write, sent once, over a connection of its own: a kept one may be gone already, and look like a loss.

        Raises:
            Unreachable: nobody answered; `left` tells whether the request may have reached Kitsu.
            TooLarge: it was answered with more than an answer may have.
        """
        async with self._open(aiohttp.TCPConnector(ssl=self._tls(), force_close=True)) as once:
            return await self._ask(once, method, target, self.access_token, JSON, orjson.dumps(body))

    async def upload(self, method: str, target: str, upload: Upload, told: Sent | None) -> Answer:
        """A form with files, sent once as `write` sends, however long it takes: only its pieces and the answer are
        waited for no longer than they may take.

        Raises:
            Unreachable, TooLarge: as `write`; `left` is False where Kitsu cannot have got all of the file.
            Refused: it is too large for what stands in front of Kitsu, or was answered before all of it was sent.
        """
        network = self._network
        scope = anyio.CancelScope(deadline=anyio.current_time() + network.answer_seconds)
        body = FormBody(upload, told, scope, network.read_seconds, network.answer_seconds)
        answer: Answer | None = None
        with scope:
            async with self._open(aiohttp.TCPConnector(ssl=self._tls(), force_close=True), whole=False) as once:
                try:
                    answer = await self._ask(once, method, target, self.access_token, None, body)
                except Unreachable as error:
                    raise _cut_off(str(error), body, left=error.left) from error
        if answer is None:
            raise _cut_off(f"No answer from Kitsu at {self.host}: {_why(TimeoutError(), None)}.", body, left=True)
        if body.changed:  # Kitsu may answer a form that is cut off before its connection is seen to be
            raise _cut_off("", body, left=False)
        if answer.status == 413 or not body.complete:
            too_large = ": the file is larger than what stands in front of it takes" * (answer.status == 413)
            raise Refused(f"Kitsu at {self.host} answered {answer.status} to the file{too_large}. It was not taken.")
        return answer

    async def look(self, target: str, most_bytes: int) -> Reply:
        """A plain GET without the credential, of what lies below Kitsu's root: `api/config`, `socket.io/…`.

        Raises:
            Unreachable, TooLarge: as `read`.
        """
        url = f"{self.host.removesuffix('/api')}/{target}"
        return await self._send(self.session, "GET", url, self._network.headers(), None, most_bytes)

    def to_events(self, host: str) -> aiohttp.ClientSession:
        """A session for one connection to the event stream at `host`, with the token and the headers as they are now.

        A poll that breaks off is not sent again: what the first was answered would be lost without a word.
        """
        proxy = proxy_for(host, self._network)
        tls = trusted(self._network.ca_bundle) if host.startswith("https:") else True
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls, limit=0),
            middlewares=[_only_to(host), _send_once],
            headers={"User-Agent": AGENT, **self._network.headers(), "Authorization": f"Bearer {self.access_token}"},
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
            timeout=aiohttp.ClientTimeout(
                sock_connect=self._network.connect_seconds,
                sock_read=self._network.connect_seconds,  # until a WebSocket is opened, or not; polls have their own
            ),
            proxy=proxy.address if proxy else None,
        )

    async def log_in(self) -> None:
        """Sign in with login and password.

        Raises:
            SignInRefused: Kitsu takes neither, or the account needs two factors.
            Unavailable: what answers is no working Kitsu.
        """
        login = self._credentials.login
        body = orjson.dumps({"email": login, "password": self._credentials.password})
        answer = await self._ask(self.session, "POST", "auth/login", "", JSON, body)
        if self._signed_in(answer):
            return
        if answer.from_kitsu and answer.status in {400, 401, 403, 409, 422}:
            said = f" Kitsu says: {answer.reason}" if answer.reason not in {"", WRONG_PASSWORD} else ""
            raise SignInRefused(
                f"Kitsu at {self.host} does not take the login {login!r} with this password. Check KITSU_LOGIN and "
                f"KITSU_PASSWORD; an account with two-factor sign-in needs a bot token instead.{said}"
            )
        raise self._not_signed_in(answer)

    async def refreshed(self) -> bool:
        """Renew an expired token by the refresh token; False when that one is refused too.

        Raises:
            Unavailable: what answers is no working Kitsu.
        """
        if not self.refresh_token:
            return False
        answer = await self._ask(self.session, "GET", "auth/refresh-token", self.refresh_token)
        if self._signed_in(answer):
            return True
        if answer.from_kitsu and answer.status < 500:
            return False
        raise self._not_signed_in(answer)

    def _signed_in(self, answer: Answer) -> bool:
        """Take up the tokens of an answer, if it holds any that can be sent."""
        access = answer.fields.get("access_token")
        refresh = answer.fields.get("refresh_token", self.refresh_token or "")
        if answer.status != 200 or not access or not _is_token(access) or not _is_token(refresh):
            return False
        self.access_token, self.refresh_token = access, refresh
        return True

    def _not_signed_in(self, answer: Answer) -> Unavailable:
        return Unavailable(f"Signing in to {self.host} failed. {failure_of(answer, self.host)}", answer.retry_after)

    async def _ask(
        self,
        http: aiohttp.ClientSession,
        method: str,
        target: str,
        token: str | None,
        headers: Mapping[str, str] | None = None,
        content: bytes | aiohttp.MultipartWriter | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> Answer:
        url = f"{self.host}/{target}"
        more = self._network.headers()
        signed = {"Authorization": f"Bearer {token}"} if token else {}
        reply = await self._send(http, method, url, {**more, **(headers or {}), **signed}, content, most_bytes)
        secrets = (token or "", self._credentials.password, *_pieces(more.values()))
        return Answer.of(reply.status, reply.headers, reply.body, url, secrets)

    async def _send(
        self,
        http: aiohttp.ClientSession,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | aiohttp.MultipartWriter | None,
        most_bytes: int,
    ) -> Reply:
        sent = {"User-Agent": AGENT, **headers}
        try:
            async with http.request(method, url, headers=sent, data=content, allow_redirects=False) as response:
                return Reply(response.status, response.headers, await self._body(response, most_bytes))
        except (aiohttp.ClientError, TimeoutError, OSError, UnicodeError) as error:
            unreachable = await self._unreachable(error)
        raise unreachable  # out here, as what aiohttp raised may hold all that was sent

    async def _body(self, response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
        """The body of an answer, unpacked, and given up as soon as it is larger than it may be."""
        mend = f" No Kitsu answers so much at {self.host}: check KITSU_HOST." if most_bytes == MOST_BYTES else ""
        too_large = f"The answer has more than {most_bytes:,} bytes.{mend}"
        if (response.content_length or 0) > most_bytes:
            raise TooLarge(too_large)
        parts: list[bytes] = []
        size = 0
        async for part in response.content.iter_any():
            size += len(part)
            if size > most_bytes:
                parts.clear()  # the error's traceback would keep them
                raise TooLarge(too_large)
            parts.append(part)
        return b"".join(parts)

    def _open(self, connector: aiohttp.TCPConnector, *, whole: bool = True) -> aiohttp.ClientSession:
        """A session; one that is not `whole` leaves it to others how long a request may take once it is connected."""
        # Not by `trust_env`: that also takes a login out of ~/.netrc, which aiohttp refuses to send beside our token.
        proxy = proxy_for(self.host, self._network)
        return aiohttp.ClientSession(
            connector=connector,
            middlewares=[_only_to(self.host), _send_once],
            # Cookies are those of the headers file alone: one that was kept would go before a newer one there.
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
            timeout=aiohttp.ClientTimeout(
                total=self._network.answer_seconds if whole else None,
                connect=self._network.connect_seconds + self._network.read_seconds,  # what a proxy may take for its own
                sock_connect=self._network.connect_seconds,
                sock_read=self._network.read_seconds if whole else None,
            ),
            proxy=proxy.address if proxy else None,
        )

    def _tls(self) -> ssl.SSLContext | bool:
        return trusted(self._network.ca_bundle) if self.host.startswith("https:") else True

    async def _unreachable(self, error: BaseException) -> Unreachable:
        """Why nobody answered, and whether the request can have left this machine."""
        proxy, cause = proxy_for(self.host, self._network), error.__cause__
        if isinstance(error, aiohttp.ClientConnectorError) and isinstance(cause, ssl.SSLError):
            why = await self._untrusted(error, cause, proxy)
        else:
            why = _why(error, proxy)
        never_stood = isinstance(
            error,
            aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.ClientHttpProxyError | UnicodeError,
        )
        return Unreachable(f"No answer from Kitsu at {self.host}: {why}.", left=not never_stood)

    async def _untrusted(self, error: aiohttp.ClientConnectorError, cause: ssl.SSLError, proxy: Proxy | None) -> str:
        of_proxy = proxy is not None and urlsplit(proxy.address).hostname == error.host
        address = (error.host, error.port or 443) if proxy is None or of_proxy else None
        why = await to_thread.run_sync(
            why_refused, cause, address, self._network.connect_seconds, self._network.ca_bundle, abandon_on_cancel=True
        )
        return f"{proxy}, is no secure one: {why}" if of_proxy else why


def _cut_off(said: str, body: FormBody, *, left: bool) -> Unreachable:
    """What became of a file without an answer: unless its last piece went out, Kitsu cannot have taken it."""
    if body.changed:
        said = "The file changed while it was sent, so it was cut off."
    if body.complete or not left:
        return Unreachable(said, left=left)
    out = f"Only {body.sent:,} of its {body.all_bytes:,} bytes were out: it was not taken."
    return Unreachable(f"{said} {out}", left=False)


def _is_token(value: object) -> TypeIs[str]:
    return isinstance(value, str) and value.isascii() and value.isprintable()


def _pieces(values: Iterable[str]) -> Iterator[str]:
    """Headers' values and what stands in them, as `Bearer …` and `name=…; other=…`: each may be repeated alone."""
    for value in values:
        yield from (one for one in (value, *re.split(r"[\s;,=]+", value)) if len(one) >= SHORTEST_SECRET)


def _only_to(host: str) -> aiohttp.ClientMiddlewareType:
    """Send nothing anywhere else, whoever uses the session: gazu's own functions follow redirects."""
    own = URL(host).origin()

    async def send(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        # A WebSocket has a scheme of its own.
        if request.url.with_scheme(request.url.scheme.replace("ws", "http")).origin() != own:
            raise aiohttp.ClientError(f"Nothing is sent to {request.url.origin()}, which is not Kitsu.")
        return await handler(request)

    return send


async def _send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Hide a broken connection from aiohttp, which would send a GET, PUT or DELETE again (3.14 does, over fresh ones
    too): how often a read is tried is the session's to say, and a write never is tried again.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        if isinstance(error, aiohttp.ClientConnectorError):
            raise
        raise aiohttp.ClientConnectionError(str(error)) from error


def _why(error: BaseException, proxy: Proxy | None) -> str:
    match error:
        case aiohttp.ClientHttpProxyError(status=status):
            wants = "wants a user name and a password; write them as http://user:password@host:port"
            return f"{proxy}, {wants if status == 407 else f'does not let the request through ({status})'}"
        case aiohttp.ClientConnectorDNSError() if proxy:
            return f"the name of {proxy}, does not resolve"
        case aiohttp.ClientProxyConnectionError() if proxy:
            return f"{proxy}, cannot be reached"
        case aiohttp.ConnectionTimeoutError() if proxy:
            return f"{proxy}, opened no way in time"
        case aiohttp.ClientConnectorDNSError() | UnicodeError():  # the latter of a label that is empty or too long
            return "the name does not resolve; check KITSU_HOST"
        case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
            return "the connection was refused; see that Kitsu runs and that KITSU_HOST is right"
        case aiohttp.ClientConnectorError():
            return f"no connection could be made ({error.os_error.strerror or 'it broke off'}); check KITSU_HOST"
        case TimeoutError():
            return "it did not answer in time"
        case aiohttp.ClientResponseError():
            return "what answers there does not speak HTTP as it should; check KITSU_HOST: is it https, or another port"
        case _:
            return f"the connection broke off, with {proxy}, in between" if proxy else "the connection broke off"

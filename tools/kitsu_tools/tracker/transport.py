"""The HTTP beneath a session: gazu's client with time-outs, the studio's certificates and proxies, and no second try.

gazu's `AsyncKitsuClient` (1.3.1) has none of these, and lets 429, 503, 504 and a proxy's HTML pass as success.
Importing it takes 0.3 s, so only the first request does: see `session`.
"""

import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import orjson
import truststore
from gazu.aio import AsyncKitsuClient, log_in  # pyright: ignore[reportUnknownVariableType]  half typed
from gazu.exception import AuthFailedException, NotAuthenticatedException

from kitsu_tools.tracker.connection import Credentials, Network
from kitsu_tools.tracker.errors import NotConfigured, SignInRefused, TooLarge, Unavailable, Unreachable
from kitsu_tools.tracker.zou_answer import Answer


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy on the way to Kitsu. `source`: the setting that a person would correct."""

    address: str
    source: str

    def __str__(self) -> str:
        parts = urlsplit(self.address)
        return f"the proxy {parts.scheme}://{parts.netloc.rpartition('@')[2]}, from {self.source}"


class KitsuClient(AsyncKitsuClient):
    """One Kitsu over HTTP. Every answer comes back as it is; only silence is an error."""

    def __init__(self, credentials: Credentials, network: Network) -> None:
        super().__init__(credentials.host)  # pyright: ignore[reportUnknownMemberType]  gazu is half typed
        self._credentials = credentials
        self._network = network

    @property
    def session(self) -> aiohttp.ClientSession:
        """The one session for reads, opened at first use inside the running loop."""
        if self._session is None or self._session.closed:
            self._session = self._open(aiohttp.TCPConnector(ssl=self._tls(), limit=8), _send_once)
        return self._session

    async def close(self) -> None:
        """Close the connections without logging out."""
        if self._session is not None:
            await self._session.close()

    async def read(self, target: str, etag: str, most_bytes: int | None = None) -> Answer:
        """GET over a kept connection.

        Raises:
            Unreachable: nobody answered.
            TooLarge: the answer has more than `most_bytes`.
        """
        headers = {"If-None-Match": etag} if etag else {}
        return await self._send(self.session, "GET", target, headers, None, most_bytes)

    async def write(self, method: str, target: str, body: object) -> Answer:
        """One write, sent once, over a connection of its own: a kept one may be gone already, and look like a loss.

        Raises:
            Unreachable: nobody answered; `left` tells whether the request may have reached Kitsu.
        """
        headers = {"Content-Type": "application/json"}
        connector = aiohttp.TCPConnector(ssl=self._tls(), force_close=True)
        async with self._open(connector, _send_once) as once:
            return await self._send(once, method, target, headers, orjson.dumps(body))

    async def log_in(self) -> None:
        """Sign in with login and password.

        Raises:
            SignInRefused: Kitsu takes neither, or the account needs two factors.
        """
        login = self._credentials.login
        try:
            await log_in(login, self._credentials.password, client=self)
            if not self.access_token:
                raise AuthFailedException
        except (AuthFailedException, NotAuthenticatedException) as error:
            raise SignInRefused(
                f"Kitsu at {self.host} does not take the login {login!r} with this password. Check KITSU_LOGIN and "
                "KITSU_PASSWORD; an account with two-factor sign-in needs a bot token instead."
            ) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unreachable(self.host, error, self._proxy()) from error
        except Exception as error:
            raise Unavailable(f"Signing in to {self.host} failed: {type(error).__name__}.") from error

    async def refreshed(self) -> bool:
        """Renew an expired token by the refresh token; False when that one is refused too."""
        try:
            await self.refresh_access_token()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unreachable(self.host, error, self._proxy()) from error
        except Exception:  # noqa: BLE001  gazu raises its whole family here, and all of it means the same
            return False
        return True

    async def _send(
        self,
        http: aiohttp.ClientSession,
        method: str,
        target: str,
        headers: dict[str, str],
        content: bytes | None,
        most_bytes: int | None = None,
    ) -> Answer:
        url = f"{self.host}/{target}"
        headers = self.make_auth_header() | headers
        try:
            async with http.request(method, url, headers=headers, data=content, allow_redirects=False) as response:
                return Answer.of(response.status, response.headers, await _read(response, most_bytes))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unreachable(self.host, error, self._proxy()) from error

    def _open(
        self, connector: aiohttp.TCPConnector, *middlewares: aiohttp.ClientMiddlewareType
    ) -> aiohttp.ClientSession:
        # Not by `trust_env`: that also takes a login out of ~/.netrc, which aiohttp refuses to send beside our token.
        proxy = self._proxy()
        return aiohttp.ClientSession(
            connector=connector,
            middlewares=middlewares,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=self._network.connect_seconds, sock_read=self._network.read_seconds
            ),
            proxy=proxy.address if proxy else None,
        )

    def _proxy(self) -> Proxy | None:
        """The proxy to ask through: the operator's, else the one that this machine names for such addresses."""
        if self._network.proxy:
            return Proxy(self._network.proxy, "KITSU_PROXY")
        parts = urlsplit(self.host)
        found = "" if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme, "")
        if not found:
            return None
        source = f"{parts.scheme.upper()}_PROXY or this machine's settings"
        if "://" not in found:
            return Proxy(f"http://{found}", source)
        if urlsplit(found).scheme not in {"http", "https"}:
            raise NotConfigured(
                f"Kitsu can be asked through http and https proxies only, not through {Proxy(found, source)}. Set "
                "KITSU_PROXY to one of these, or NO_PROXY to Kitsu's host."
            )
        return Proxy(found, source)

    def _tls(self) -> ssl.SSLContext | bool:
        if not self.host.startswith("https:"):
            return True
        if self._network.ca_bundle is not None:
            try:
                return ssl.create_default_context(cafile=str(self._network.ca_bundle))
            except OSError as error:
                why = error.strerror or "it holds no certificate"
                raise NotConfigured(
                    f"Cannot use the certificates in {self._network.ca_bundle}: {why}. Check KITSU_CA_BUNDLE."
                ) from error
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


async def _read(response: aiohttp.ClientResponse, most_bytes: int | None) -> bytes:
    """The body of an answer, given up as soon as it is larger than it may be."""
    if most_bytes is None:
        return await response.read()
    content = bytearray()
    async for part in response.content.iter_any():
        content += part
        if len(content) > most_bytes:
            raise TooLarge(f"The answer has more than {most_bytes:,} bytes.")
    return bytes(content)


async def _send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Hide a broken connection from aiohttp, which would send a GET, PUT or DELETE again (3.14 does, over fresh ones
    too): how often a read is tried is the session's to say, and a write never is tried again.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        if isinstance(error, aiohttp.ClientConnectorError):
            raise
        raise aiohttp.ClientError(str(error)) from error


def _unreachable(host: str, error: BaseException, proxy: Proxy | None) -> Unreachable:
    """Why nobody answered, and whether the request can have left this machine."""
    match error:
        case aiohttp.ClientHttpProxyError(status=407):
            why = f"{proxy}, wants a user name and a password; write them as http://user:password@host:port"
        case aiohttp.ClientHttpProxyError(status=status):
            why = f"{proxy}, does not let the request through ({status})"
        case aiohttp.ClientConnectorDNSError() if proxy:
            why = f"the name of {proxy}, does not resolve"
        case aiohttp.ClientProxyConnectionError() | aiohttp.ConnectionTimeoutError() if proxy:
            why = f"{proxy}, cannot be reached"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            why = "its certificate is not trusted here; set KITSU_CA_BUNDLE to the studio's CA file"
        case aiohttp.ClientConnectorDNSError():
            why = "the name does not resolve; check KITSU_HOST"
        case aiohttp.ClientConnectorError():
            why = "the connection was refused; see that Kitsu runs and that KITSU_HOST is right"
        case TimeoutError():
            why = "it did not answer in time"
        case _:
            why = f"the connection broke off, with {proxy}, in between" if proxy else "the connection broke off"
    never_stood = isinstance(
        error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.ClientHttpProxyError
    )
    return Unreachable(f"No answer from Kitsu at {host}: {why}.", left=not never_stood)

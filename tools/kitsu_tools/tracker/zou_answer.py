"""What Zou answers, and what each refusal means in our words: the one place where its failures become ours."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast
from urllib.parse import quote, urljoin, urlsplit

import orjson

from kitsu_tools.tracker.errors import KitsuError, NotFound, NotPermitted, Refused, SignInRefused, Unavailable

ERROR_FIELDS = frozenset({"message", "msg", "error", "login"})
"""One of these stands in every refusal of Zou, which are all JSON (seen on 1.0.97, read in 0.20.40 and 1.0.40)."""
MOST_BYTES = 100_000_000
"""Of any answer: three times the largest that Zou was seen to give, a feature's tasks as one list."""
MOST_SHOWN = 200
IN_FRONT = "Check KITSU_HOST, and KITSU_HEADERS_FILE where a sign-in proxy stands in front of Kitsu."


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. `data` is its JSON, None when there was none or it was not JSON, as in a proxy's pages.

    `asked` is the address that gave it, `location` where it sends us to, `secrets` what was sent and must not show.
    `content`: the bytes of a file, of which `part` tells where they lie in it (Content-Range).
    """

    status: int
    data: Any = field(repr=False)
    etag: str = ""
    is_json: bool = True
    retry_after: float | None = None
    asked: str = field(default="", repr=False)
    location: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    content: bytes = field(default=b"", repr=False)
    part: str = ""

    @classmethod
    def of(
        cls, status: int, headers: Mapping[str, str], content: bytes, asked: str = "", secrets: tuple[str, ...] = ()
    ) -> "Answer":
        """Read an answer; a body that is not JSON becomes None, never an exception."""
        data: Any = None
        is_json = False
        if content:
            with suppress(orjson.JSONDecodeError):
                data, is_json = orjson.loads(content), True
        return cls(
            status,
            data,
            headers.get("ETag", ""),
            is_json,
            _seconds(headers.get("Retry-After")),
            asked,
            headers.get("Location", ""),
            secrets,
            content if status == 206 or not is_json else b"",
            headers.get("Content-Range", ""),
        )

    @property
    def refuses_credential(self) -> bool:
        """True for Zou's 401, and for the 422 with `msg` that it gives to a garbage token (seen on 1.0.97)."""
        return self.from_kitsu and (self.status == 401 or (self.status == 422 and "msg" in self.fields))

    @property
    def from_kitsu(self) -> bool:
        """Whether a refusal (4xx) can be Zou's own, and not of something in front of it.

        Zou's 401 holds `msg`, `login` or `error`: true; `message` alone is what gateways answer.
        """
        if self.status == 401:
            return "msg" in self.fields or "login" in self.fields or self.fields.get("error") is True
        return self.is_json if self.status == 429 else not ERROR_FIELDS.isdisjoint(self.fields)

    @property
    def reason(self) -> str:
        """Zou's own words on one line, when it gave any, without a secret that they repeat."""
        said = str(self.fields.get("message") or self.fields.get("msg") or "")
        for secret in sorted(filter(None, self.secrets), key=len, reverse=True):
            said = said.replace(secret, "…")
        return " ".join(said.split())[:300]

    @property
    def fields(self) -> Mapping[str, Any]:
        """The data of an answer that is a record; nothing for any other."""
        data: object = self.data
        return cast("dict[str, Any]", data) if isinstance(data, dict) else {}


def failure_of(answer: Answer, host: str) -> KitsuError:
    """The error that an answer other than the documented success stands for."""
    said = f" Kitsu says: {answer.reason}" if answer.reason else ""
    if answer.refuses_credential:
        return SignInRefused(
            f"Kitsu at {host} refused the credential: the token is expired, revoked or not a token of this Kitsu. "
            "Set a valid KITSU_BOT_TOKEN (Kitsu: Admin, Bots) and restart, or renew the token file."
        )
    match answer.status:
        case 407:
            return Unavailable(
                f"A proxy on the way to {host} wants a user name and a password (407). Write them into KITSU_PROXY or "
                "HTTP_PROXY, as http://user:password@host:port."
            )
        case 429:
            return Unavailable(f"Kitsu at {host} asks to slow down (429). Try again later.", answer.retry_after)
        case status if 200 <= status < 300 or status == 304:
            return Unavailable(
                f"{host} answered {status} without the data Kitsu documents, as a proxy's page would. {IN_FRONT}"
            )
        case status if 300 <= status < 400:
            return Unavailable(f"{host} redirects ({status}){_redirected(answer, host)}")
        case status if 400 <= status < 500 and not answer.from_kitsu:
            what = "JSON of another kind" if answer.is_json else "no JSON"
            return Unavailable(f"What answers at {host} is not Kitsu's API ({status} with {what}). {IN_FRONT}")
        case 403:
            return NotPermitted(f"The signed-in role or its teams do not allow this.{said}")
        case 404:
            return NotFound(f"Kitsu has no such record.{said}")
        case 400 | 405 | 409 | 413 | 422:
            return Refused(f"Kitsu refused the request ({answer.status}).{said}")
        case status:
            by = "" if answer.from_kitsu else " Something in front of it says so."
            return Unavailable(
                f"Kitsu at {host} is not working at the moment ({status}).{said}{by}", answer.retry_after
            )


def _redirected(answer: Answer, host: str) -> str:
    """Where a redirect points, and what to do about it. Never its query or `;jsessionid=…`, which may hold secrets."""
    try:
        to = urlsplit(urljoin(answer.asked, answer.location))
        origin = f"{to.scheme}://{to.netloc.rpartition('@')[2]}" if answer.location and to.hostname else ""
    except ValueError:
        to, origin = urlsplit(""), ""
    if not origin:
        return f": is a sign-in proxy in between? It does not say where to. {IN_FRONT}"
    asked, own = urlsplit(answer.asked), urlsplit(host).path
    shown = f"{_harmless(origin + to.path.partition(';')[0])}, where nothing was sent"
    is_upgrade = to.hostname == asked.hostname and (asked.scheme, to.scheme) == ("http", "https")
    # Kitsu is where the path of the request follows; an upgrade to https may drop it.
    prefix = to.path.removesuffix(f"/api{asked.path.removeprefix(own)}")
    is_kitsu = prefix != to.path and f"{origin}{prefix}" != host.removesuffix("/api")
    if not is_kitsu and is_upgrade:
        is_kitsu, prefix = True, own.removesuffix("/api")
    if not is_kitsu or to.scheme not in {"https", asked.scheme}:  # to what is less safe, nobody is advised to go
        return f": is a sign-in proxy in between? It wants to send us to {shown}. {IN_FRONT}"
    advice = "Set" if is_upgrade or to.netloc == asked.netloc else "If that is your Kitsu, set"
    return f" to {shown}. {advice} KITSU_HOST to {_harmless(f'{origin}{prefix}')}."


def _harmless(address: str) -> str:
    """An address as a line of a message: nothing but plain characters, and not too many."""
    return quote(address, safe="/:[]@!$&'()*+,;=%~")[:MOST_SHOWN]


def moment_of(header: str) -> datetime:
    """The moment that an HTTP date names. One with the zone -0000 is UTC too, and comes without a zone from Python.

    Raises:
        ValueError: it is not a date.
    """
    try:
        moment = parsedate_to_datetime(header)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    except (TypeError, OverflowError) as error:
        raise ValueError(header) from error


def _seconds(header: str | None) -> float | None:
    """Retry-After in seconds: a number or an HTTP date. None when it is neither."""
    if not header:
        return None
    try:
        if header.strip().isdecimal():
            return float(header)
        return max(0.0, (moment_of(header) - datetime.now(UTC)).total_seconds())
    except ValueError:
        return None

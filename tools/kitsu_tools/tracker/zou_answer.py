"""What Zou answers, and what each refusal means in our words: the one place where its failures become ours."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
from typing_extensions import TypeIs

from kitsu_tools.tracker.errors import KitsuError, NotFound, NotPermitted, Refused, SignInRefused, Unavailable


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. `data` is its JSON, None when there was none or it was not JSON, as in a proxy's pages."""

    status: int
    data: Any
    etag: str = ""
    is_json: bool = True
    retry_after: float | None = None

    @classmethod
    def of(cls, status: int, headers: Mapping[str, str], content: bytes) -> "Answer":
        """Read an answer; a body that is not JSON becomes None, never an exception."""
        data: Any = None
        is_json = False
        if content:
            with suppress(orjson.JSONDecodeError):
                data, is_json = orjson.loads(content), True
        return cls(status, data, headers.get("ETag", ""), is_json, _seconds(headers.get("Retry-After")))

    @property
    def refuses_credential(self) -> bool:
        """True for 401, and for the 422 with `msg` that Zou gives to a garbage token (seen on 1.0.97)."""
        return self.status == 401 or (self.status == 422 and "msg" in self.fields)

    @property
    def reason(self) -> str:
        """Zou's own words, when it gave any."""
        return str(self.fields.get("message") or self.fields.get("msg") or "").strip()[:300]

    @property
    def fields(self) -> Mapping[str, Any]:
        """The data of an answer that is a record; nothing for any other."""
        return self.data if _is_object(self.data) else {}


def _is_object(data: object) -> TypeIs[dict[str, Any]]:
    return isinstance(data, dict)


def failure_of(answer: Answer, host: str) -> KitsuError:
    """The error that an answer other than the documented success stands for."""
    said = f" Kitsu says: {answer.reason}" if answer.reason else ""
    if answer.refuses_credential:
        return SignInRefused(
            f"Kitsu at {host} refused the credential: the token is expired, revoked or not a token of this Kitsu. "
            "Set a valid KITSU_BOT_TOKEN (Kitsu: Admin, Bots) and restart, or renew the token file."
        )
    match answer.status:
        case 403:
            return NotPermitted(f"The signed-in role or its teams do not allow this.{said}")
        case 404 if answer.is_json:
            return NotFound(f"Kitsu has no such record.{said}")
        case 404:
            return Unavailable(f"What answers at {host} is not Kitsu's API (404 without JSON): check KITSU_HOST.")
        case 400 | 405 | 409 | 413 | 422:
            return Refused(f"Kitsu refused the request ({answer.status}).{said}")
        case 407:
            return Unavailable(
                f"A proxy on the way to {host} wants a user name and a password (407). Write them into KITSU_PROXY or "
                "HTTP_PROXY, as http://user:password@host:port."
            )
        case 429:
            return Unavailable(f"Kitsu at {host} asks to slow down (429). Try again later.", answer.retry_after)
        case status if 200 <= status < 300:
            return Unavailable(f"{host} answered {status} without the data Kitsu documents, as a proxy's page would.")
        case status if 300 <= status < 400:
            return Unavailable(
                f"{host} redirects ({status}): is a sign-in proxy in between, or is KITSU_HOST http for https?"
            )
        case status:
            return Unavailable(f"Kitsu at {host} is not working at the moment ({status}).{said}", answer.retry_after)


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

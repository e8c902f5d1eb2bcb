"""One signed-in connection to Kitsu: strict about answers, patient with reads, and never sending a write twice."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Set
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from anyio import to_thread
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from kitsu_tools.tracker.cached import SingleFlight
from kitsu_tools.tracker.connection import Credentials, Network
from kitsu_tools.tracker.errors import LostAnswer, NotConfigured, SignInRefused, TooLarge, Unavailable, Unreachable
from kitsu_tools.tracker.upload import Upload
from kitsu_tools.tracker.zou_answer import MOST_BYTES, Answer, failure_of

if TYPE_CHECKING:
    from kitsu_tools.tracker.transport import KitsuClient

READ_ATTEMPTS = 3
NO_CONTENT = 204
REFUSED_SIGN_IN_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 10.0


class KitsuSession:
    """Requests to one Kitsu as one identity. Use it inside one event loop, and close it there.

    `writes` counts the writes that ended, so that nobody takes what was read before one for what is there after it.
    `absent`, where it is set, tells which of some productions, by id, are not there for this server: no read answers a
    record of theirs, whoever asks for it and by whatever route. Zou writes `project_id` into all that hang on one but
    comments, previews and where an asset is cast in (seen on 1.0.97); whoever reads those finds their task or entity.
    """

    def __init__(self, credentials: Credentials, network: Network) -> None:
        self.credentials = credentials
        self._network = network
        self._opened: KitsuClient | None = None
        self._signing_in = SingleFlight()
        self._refused: SignInRefused | None = None
        self._refused_at = float("-inf")
        self.writes = 0
        self.absent: Callable[[Set[str]], Awaitable[Set[str]]] | None = None

    async def open(self) -> "KitsuClient":
        """The HTTP client, made at first use: importing gazu takes 0.3 s, which no start should wait for."""
        if self.credentials.missing:
            raise NotConfigured(self.credentials.missing)
        if self._opened is None:
            make = await to_thread.run_sync(_import_client, abandon_on_cancel=True)
            self._opened = self._opened or make(self.credentials, self._network)
        client = self._opened
        if not client.access_token:
            await self._signing_in.work(lambda: bool(client.access_token), partial(self._sign_in, client))
        return client

    async def close(self) -> None:
        """Close the connections. The credential stays valid: nothing is logged out."""
        if self._opened is not None:
            await self._opened.close()

    async def read(self, path: str, params: Mapping[str, str] | None = None, most_bytes: int = MOST_BYTES) -> Any:  # noqa: ANN401  what Zou answers
        """GET `path` and return its JSON. Tried up to three times when nobody or no working Zou answers.

        Raises:
            TooLarge: it has more than `most_bytes`; the rest was not read.
            KitsuError: whatever else it was, in our words.
        """
        return (await self.read_if_changed(path, params, most_bytes=most_bytes)).data

    async def read_if_changed(
        self, path: str, params: Mapping[str, str] | None = None, etag: str = "", most_bytes: int = MOST_BYTES
    ) -> Answer:
        """GET with the ETag of an earlier answer; `Answer.status` 304 says that nothing changed since."""
        target = f"{path}?{urlencode(params)}" if params else path
        answer = await self._get(target, {"If-None-Match": etag} if etag else {}, most_bytes, _is_data)
        return answer if self.absent is None else await self._without_absent(answer, self.absent)

    async def question(self, path: str, body: object) -> Any:  # noqa: ANN401  what Zou answers
        """POST a question, which writes nothing, and return what is answered. It is asked once.

        Raises:
            KitsuError: as `read`.
        """
        answer = await (await self.open()).write("POST", path, body)
        if not _is_data(answer):
            raise failure_of(answer, self.credentials.host)
        return (answer if self.absent is None else await self._without_absent(answer, self.absent)).data

    async def fetch(self, path: str, most_bytes: int, start: int | None = None) -> Answer:
        """GET a file, or `most_bytes` of it from `start` on where what answers can (206; else all of it, 200). Tried
        as `read` is.

        Raises:
            TooLarge: it has more than `most_bytes`; the rest was not read.
            KitsuError: whatever else it was, in our words.
        """
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if start is not None:
            headers["Range"] = f"bytes={start}-{start + most_bytes - 1}"
        return await self._get(path, headers, most_bytes, _is_file)

    async def _get(
        self, target: str, headers: Mapping[str, str], most_bytes: int, is_good: Callable[[Answer], bool]
    ) -> Answer:
        retrying = AsyncRetrying(
            retry=retry_if_exception_type((Unreachable, Unavailable)),
            stop=stop_after_attempt(READ_ATTEMPTS) | stop_after_delay(self._network.read_seconds),
            wait=_wait,
            reraise=True,
        )
        return await retrying(self._read_once, target, headers, most_bytes, is_good)

    async def write(
        self, method: str, path: str, body: object, expect: int, told: Callable[[int], Awaitable[None]] | None = None
    ) -> Any:  # noqa: ANN401  what Zou answers
        """Send one write, once, and return its JSON (None for a route that documents 204).

        `expect` is the one status that the route documents as success: any other is a failure. An `Upload` goes as a
        form's file, of which `told` hears how many bytes are out.

        Raises:
            LostAnswer: it may have taken effect; only reading Kitsu tells.
            KitsuError: it certainly did not: Zou said so, or the connection never stood.
        """
        client = await self.open()
        try:
            if isinstance(body, Upload):
                answer = await client.upload(method, path, body, told)
            else:
                answer = await client.write(method, path, body)
            self.writes += 1
        except (Unreachable, TooLarge) as error:
            self.writes += 1
            if isinstance(error, Unreachable) and not error.left:
                raise
            raise LostAnswer(f"{error} Whether the write took effect is unknown.") from error
        if answer.status == expect and (answer.data is not None or expect == NO_CONTENT):
            return answer.data
        failure = failure_of(answer, self.credentials.host)
        if isinstance(failure, Unavailable) and not (answer.status == 429 and answer.from_kitsu):
            raise LostAnswer(f"{failure} Whether the write took effect is unknown.")
        raise failure

    async def _read_once(
        self, target: str, headers: Mapping[str, str], most_bytes: int, is_good: Callable[[Answer], bool]
    ) -> Answer:
        client = await self.open()
        used = client.access_token
        answer = await client.read(target, headers, most_bytes)
        if answer.refuses_credential and await self._renew(client, used):
            answer = await client.read(target, headers, most_bytes)
        if answer.status == (304 if "If-None-Match" in headers else None) or is_good(answer):
            return answer
        raise failure_of(answer, self.credentials.host)

    async def _without_absent(self, answer: Answer, absent: Callable[[Set[str]], Awaitable[Set[str]]]) -> Answer:
        """An answer without records of productions that are not there: a record that is one, or in a list at its top or
        one below.

        Raises:
            NotFound: it is such a record itself.
        """
        below: Iterable[Any] = answer.fields.values() or (answer.data,)
        lists: list[list[Any]] = [one for one in below if isinstance(one, list)]
        own, rows = _production(answer.fields), [row for one in lists for row in one]
        projects = {own, *map(_production, rows)} - {""}
        gone = await absent(projects) if projects else projects
        if own in gone:
            raise failure_of(Answer(404, {"error": True}), self.credentials.host)
        for one in lists if gone else ():
            one[:] = [row for row in one if _production(row) not in gone]
        return answer

    async def _sign_in(self, client: "KitsuClient") -> None:
        if self.credentials.has_token:
            client.access_token = self.credentials.token()
            return
        # Zou locks an account after a few wrong passwords, and an agent that is refused soon asks again.
        if self._refused is not None and time.monotonic() - self._refused_at < REFUSED_SIGN_IN_SECONDS:
            raise self._refused
        try:
            await client.log_in()
        except SignInRefused as error:
            self._refused, self._refused_at = error, time.monotonic()
            raise

    async def _renew(self, client: "KitsuClient", used: str | None) -> bool:
        """Replace a refused token where there is a way to: another reader did, the file holds a new one, or a login."""

        async def renew() -> None:
            if self.credentials.has_token or not await client.refreshed():
                await self._sign_in(client)

        await self._signing_in.work(lambda: client.access_token != used, renew)
        return client.access_token != used


def _is_data(answer: Answer) -> bool:
    return answer.status == 200 and answer.data is not None


def _is_file(answer: Answer) -> bool:
    """No page of a proxy in its place."""
    is_page = answer.content.lstrip()[:1] == b"<"
    return bool(answer.content) and (answer.status == 206 or (answer.status == 200 and not is_page))


def _production(record: object) -> str:
    """The production that a record says it is of; empty for none."""
    return str(cast("dict[str, Any]", record).get("project_id") or "") if isinstance(record, dict) else ""


def _import_client() -> "type[KitsuClient]":
    from kitsu_tools.tracker.transport import KitsuClient

    return KitsuClient


_backoff = wait_random_exponential(multiplier=0.2, max=2.0)


def _wait(state: RetryCallState) -> float:
    """Seconds before the next try of a read: what Kitsu asked for, up to ten, else a short growing pause."""
    error = state.outcome.exception() if state.outcome else None
    named = error.retry_after if isinstance(error, Unavailable) else None
    return min(named, LONGEST_WAIT_SECONDS) if named is not None else _backoff(state)

"""One call of every gazu function on the sandbox: what it sends, and whether an admin's bot gets an answer.

Functions that read are called first, then those that write, then those that remove, so that nothing is used after it is
gone.
"""

from __future__ import annotations

import inspect
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from references.gazu_sdk.modules import MODULES, functions, gazu
from references.gazu_sdk.samples import Samples

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import requests
    from gazu.client import KitsuClient

    from kitsu_sandbox.lifecycle import Connection

NOT_CALLED = {
    "events.run_client": "blocks until the connection ends",
    "person.invite_person": "sends mail",
}
"""The functions that no call is made of, and why."""


@dataclass
class Call:
    """What became of one call: what it sent, what an admin's bot met, and what an admin met after a bot's 403."""

    sent: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    bot: BaseException | None = None
    person: BaseException | None = None

    @property
    def person_only(self) -> bool:
        """Whether it works, but not with a bot's token."""
        return self.bot is not None and self.problem is None

    @property
    def problem(self) -> BaseException | None:
        """Why it does not work for anybody."""
        return self.person if isinstance(self.bot, gazu.exception.NotAllowedException) else self.bot

    @property
    def writes(self) -> bool:
        """Whether it sends anything but reads."""
        return any(method not in {"GET", "HEAD"} for method, _ in self.sent)


def calls(connection: Connection, folder: Path) -> dict[str, Call]:
    """Call every function that is not in `NOT_CALLED`, as `module.function`, on a sandbox as seeded."""
    bot = gazu.client.create_client(connection.host, access_token=connection.token("admin"))
    bot.event_host = connection.event_host
    person = gazu.client.create_client(connection.host)
    with closing(bot.session), closing(person.session):
        gazu.log_in(connection.admin_email, connection.password, client=person)
        samples = Samples(bot, person, folder)
        every = [f"{module}.{name}" for module in MODULES for name in functions(module)]
        made: dict[str, Call] = {}
        for name in sorted((one for one in every if one not in NOT_CALLED), key=_round):
            module, _, function = name.partition(".")
            made[name] = _called(functions(module)[function], samples.arguments(name), bot, person)
        return made


def _round(name: str) -> int:
    function = name.partition(".")[2]
    if function.startswith(("remove_", "delete_", "clear_", "uncast_", "push_", "close_")):
        return 2
    return int(not function.startswith(("all_", "get_", "build_", "download_", "guess_", "is_", "search_")))


def _called(function: Callable[..., Any], arguments: dict[str, Any], bot: KitsuClient, person: KitsuClient) -> Call:
    call = Call()

    def note(answer: requests.Response, **_: object) -> None:
        call.sent.append((answer.request.method or "", answer.status_code))

    def attempt(client: KitsuClient) -> BaseException | None:
        client.session.hooks["response"] = [note]
        named = {"client": client} if "client" in inspect.signature(function).parameters else {}
        try:
            answer = function(**arguments, **named)
            if isinstance(answer, gazu.events.socketio.Client):
                answer.disconnect()  # it would come back after every reset, for as long as the tests run
        except Exception as problem:  # noqa: BLE001  whatever a function raises is what is asked for
            return problem
        finally:
            client.session.hooks["response"] = []
        return None

    call.bot = attempt(bot)
    if isinstance(call.bot, gazu.exception.NotAllowedException):
        call.sent.clear()
        call.person = attempt(person)
    return call

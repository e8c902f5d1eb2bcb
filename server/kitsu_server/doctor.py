"""The command `doctor`: everything the server needs, one line each, and how to mend what is wrong."""

import os
import re
import sqlite3
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import orjson

from kitsu_server.settings import Settings
from kitsu_tools.catalog import CATALOG, TOOLSETS
from kitsu_tools.gate.journal import Journal
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.boards import AGE_SECONDS_WITHOUT_ETAG, NOTHING
from kitsu_tools.tracker.clock import clock
from kitsu_tools.tracker.errors import BadInput, KitsuError, Unavailable, listed, quoted
from kitsu_tools.tracker.kitsu import OWN_TASKS_ONLY, Kitsu
from kitsu_tools.tracker.model import Me, Project
from kitsu_tools.tracker.transport import KitsuClient, Reply
from kitsu_tools.tracker.zou_answer import IN_FRONT, failure_of, moment_of
from kitsu_tools.unseen import visible

OLDEST_ZOU = (1, 0, 40)
MOST_SKEW_SECONDS = 60
MOST_NAMES = 6
PROBE_BYTES = 65_536
VERSION = re.compile(r"[\w.+-]{1,40}")
HIDDEN = {"vendor": "sees only what is assigned to it", "client": "sees neither assignees nor concepts"}

Level = Literal["well", "note", "broken"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. "note": it works, but a person should know; "broken": the server cannot work like this."""

    level: Level
    about: str
    said: str


def run(settings: Settings) -> int:
    """Print every finding and return the exit code: 1 when one of them is broken."""
    return anyio.run(_print, settings)


async def examine(settings: Settings) -> AsyncGenerator[Finding]:
    """Every finding, in the order in which one depends on the other. Writes nothing to Kitsu."""
    credentials = settings.credentials
    zone, there = "", list[Project]()
    if credentials.missing:
        yield Finding("broken", "configuration", credentials.missing)
    else:
        yield Finding("well", "configuration", f"{credentials.host}, signing in with {_credential(settings)}")
        yield _tools(settings)
        for finding in _of_settings(settings):
            yield finding
        async with _opened(settings) as (client, kitsu):
            version = await _version(client)
            yield version
            if version.level != "broken":
                config = await _fetch(client, "api/config")
                yield _skew(config)
                me = await _me(kitsu)
                if isinstance(me, Me):
                    zone = me.time_zone
                    async for finding in _signed_in(settings, kitsu, me, there):
                        yield finding
                else:
                    yield me
                yield _indexer(config)
                yield await _events(client)
    yield _time_zone(settings.time_zone, zone)
    yield await _journal(settings, there)


async def _print(settings: Settings) -> int:
    encoding = sys.stdout.encoding or "ascii"
    marks = (
        {"well": "✓", "note": "!", "broken": "✗"} if _can("✓✗", encoding) else {"well": "+", "note": "!", "broken": "x"}
    )
    broken = 0
    async for finding in examine(settings):
        sys.stdout.write(f"{marks[finding.level]} {finding.about:<15} {visible(finding.said)}\n")
        sys.stdout.flush()
        broken += finding.level == "broken"
    verdict = (
        f"The server cannot work yet: mend what is marked {marks['broken']}." if broken else "The server can work."
    )
    sys.stdout.write(f"{verdict}\n")
    return 1 if broken else 0


def _can(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncGenerator[tuple[KitsuClient, Kitsu]]:
    """A client that is not signed in, for what needs no credential, and the Kitsu that the tools use."""
    client = KitsuClient(settings.credentials, settings.network)
    kitsu = Kitsu(settings.studio, settings.caller)
    try:
        yield client, kitsu
    finally:
        await client.close()
        await kitsu.close()


def _tools(settings: Settings) -> Finding:
    """What is listed and may be called."""
    given, every = [one for one in TOOLSETS if one in settings.toolsets], len(CATALOG)
    count = "all" if len(settings.tools) == every else f"{len(settings.tools)} of"
    only = ", those that only read (KITSU_READ_ONLY)" if settings.read_only else ""
    return Finding("well", "tools", f"{count} {every}: {', '.join(given)}{only}")


def _credential(settings: Settings) -> str:
    if settings.credentials.bot_token:
        return "KITSU_BOT_TOKEN"
    if settings.credentials.bot_token_file:
        return f"the token in {settings.credentials.bot_token_file}"
    return f"the login {settings.login} and its password"


def _of_settings(settings: Settings) -> Iterator[Finding]:
    """What can be said of settings that are enough, before anything is asked of Kitsu; nothing where all is usual."""
    if settings.unfilled:
        yield Finding("note", "placeholders", settings.unfilled)
    kitsu = urlsplit(settings.credentials.host)
    if kitsu.scheme == "http" and not _on_this_machine(kitsu.hostname or ""):
        said = f"The credential goes to {kitsu.hostname} in clear, for all on the way to read. Set KITSU_HOST to https."
        yield Finding("note", "encryption", said)
    if settings.headers_file:
        try:
            count = len(settings.network.headers())
            yield Finding("well", "headers", f"{count} from {settings.headers_file} go with every request to Kitsu")
        except KitsuError as error:
            yield Finding("broken", "headers", str(error))
    secret = filter(None, (settings.credentials.bot_token_file, settings.headers_file))
    if readable := [str(file) for file in secret if _open_to_others(file)]:
        yield Finding("note", "secrets", f"Other users of this machine can read {' and '.join(readable)}: chmod 600.")


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _open_to_others(file: Path) -> bool:
    """POSIX only: what Windows says of a file's mode tells nothing about who may read it."""
    try:
        return os.name == "posix" and bool(file.stat().st_mode & 0o044)
    except OSError:
        return False


async def _version(client: KitsuClient) -> Finding:
    """Whether Zou answers, and which."""
    about = "reachability"
    try:
        answer = await client.read("", "")
    except KitsuError as error:
        return Finding("broken", about, str(error))
    version = str(_field(answer.data, "version") or "") if answer.status == 200 else ""
    if not VERSION.fullmatch(version):
        error = failure_of(answer, client.host)
        hint = f" {IN_FRONT}" if isinstance(error, Unavailable) and "KITSU_HOST" not in str(error) else ""
        return Finding("broken", about, f"{error}{hint}")
    if _numbers(version) < OLDEST_ZOU:
        oldest = ".".join(map(str, OLDEST_ZOU))
        return Finding(
            "note",
            about,
            f"Zou {version} is older than {oldest}, which this server is made for. Update Kitsu.",
        )
    return Finding("well", about, f"Zou {version} answers")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _skew(fetched: Reply | None) -> Finding:
    """How far this machine's clock and Kitsu's are apart; a confirmation and "overdue" both go by the clock."""
    try:
        theirs = moment_of(fetched.headers["Date"]) if fetched else None
    except (KeyError, ValueError):
        theirs = None
    if theirs is None:
        return Finding("note", "clock", "Kitsu does not say what time it is, so the clocks cannot be compared.")
    seconds = round((theirs - datetime.now(UTC)).total_seconds())
    if abs(seconds) > MOST_SKEW_SECONDS:
        how = "behind" if seconds > 0 else "ahead of"
        return Finding("note", "clock", f"This machine is {abs(seconds)} s {how} Kitsu. Set both by NTP.")
    return Finding("well", "clock", f"this machine and Kitsu agree within {max(1, abs(seconds))} s")


async def _me(kitsu: Kitsu) -> Me | Finding:
    try:
        return await kitsu.directory.me.get()
    except KitsuError as error:
        return Finding("broken", "sign-in", str(error))


async def _signed_in(settings: Settings, kitsu: Kitsu, me: Me, there: list[Project]) -> AsyncGenerator[Finding]:
    """`there` is filled with the productions that KITSU_PROJECTS leaves."""
    yield _identity(me)
    try:
        projects = await kitsu.directory.open_projects.get()
        if kitsu.directory.is_limited:
            there += [*projects, *await kitsu.directory.closed_projects.get()]
            yield _limited(kitsu, there)
        yield _productions(projects, me, limited=kitsu.directory.is_limited)
        if settings.project:
            yield await _default_project(kitsu)
        if projects:
            yield await _boards(kitsu, projects[0])
        yield await _writing(settings, kitsu, me)
    except KitsuError as error:
        yield Finding("broken", "reading", str(error))


def _identity(me: Me) -> Finding:
    who = f"{me.name}, {'a bot' if me.is_bot else 'a person'} with the role {me.role}"
    if me.role == "admin":
        said = "Whoever can read its credential can do everything in Kitsu: a supervisor bot is enough."
        return Finding("note", "sign-in", f"{who}. {said}")
    if me.role in HIDDEN:
        said = f"This role {HIDDEN[me.role]}. To read a whole production take the role user."
        return Finding("note", "sign-in", f"{who}. {said}")
    return Finding("well", "sign-in", who)


def _limited(kitsu: Kitsu, there: Sequence[Project]) -> Finding:
    """What KITSU_PROJECTS comes to. It tells no more than an agent is told: no name of what is left out."""
    unmatched = kitsu.directory.unmatched(there)
    said = f"KITSU_PROJECTS leaves {listed((one.name for one in there), MOST_NAMES) or 'none'}; all else is not there"
    if unmatched:
        named = listed(map(quoted, unmatched), MOST_NAMES)
        said += f". It sees no production of the name or id {named}: write names as Kitsu has them, or ids."
    return Finding("note" if unmatched else "well", "limited", said)


def _productions(projects: Sequence[Project], me: Me, *, limited: bool) -> Finding:
    if projects:
        return Finding("well", "productions", listed((one.name for one in projects), MOST_NAMES))
    mend = "Create one in Kitsu." if me.role == "admin" else f"Add {me.name} to a production's team in Kitsu (Team)."
    mend = f"Correct KITSU_PROJECTS, where it leaves out the wrong ones, or: {mend}" if limited else mend
    return Finding("broken", "productions", f"It sees no open production. {mend}")


async def _default_project(kitsu: Kitsu) -> Finding:
    try:
        project = await kitsu.directory.project("")
    except BadInput as error:
        return Finding("note", "default", str(error))
    if not project.open:
        said = f"KITSU_PROJECT names {project.name}, which is closed: it can be read, not written to."
        return Finding("note", "default", said)
    return Finding("well", "default", f"{project.name}, by KITSU_PROJECT")


async def _boards(kitsu: Kitsu, project: Project) -> Finding:
    """How boards can be kept, seen on a board narrowed to no entity: see `kitsu_tools.tracker.boards`."""
    query = {"project_id": project.id, "compact": "true", "id": NOTHING}
    answer = await kitsu.session.read_if_changed("data/shots/with-tasks", query)
    compact = isinstance(answer.data, dict)
    if answer.etag and compact:
        return Finding("well", "board speed", "fast: compact boards, held and revalidated by ETag")
    aged = f"boards are read again when older than {AGE_SECONDS_WITHOUT_ETAG:.0f} s, and answers say `as_of`"
    if compact:
        said = f"medium: this Zou gives no ETag, so {aged}. Update Zou to 1.0.75 or newer for the fast way."
    elif answer.etag:
        said = "medium: boards are revalidated by ETag, but not compact. Is a proxy dropping `compact` from the query?"
    else:
        said = f"slow: this Zou gives neither compact boards nor ETags; {aged}. Update Zou to 1.0.75 or newer."
    return Finding("note", "board speed", said)


async def _writing(settings: Settings, kitsu: Kitsu, me: Me) -> Finding:
    if not any(entry.writes for entry in settings.tools):
        why = "by KITSU_READ_ONLY" if settings.read_only else "no toolset of KITSU_TOOLSETS has a tool for it"
        return Finding("well", "writing", f"nothing is written: {why}")
    if await kitsu.may_write():
        roles = {await kitsu.directory.role_on(project) for project in await kitsu.directory.open_projects.get()}
        own = "; only on tasks assigned to it" if roles <= OWN_TASKS_ONLY else ""
        return Finding("well", "writing", f"comments and statuses, each after a person's yes in the host{own}")
    said = f"A bot with the role {me.role} can only read. To let it comment, give it the role supervisor in Kitsu."
    return Finding("note", "writing", said)


def _indexer(fetched: Reply | None) -> Finding:
    there = bool(fetched and _field(_parsed(fetched), "indexer_configured"))
    said = f"{'there' if there else 'none'}; not needed, search goes by the names held here"
    return Finding("well", "search indexer", said)


async def _events(client: KitsuClient) -> Finding:
    fetched = await _fetch(client, "socket.io/?EIO=4&transport=polling")
    if fetched is not None and fetched.status == 200 and fetched.body.startswith(b"0{"):
        return Finding("well", "event stream", "answers; no tool needs it yet")
    return Finding("well", "event stream", "does not answer; no tool needs it yet")


def _time_zone(setting: str, person_zone: str) -> Finding:
    try:
        here = clock(setting, person_zone)
    except KitsuError as error:
        return Finding("broken", "time zone", str(error))
    source = "KITSU_TIMEZONE" if setting else "the signed-in person" if person_zone else "this machine"
    return Finding("well", "time zone", f"{here.zone.key}, from {source}; today is {here.today().isoformat()}")


async def _journal(settings: Settings, there: Sequence[Project]) -> Finding:
    """`there`: where KITSU_PROJECTS is set, the productions whose changes may be told of."""
    why = await anyio.to_thread.run_sync(_why_not_writable, settings.journal)
    if why:
        said = f"{settings.journal} cannot be written ({why}): every change would be refused. Set KITSU_JOURNAL."
        return Finding("broken", "journal", said)
    journal = Journal(settings.journal)
    try:
        unsettled = await journal.unsettled(settings.credentials.host)
    except KitsuError as error:
        return Finding("broken", "journal", str(error))
    finally:
        await journal.close()
    if settings.only is not None:
        shown = {encoded(one.name) for one in there}
        unsettled = [one for one in unsettled if one.address.partition("/")[0] in shown]
    if unsettled:
        tasks = listed((one.address for one in unsettled), MOST_NAMES)
        said = (
            f"The outcome of {len(unsettled)} sent changes is unknown: {tasks}. The server looks for them in "
            "Kitsu at its next start and before the next change, until a day after they were sent."
        )
        return Finding("note", "journal", said)
    return Finding("well", "journal", f"{settings.journal}, nothing unsettled")


def _why_not_writable(path: Path) -> str:
    """Empty when a journal can be kept there: the folder takes a file, and the file, if there is one, a change."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=path.parent) as probe:
            probe.write(bytes(PROBE_BYTES))
        if path.exists():
            with closing(sqlite3.connect(path)) as database:
                database.execute("begin immediate")
                database.rollback()
    except (OSError, sqlite3.Error) as error:
        return str(error)
    return ""


def _field(data: Any, name: str) -> Any:  # noqa: ANN401  somebody's JSON
    return cast("dict[str, Any]", data).get(name) if isinstance(data, dict) else None


def _parsed(reply: Reply) -> object:
    """The body as JSON, None when it is none."""
    try:
        return orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return None


async def _fetch(client: KitsuClient, target: str) -> Reply | None:
    """A plain GET without the credential; None when nobody answers, or at too great a length."""
    try:
        return await client.look(target, PROBE_BYTES)
    except KitsuError:
        return None

"""What the doctor looks at, each check a finding."""

import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import orjson
from anyio import to_thread

from kitsu_server.actions import command
from kitsu_server.settings import Settings
from kitsu_tools.catalog import CATALOG, TOOLSETS
from kitsu_tools.gate.journal import Journal
from kitsu_tools.live.live import examined
from kitsu_tools.read.admission import admission
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.boards import NOTHING
from kitsu_tools.tracker.clock import clock
from kitsu_tools.tracker.disk import MOST_BYTES, Disk
from kitsu_tools.tracker.errors import BadInput, KitsuError, Unavailable, counted, listed, quoted
from kitsu_tools.tracker.held_boards import AGE_SECONDS_WITHOUT_ETAG
from kitsu_tools.tracker.kitsu import KEPT, OWN_TASKS_ONLY, Kitsu
from kitsu_tools.tracker.model import Me, Project
from kitsu_tools.tracker.transport import KitsuClient, Reply
from kitsu_tools.tracker.zou_answer import IN_FRONT, failure_of, moment_of

OLDEST_ZOU = (1, 0, 40)
MOST_SKEW_SECONDS = 60
MOST_NAMES = 6
PROBE_BYTES = 65_536
VERSION = re.compile(r"[\w.+-]{1,40}")
NEEDED = (
    "ready, on the older protocols, which alone are served with it. Claude Code hears it once it is started with "
    "--dangerously-load-development-channels plugin:kitsu@kitsu-tools (or server:NAME), is signed in to claude.ai, and "
    "the organisation allows channels, none of which is seen from here"
)
HIDDEN = {"vendor": "sees only what is assigned to it", "client": "sees neither assignees nor concepts"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. "note": it works, but a person should know; "broken": the server cannot work like this."""

    level: Literal["well", "note", "broken"]
    about: str
    said: str


well, note, broken = (partial(Finding, level) for level in ("well", "note", "broken"))


def configuration(settings: Settings) -> Finding:
    """Whether there is enough to ask a Kitsu."""
    credentials, about = settings.credentials, "configuration"
    if credentials.missing:
        return broken(about, credentials.missing)
    if credentials.bot_token:
        means = "KITSU_BOT_TOKEN"
    elif credentials.bot_token_file:
        means = f"the token in {credentials.bot_token_file}"
    else:
        means = f"the login {settings.login} and its password"
    return well(about, f"{credentials.host}, signing in with {means}")


def tools(settings: Settings) -> Finding:
    """What is listed and may be called."""
    given, every = [one for one in TOOLSETS if one in settings.toolsets], len(CATALOG)
    count = "all" if len(settings.tools) == every else f"{len(settings.tools)} of"
    only = ", those that only read (KITSU_READ_ONLY)" if settings.read_only else ""
    return well("tools", f"{count} {every}: {', '.join(given)}{only}")


def settings_alone(settings: Settings) -> Iterator[Finding]:
    """What can be said of settings that are enough, before anything is asked of Kitsu; nothing where all is usual."""
    if settings.unfilled:
        yield note("placeholders", settings.unfilled)
    kitsu = urlsplit(settings.credentials.host)
    if kitsu.scheme == "http" and not _on_this_machine(kitsu.hostname or ""):
        said = f"The credential goes to {kitsu.hostname} in clear, for all on the way to read. Set KITSU_HOST to https."
        yield note("encryption", said)
    if settings.headers_file:
        try:
            count = len(settings.network.headers())
            yield well("headers", f"{count} from {settings.headers_file} go with every request to Kitsu")
        except KitsuError as error:
            yield broken("headers", str(error))
    if missing := [str(folder) for folder in settings.folders if not folder.is_dir()]:
        yield note("folders", f"KITSU_FOLDERS names {listed(missing)}, which this server finds no folder at.")
    elif settings.folders:
        yield well("folders", f"files are published out of {listed(map(str, settings.folders), MOST_NAMES)}, no other")
    secret = filter(None, (settings.credentials.bot_token_file, settings.headers_file))
    if readable := [str(file) for file in secret if _open_to_others(file)]:
        yield note("secrets", f"Other users of this machine can read {' and '.join(readable)}: chmod 600.")


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


async def version(client: KitsuClient) -> Finding:
    """Whether Zou answers, and which."""
    about = "reachability"
    try:
        answer = await client.read("", {})
    except KitsuError as error:
        return broken(about, str(error))
    found = str(answer.fields.get("version") or "") if answer.status == 200 else ""
    if not VERSION.fullmatch(found):
        error = failure_of(answer, client.host)
        hint = f" {IN_FRONT}" if isinstance(error, Unavailable) and "KITSU_HOST" not in str(error) else ""
        return broken(about, f"{error}{hint}")
    if tuple(int(part) for part in re.findall(r"\d+", found)[:3]) < OLDEST_ZOU:
        oldest = ".".join(map(str, OLDEST_ZOU))
        return note(about, f"Zou {found} is older than {oldest}, which this server is made for. Update Kitsu.")
    return well(about, f"Zou {found} answers")


async def fetched(client: KitsuClient, target: str) -> Reply | None:
    """A plain GET without the credential; None when nobody answers, or at too great a length."""
    try:
        return await client.look(target, PROBE_BYTES)
    except KitsuError:
        return None


def skew(config: Reply | None) -> Finding:
    """How far this machine's clock and Kitsu's are apart; a confirmation and "overdue" both go by the clock."""
    try:
        theirs = moment_of(config.headers["Date"]) if config else None
    except (KeyError, ValueError):
        theirs = None
    if theirs is None:
        return note("clock", "Kitsu does not say what time it is, so the clocks cannot be compared.")
    seconds = round((theirs - datetime.now(UTC)).total_seconds())
    if abs(seconds) > MOST_SKEW_SECONDS:
        how = "behind" if seconds > 0 else "ahead of"
        return note("clock", f"This machine is {abs(seconds)} s {how} Kitsu. Set both by NTP.")
    return well("clock", f"this machine and Kitsu agree within {max(1, abs(seconds))} s")


def identity(me: Me) -> Finding:
    """Who is signed in."""
    who = f"{me.name}, {'a bot' if me.is_bot else 'a person'} with the role {me.role}"
    if me.role == "admin":
        said = "Whoever can read its credential can do everything in Kitsu: a supervisor bot is enough."
        return note("sign-in", f"{who}. {said}")
    if me.role in HIDDEN:
        return note("sign-in", f"{who}. This role {HIDDEN[me.role]}. To read a whole production take the role user.")
    return well("sign-in", who)


def limited(kitsu: Kitsu, there: Sequence[Project]) -> Finding:
    """What KITSU_PROJECTS comes to. It tells no more than an agent is told: no name of what is left out."""
    unmatched = kitsu.directory.unmatched(there)
    said = f"KITSU_PROJECTS leaves {listed((one.name for one in there), MOST_NAMES) or 'none'}; all else is not there"
    if not unmatched:
        return well("limited", said)
    named = listed(map(quoted, unmatched), MOST_NAMES)
    return note(
        "limited", f"{said}. It sees no production of the name or id {named}: write names as Kitsu has them, or ids."
    )


def productions(projects: Sequence[Project], me: Me, *, limited: bool) -> Finding:
    """Which open ones there are."""
    if projects:
        return well("productions", listed((one.name for one in projects), MOST_NAMES))
    mend = "Create one in Kitsu." if me.role == "admin" else f"Add {me.name} to a production's team in Kitsu (Team)."
    mend = f"Correct KITSU_PROJECTS, where it leaves out the wrong ones, or: {mend}" if limited else mend
    return broken("productions", f"It sees no open production. {mend}")


async def default_project(kitsu: Kitsu) -> Finding:
    """What KITSU_PROJECT names."""
    try:
        project = await kitsu.directory.project("")
    except BadInput as error:
        return note("default", str(error))
    if not project.open:
        return note("default", f"KITSU_PROJECT names {project.name}, which is closed: it can be read, not written to.")
    return well("default", f"{project.name}, by KITSU_PROJECT")


async def boards(kitsu: Kitsu, project: Project) -> Finding:
    """How boards can be kept, seen on a board narrowed to no entity: see `kitsu_tools.tracker.boards`."""
    query = {"project_id": project.id, "compact": "true", "id": NOTHING}
    answer = await kitsu.session.read_if_changed("data/shots/with-tasks", query)
    compact = isinstance(answer.data, dict)
    if answer.etag and compact:
        return well("board speed", "fast: compact boards, held and revalidated by ETag")
    aged = f"boards are read again when older than {AGE_SECONDS_WITHOUT_ETAG:.0f} s, and answers say `as_of`"
    if compact:
        said = f"medium: this Zou gives no ETag, so {aged}. Update Zou to 1.0.75 or newer for the fast way."
    elif answer.etag:
        said = "medium: boards are revalidated by ETag, but not compact. Is a proxy dropping `compact` from the query?"
    else:
        said = f"slow: this Zou gives neither compact boards nor ETags; {aged}. Update Zou to 1.0.75 or newer."
    return note("board speed", said)


async def writing(settings: Settings, kitsu: Kitsu, me: Me) -> Finding:
    """What may be written, and by whose yes."""
    if not any(entry.writes for entry in settings.tools):
        why = "by KITSU_READ_ONLY" if settings.read_only else "no toolset of KITSU_TOOLSETS has a tool for it"
        return well("writing", f"nothing is written: {why}")
    if await kitsu.may_write():
        roles = {await kitsu.directory.role_on(project) for project in await kitsu.directory.open_projects.get()}
        own = "; only on tasks assigned to it" if roles <= OWN_TASKS_ONLY else ""
        return well("writing", f"what the role may, each change after a person's yes{own}")
    said = f"A bot with the role {me.role} can only read. To let it comment, give it the role supervisor in Kitsu."
    return note("writing", said)


def indexer(config: Reply | None) -> Finding:
    """Whether Kitsu runs a search indexer."""
    try:
        said: Any = orjson.loads(config.body) if config else None
    except orjson.JSONDecodeError:
        said = None
    there = isinstance(said, dict) and cast("dict[str, Any]", said).get("indexer_configured")
    said = "there; asked for misspelt names" if there else "none; not needed, search goes by the names held here"
    return well("search indexer", said)


async def events(kitsu: Kitsu) -> Finding:
    """Whether what happens in Kitsu is heard."""
    heard, said = await examined(kitsu)
    return (well if heard else note)("event stream", said)


async def actions(settings: Settings, kitsu: Kitsu) -> Finding:
    """Whether Kitsu's menu sends here, and the port for it can be had."""
    works, said = await command.examined(settings, kitsu)
    return (well if works else note)("actions", said)


async def channel(settings: Settings, kitsu: Kitsu, *, heard: bool) -> Finding:
    """Whether there is anything to tell Claude Code's channel, and what that needs besides. `heard`: events arrive."""
    about = "channel"
    if settings.channel is None or settings.live == "off":
        return note(about, "nothing is told: KITSU_LIVE is off, so nothing is heard. Set it to auto")
    try:
        await admission(kitsu, settings.channel)
    except KitsuError as error:
        return note(about, f"nothing is told: KITSU_CHANNEL: {error}")
    if not heard:
        return note(about, "nothing is told while the event stream is not connected")
    return well(about, NEEDED)


def time_zone(setting: str, person_zone: str) -> Finding:
    """What "today" is here."""
    try:
        here = clock(setting, person_zone)
    except KitsuError as error:
        return broken("time zone", str(error))
    source = "KITSU_TIMEZONE" if setting else "the signed-in person" if person_zone else "this machine"
    return well("time zone", f"{here.zone.key}, from {source}; today is {here.today().isoformat()}")


async def cache(settings: Settings) -> Finding:
    """Where boards and names are kept for the next start, and how much of them there is."""
    folder = settings.cache
    if folder is None:
        return well("cache", "nothing is kept for the next start: KITSU_CACHE is off, or this user has no home folder")
    if why := await to_thread.run_sync(_why_not_kept, folder):
        return note("cache", f"{folder} cannot be written ({why}): each start reads all anew. Set KITSU_CACHE.")
    count, size = await to_thread.run_sync(Disk(folder / KEPT).size)
    most = MOST_BYTES / 2**20
    return well("cache", f"{folder}, {counted(count, 'file')}, {size / 2**20:.1f} MB of at most {most:.0f}")


def _why_not_kept(folder: Path) -> str:
    """Empty where the folder takes files, or can be made."""
    there = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    if not there.is_dir():
        return f"{there} is no folder"
    return "" if os.access(there, os.W_OK | os.X_OK) else f"{there} may not be written to"


async def journal(settings: Settings, limited_to: Sequence[Project]) -> Finding:
    """Whether it can be kept. `limited_to`: where KITSU_PROJECTS is set, whose changes may be told of."""
    file = settings.journal
    if why := await to_thread.run_sync(_why_not_writable, file):
        return broken("journal", f"{file} cannot be written ({why}): every change would be refused. Set KITSU_JOURNAL.")
    kept = Journal(file)
    try:
        unsettled = await kept.unsettled(settings.credentials.host)
    except KitsuError as error:
        return broken("journal", str(error))
    finally:
        await kept.close()
    if settings.only is not None:
        shown = {encoded(one.name) for one in limited_to}
        unsettled = [one for one in unsettled if one.address.partition("/")[0] in shown]
    if not unsettled:
        return well("journal", f"{file}, nothing unsettled")
    tasks = listed((one.address for one in unsettled), MOST_NAMES)
    return note(
        "journal",
        f"The outcome of {len(unsettled)} sent changes is unknown: {tasks}. The server looks for them in "
        "Kitsu at its next start and before the next change, until a day after they were sent.",
    )


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

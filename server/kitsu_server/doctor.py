"""The command `doctor`: everything the server needs, one line each, and how to mend what is wrong."""

import sys
from collections.abc import AsyncGenerator

import anyio

from kitsu_server import checks
from kitsu_server.checks import Finding
from kitsu_server.settings import Settings
from kitsu_tools.tracker.errors import KitsuError
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project
from kitsu_tools.tracker.transport import KitsuClient
from kitsu_tools.unseen import visible


def run(settings: Settings) -> int:
    """Print every finding and return the exit code: 1 when one of them is broken."""
    return anyio.run(_print, settings)


async def examine(settings: Settings) -> AsyncGenerator[Finding]:
    """Every finding, in the order in which one depends on the other. Writes nothing to Kitsu."""
    zone, limited_to = "", list[Project]()
    yield checks.configuration(settings)
    if not settings.credentials.missing:
        yield checks.tools(settings)
        for finding in checks.settings_alone(settings):
            yield finding
        # The client is not signed in, for what needs no credential; Kitsu is what the tools use.
        client, kitsu = KitsuClient(settings.credentials, settings.network), Kitsu(settings.studio, settings.caller)
        try:
            reached = await checks.version(client)
            yield reached
            if reached.level != "broken":
                config = await checks.fetched(client, "api/config")
                yield checks.skew(config)
                async for finding in _signed_in(settings, kitsu, limited_to):
                    yield finding
                    if finding.about == "sign-in" and finding.level != "broken":
                        zone = (await kitsu.directory.me.get()).time_zone
                yield checks.indexer(config)
                stream = await checks.events(kitsu)
                yield stream
                if settings.channel is not None:
                    yield await checks.channel(settings, kitsu, heard=stream.level == "well")
                if settings.actions:
                    yield await checks.actions(settings, kitsu)
        finally:
            await client.close()
            await kitsu.close()
    yield checks.time_zone(settings.time_zone, zone)
    yield await checks.cache(settings)
    yield await checks.journal(settings, limited_to)


async def _signed_in(settings: Settings, kitsu: Kitsu, limited_to: list[Project]) -> AsyncGenerator[Finding]:
    """`limited_to` is filled with the productions that KITSU_PROJECTS leaves."""
    about = "sign-in"
    try:
        me = await kitsu.directory.me.get()
        yield checks.identity(me)
        about = "reading"
        projects = await kitsu.directory.open_projects.get()
        if kitsu.directory.is_limited:
            limited_to += [*projects, *await kitsu.directory.closed_projects.get()]
            yield checks.limited(kitsu, limited_to)
        yield checks.productions(projects, me, limited=kitsu.directory.is_limited)
        if settings.project:
            yield await checks.default_project(kitsu)
        if projects:
            yield await checks.boards(kitsu, projects[0])
        yield await checks.writing(settings, kitsu, me)
    except KitsuError as error:
        yield checks.broken(about, str(error))


async def _print(settings: Settings) -> int:
    marks = {"well": "✓", "note": "!", "broken": "✗"}
    try:
        "✓✗".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        marks |= {"well": "+", "broken": "x"}
    any_broken = False
    async for finding in examine(settings):
        sys.stdout.write(f"{marks[finding.level]} {finding.about:<15} {visible(finding.said)}\n")
        sys.stdout.flush()
        any_broken |= finding.level == "broken"
    mend = f"The server cannot work yet: mend what is marked {marks['broken']}."
    sys.stdout.write(f"{mend if any_broken else 'The server can work.'}\n")
    return int(any_broken)

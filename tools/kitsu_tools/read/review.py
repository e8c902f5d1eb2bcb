"""Review rooms: who is in a review, what is on screen, and what is shown, said and drawn there as it happens."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, cast

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import WRITTEN_IN_KITSU, Row, answer, within_budget
from kitsu_tools.arguments import KitsuHere, LiveHere, PlaylistNamed
from kitsu_tools.live.acts import Act
from kitsu_tools.live.lines import SOMEBODY, Line
from kitsu_tools.live.live import Live
from kitsu_tools.live.rooms import PEOPLE, STATE
from kitsu_tools.read.happenings import gap_notes, local
from kitsu_tools.read.waiting import wait
from kitsu_tools.tracker.addresses import relative
from kitsu_tools.tracker.clock import Clock
from kitsu_tools.tracker.errors import BadInput, NotFound, NotPermitted, counted, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person
from kitsu_tools.tracker.names import is_uuid
from kitsu_tools.tracker.review import Playlist, Room, Screen, fps_of, preview_of, text, time_of

MOST_ROWS = 100
UNTOLD = (
    "what is on screen is not known: Kitsu tells it only when somebody moves or joins, and no reader can ask for it"
)
CLAIMED = "who moved or drew is what their player says, which Kitsu does not check"
_CURSOR = re.compile(r"([0-9a-f]{8})\.(\d{1,12})")


async def get_review_room(kitsu: KitsuHere, live: LiveHere, playlist: PlaylistNamed) -> CallToolResult:
    """Show who is in the live review of a playlist and what is on everybody's screen, as far as Kitsu told. Only
    listens: nobody sees you.
    """
    room = await live.room(playlist)
    clock, people = await kitsu.clock(), await kitsu.directory.people.get()
    screen = room.screen
    notes = [] if room.people is not None else ["Kitsu did not say who is there: look again"]
    if screen is None:
        notes.append(UNTOLD)
    elif not room.sure:
        notes.append("the connection was lost since that was told: it may show something else by now")
    return answer(
        {
            "playlist": room.playlist.address,
            "people": [_named(one, people) for one in room.people or ()],
            "you_are_in": room.joined,
            "screen": await _on_screen(kitsu, live, room, screen, people, clock) if screen else None,
            "notes": [*notes, CLAIMED if screen else "", _unheard(live)],
        }
    )


async def follow_review(
    ctx: Context,
    kitsu: KitsuHere,
    live: LiveHere,
    playlist: PlaylistNamed,
    since: Annotated[str, Field(description="`since` of the answer before; empty: now")] = "",
    seconds: Annotated[int, Field(ge=0, le=3600, description="at most")] = 50,
) -> CallToolResult:
    """Wait until something is shown, said or drawn in a review. Returns that with shot, frame and timecode, and `since`
    to go on from.
    """
    reading = _Reading(await live.room(playlist), live.feed.last)
    if since.strip():
        reading.seq = _seq_of(since, live, reading)
    clock = await kitsu.clock()
    await live.lines.warm(reading.room.playlist.project)

    async def look() -> bool:
        return await _look(kitsu, live, reading, clock)

    reading.room.followers += 1
    try:
        await wait(ctx, seconds, look, lambda: live.feed.more(reading.seq), "Following the review")
    finally:
        reading.room.followers -= 1
    rows = within_budget(row for _, row in reading.found[:MOST_ROWS])
    if len(rows) < len(reading.found):
        reading.seq = reading.found[len(rows) - 1][0]
    return answer(
        {
            "under": reading.room.playlist.project.name,
            "columns": [
                "shot",
                f"at ({clock.zone.key})",
                "who",
                "what",
                "frame",
                "timecode",
                f"text {WRITTEN_IN_KITSU}",
            ],
            "rows": rows,
            "since": f"{live.feed.id}.{reading.seq}",
            "notes": [*reading.notes, CLAIMED if rows else "", _unheard(live)],
        }
    )


@dataclass(slots=True)
class _Reading:
    """Where following has come to in the feed, and the rows that it found, each with its number there."""

    room: Room
    seq: int
    found: list[tuple[int, Row]] = field(default_factory=list[tuple[int, Row]])
    notes: list[str] = field(default_factory=list[str])


async def _look(kitsu: Kitsu, live: Live, reading: _Reading, clock: Clock) -> bool:
    """Read on in the feed; whether there is reason to wait."""
    if reading.found:
        return False
    playlist = reading.room.playlist
    news = live.feed.after(reading.seq)
    reading.notes += gap_notes(news.gaps, clock)
    if news.forgotten:
        reading.notes.append("more happened since then than is held here")
    ours = [one for one in news.acts if one.project_id == playlist.project.id and one.in_room in {"", playlist.id}]
    told = [one for one in ours if not one.in_room and one.kinds & {"comment", "status", "preview"}]
    lines = {id(one.act): one for one in await live.lines.of(told)} if told else {}
    shown = await _addresses(live, playlist)
    for act in ours:
        if act.in_room:
            reading.found.append((act.seq, await _room_row(kitsu, live, playlist, act, clock)))
        elif (line := lines.get(id(act))) and line.address.partition(":")[0] in shown:
            reading.found.append((act.seq, _line_row(line, clock)))
    reading.seq = news.until
    live.stream.require_token()
    return not reading.found


async def _addresses(live: Live, playlist: Playlist) -> set[str]:
    """Of what is in a playlist."""
    names = await live.naming.of(playlist.project, set())
    return {entity.address for one, _ in playlist.shown if (entity := names.entity(one))}


async def _room_row(kitsu: Kitsu, live: Live, playlist: Playlist, act: Act, clock: Clock) -> Row:
    """What was told in the room."""
    people = await kitsu.directory.people.get()
    if PEOPLE in act.names:
        parts = [
            f"{', '.join(_named(one, people) for one in ids)} {what}"
            for what, ids in (("joined", act.facts["came"]), ("left", act.facts["went"]))
            if ids
        ]
        return ["", local(act.at, clock), "", "; ".join(parts), None, "", ""]
    screen = cast("Screen", act.facts["screen"])
    seen = await live.screens.seen(playlist.project, screen)
    by, what = screen.by, f"shows {replace(seen, frame=None).says}"
    if STATE not in act.names:
        by, what = act.fact("by"), _done(act.facts, seen.preview)
    who = _named(by, people) if by in people else SOMEBODY
    shot = relative(seen.address, playlist.project.name)
    return [shot, local(act.at, clock), who, what, seen.frame, seen.timecode, ""]


def _done(facts: Mapping[str, Any], preview: str) -> str:
    if (view := facts["view"]) is not None:
        x, y, zoom = view
        return f"{facts['done']} {zoom:.2f} at {x:.0f}, {y:.0f}"
    if facts["done"] == "version":
        return "changed the version"
    return f"{facts['done']} {counted(facts['count'], 'thing')} on {preview or 'the screen'}"


def _line_row(line: Line, clock: Clock) -> Row:
    """What Kitsu tells of what is in the playlist."""
    shot = relative(line.address, line.project.name)
    return [shot, local(line.act.at, clock), line.who, line.what, None, "", line.text]


def _named(person_id: str, people: Mapping[str, Person]) -> str:
    return people[person_id].label if person_id in people else "somebody whom you may not see"


def _unheard(live: Live) -> str:
    why = live.stream.state.why
    return f"nothing is heard at the moment: {why}" if why else ""


def _seq_of(since: str, live: Live, reading: _Reading) -> int:
    made = _CURSOR.fullmatch(since.strip())
    if made is None:
        raise BadInput(f"since: {quoted(since)} is not the `since` of an answer of follow_review.")
    if made[1] != live.feed.id:
        reading.notes.append("this server was started anew since: what a room was told before is not kept anywhere")
        return live.feed.last
    if int(made[2]) < reading.room.heard_after:
        reading.notes.append("this room was not listened to for a while since: what was told meanwhile is not kept")
    return min(int(made[2]), live.feed.last)


async def _on_screen(
    kitsu: Kitsu, live: Live, room: Room, screen: Screen, people: Mapping[str, Person], clock: Clock
) -> dict[str, Any]:
    seen = await live.screens.seen(room.playlist.project, screen)
    drawn = await _drawn(kitsu, live, room.playlist, screen, people)
    x, y, zoom = room.views.get("zoom", (0.0, 0.0, 0.0))
    known = {
        "shot": seen.address,
        "preview": seen.preview,
        "frame": seen.frame,
        "timecode": seen.timecode,
        "playing": screen.playing,
        "compared": seen.how.partition("compared with ")[2],
        "pan_zoom": [x, y, zoom] if zoom else None,
        "moved_by": _named(screen.by, people) if screen.by in people else "",
        "told_at": f"{local(room.told_at, clock)} ({clock.zone.key})",
        "drawn_columns": ["id", "what", "by", f"text {WRITTEN_IN_KITSU}"] if drawn else None,
        "drawn": within_budget(drawn),
    }
    return {key: one for key, one in known.items() if one not in (None, "", [])}


async def _drawn(
    kitsu: Kitsu, live: Live, playlist: Playlist, screen: Screen, people: Mapping[str, Person]
) -> list[Row]:
    """What is kept of what was drawn on what is on screen, if that is of this production."""
    if not is_uuid(screen.preview_id):
        return []
    try:
        preview = await preview_of(kitsu, screen.preview_id)
    except (NotFound, NotPermitted):
        return []
    task = (await live.naming.of(playlist.project, {preview.task_id})).task(preview.task_id)
    if task is None:
        return []
    entity = task.entity
    moment = time_of(screen.frame, fps_of(playlist.project, entity.data)) if preview.is_movie else 0.0
    return [
        [
            text(one.get("id"))[:8],
            text(one.get("type")),
            _named(text(one.get("createdBy")), people) if text(one.get("createdBy")) in people else "",
            text(one.get("text")),
        ]
        for one in preview.drawn_at(moment)
    ]

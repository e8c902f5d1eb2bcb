"""Cuts out of files and into them, by OpenTimelineIO: EDL, FCP XML and OTIO. Blocks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import orjson

from kitsu_tools.exchange.sheets import require_extra
from kitsu_tools.tracker.errors import BadInput

ADAPTERS = {".edl": "cmx_3600", ".xml": "fcp_xml", ".otio": "otio_json"}
"""By the ending of a file, what reads it."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of a cut by its name: `start` is its first frame in the cut, from 0, `frames` how many it has there."""

    name: str
    start: int
    frames: int
    about: dict[str, Any] = field(default_factory=dict[str, Any])


def clips_of(content: bytes, ending: str, fps: float) -> tuple[list[Clip], list[str]]:
    """The clips on the video tracks of a cut, in order, without what has no name: as Zou's own import names and counts
    them (`OTIOBaseResource`, 1.0.97); and what is wrong with the cut. `fps` is what the timecodes of an EDL count in.

    Raises:
        BadInput: it cannot be read.
    """
    require_extra("opentimelineio")
    notes: list[str] = []
    try:
        try:
            found = _clips(content, ending, fps)
        except Exception as error:
            if ending != ".edl":
                raise
            found = _clips(content, ending, fps, ignore_timecode_mismatch=True)  # as Zou reads them
            notes.append(f"the cut does not fit together and was read by the length of its clips: {_why(error)}")
    except Exception as error:  # noqa: BLE001  adapters raise errors of their own, of XML, of JSON, of Python
        raise BadInput(f"The cut cannot be read as {ADAPTERS[ending].replace('_', ' ')}: {_why(error)}.") from None
    named = [one for one in found if one.name]
    if not named:
        raise BadInput(f"No clip in the cut has a name; it has {len(found)} without.")
    without = len(found) - len(named)
    return named, [*notes, *([f"{without} clips without a name were left out"] if without else [])]


def otio_of(name: str, fps: float, clips: Iterable[Clip]) -> bytes:
    """A cut of these clips one after the other: each begins at its own first frame, and has no media."""
    require_extra("opentimelineio")
    import opentimelineio as otio  # pyright: ignore[reportMissingTypeStubs]  an extra

    io: Any = otio
    timeline = io.schema.Timeline(name)
    track = io.schema.Track("V1", kind=io.schema.TrackKind.Video)
    timeline.tracks.append(track)
    for one in clips:
        times = [io.opentime.RationalTime(frames, fps) for frames in (one.start, one.frames)]
        track.append(
            io.schema.Clip(one.name, source_range=io.opentime.TimeRange(*times), metadata={"kitsu": one.about})
        )
    made: str = io.adapters.write_to_string(timeline, "otio_json")
    return made.encode()


def _clips(content: bytes, ending: str, fps: float, **lenient: bool) -> list[Clip]:
    import opentimelineio as otio  # pyright: ignore[reportMissingTypeStubs]  an extra

    if ending == ".otio":  # its own reader crashes the process at what is nested deeper than orjson takes
        orjson.loads(content)
    io: Any = otio
    more: dict[str, Any] = {"rate": fps, **lenient} if ending == ".edl" else {}
    read = io.adapters.read_from_string(content.decode("utf-8-sig"), ADAPTERS[ending], **more)
    timelines = [read] if isinstance(read, io.schema.Timeline) else [*read]
    tracks = [track for timeline in timelines for track in timeline.video_tracks()]
    return [Clip(_name(clip), *_place(clip)) for track in tracks for clip in track.find_clips()]


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _name(clip: Any) -> str:  # noqa: ANN401  OpenTimelineIO has no types
    media = clip.media_reference
    for said in (clip.name, getattr(media, "name_prefix", ""), media.name, getattr(media, "target_url", "")):
        if said:
            return PurePath(str(said).replace("\\", "/")).stem if "." in said else str(said)
    return ""


def _place(clip: Any) -> tuple[int, int]:  # noqa: ANN401
    within = clip.range_in_parent()
    return within.start_time.to_frames(), clip.duration().to_frames()

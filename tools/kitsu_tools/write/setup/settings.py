"""The settings of a production: how agents write them, how Zou holds them, how a person reads them.

They are those of Kitsu's page (`ProductionParameters.vue`, `lib/productions.js` of cgwire/kitsu), and what Zou 1.0.97
keeps beside them. Zou checks resolution and style alone; what its columns do not hold it answers with 400.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, cast, get_args

from pydantic import BeforeValidator

from kitsu_tools.gate.change import Raw, Value
from kitsu_tools.gate.text import checked
from kitsu_tools.tracker.errors import BadInput, listed, quoted
from kitsu_tools.write.setup.names import name_wanted
from kitsu_tools.write.tasks.values import CLEAR, day_wanted

Name = Literal[
    "name",
    "code",
    "description",
    "start_date",
    "end_date",
    "status",
    "type",
    "style",
    "fps",
    "ratio",
    "resolution",
    "homepage",
    "man_days",
    "nb_episodes",
    "episode_span",
    "max_retakes",
    "revision_padding",
    "is_clients_isolated",
    "is_client_stats_visible",
    "is_client_task_list_visible",
    "is_client_task_panel_visible",
    "is_preview_download_allowed",
    "is_set_preview_automated",
    "is_publish_default_for_artists",
    "is_single_preview_per_revision",
    "is_frame_in_numbering",
]
"""As Zou calls them, but for three: `status`, `type`, `style`."""

TYPES = ("short", "featurefilm", "tvshow", "shots", "assets")
STYLES = (
    *("2d", "2dpaper", "3d", "2d3d", "ar", "vfx", "stop-motion", "motion-design", "archviz", "commercial"),
    *("catalog", "immersive", "nft", "video-game", "vr"),
)
AS_TEXTS = BeforeValidator(
    lambda given: (
        {one: str(value) for one, value in cast("dict[str, object]", given).items() if value is not None}
        if isinstance(given, dict)
        else given
    )
)
"""Models write numbers, yes and no as such, and null for what they leave out."""
OPEN, CLOSED = "open", "closed"
_YES, _NO = frozenset({"yes", "true", "on", "1"}), frozenset({"no", "false", "off", "0"})
_DAY = 10


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `column` is Zou's, `read` makes a text that an agent wrote Zou's value, on this day."""

    column: str
    read: Callable[[str, str, date], Raw]
    shown: Callable[[Raw], str]

    def value(self, raw: Raw) -> Value:
        """What Zou holds, and how a person reads it."""
        return Value(raw, self.shown(raw))


def setting_wanted(name: Name, text: str, today: date) -> Raw:
    """What Zou is to hold; of the status its name.

    Raises:
        BadInput: it is no value of this setting.
    """
    return SETTINGS[name].read(text, name, today)


def held(name: Name, record: Mapping[str, Any]) -> Raw:
    """What a production's record holds."""
    raw = record.get(SETTINGS[name].column)
    if name in {"start_date", "end_date"}:
        return str(raw)[:_DAY] if raw else None
    return "" if raw is None and name in {"code", "description"} else raw


def plain_text(text: str, what: str, today: date) -> Raw:
    """A text of any lines, empty to clear it."""
    del today
    return "" if text.strip().casefold() == CLEAR else checked(text, what)


def line(most: int) -> Callable[[str, str, date], Raw]:
    """One line of at most so many characters."""
    return lambda text, what, _: name_wanted(text, what, most)


def _date(text: str, what: str, today: date) -> Raw:
    wanted = day_wanted(text, what, today)
    return wanted[:_DAY] if wanted else None


def one_of(*words: str) -> Callable[[str, str, date], Raw]:
    """One of these words, in lower case."""

    def read(text: str, what: str, today: date) -> Raw:
        del today
        plain = text.strip().casefold()
        if plain not in words:
            raise BadInput(f"{what}: {quoted(text)} is none of {listed(words, len(words))}.")
        return plain

    return read


def like(pattern: str, example: str, most: int) -> Callable[[str, str, date], Raw]:
    """What fits a pattern, of which an example is told."""

    def read(text: str, what: str, today: date) -> Raw:
        del today
        plain = text.strip()
        if not re.fullmatch(pattern, plain, re.ASCII) or len(plain) > most:
            raise BadInput(f"{what}: {quoted(text)} is not one. Write it as {example}.")
        return plain

    return read


def whole(most: int) -> Callable[[str, str, date], Raw]:
    """A whole number from 0 to the highest."""

    def read(text: str, what: str, today: date) -> Raw:
        del today
        plain = "0" if text.strip().casefold() == CLEAR else text.strip()
        if not re.fullmatch(r"\d{1,7}", plain, re.ASCII) or int(plain) > most:
            raise BadInput(f"{what}: {quoted(text)} is no whole number from 0 to {most:,}.")
        return int(plain)

    return read


def flag(text: str, what: str, today: date) -> Raw:
    """Yes or no."""
    del today
    plain = text.strip().casefold()
    if plain not in _YES | _NO:
        raise BadInput(f"{what}: {quoted(text)} is neither yes nor no.")
    return plain in _YES


def plainly(raw: Raw) -> str:
    """As it is; `none` where there is nothing."""
    return CLEAR if raw in (None, "") else str(raw)


def yes(raw: Raw) -> str:
    """Yes or no."""
    return "yes" if raw else "no"


SETTINGS: Mapping[Name, Setting] = {
    "name": Setting("name", line(80), plainly),
    "code": Setting("code", line(80), plainly),
    "description": Setting("description", plain_text, plainly),
    "start_date": Setting("start_date", _date, plainly),
    "end_date": Setting("end_date", _date, plainly),
    "status": Setting("project_status_id", one_of(OPEN, CLOSED), plainly),
    "type": Setting("production_type", one_of(*TYPES), plainly),
    "style": Setting("production_style", one_of(*STYLES), plainly),
    "fps": Setting("fps", like(r"[1-9]\d{0,2}(\.\d{1,3})?", "24 or 23.976", 10), plainly),
    "ratio": Setting("ratio", like(r"\d+(\.\d+)?:\d+(\.\d+)?", "16:9 or 2.39:1", 10), plainly),
    "resolution": Setting("resolution", like(r"(\d{3,4})?x\d{3,4}", "1920x1080 or x1080", 12), plainly),
    "homepage": Setting("homepage", one_of("assets", "shots", "sequences"), plainly),
    "man_days": Setting("man_days", whole(1_000_000), plainly),
    "nb_episodes": Setting("nb_episodes", whole(10_000), plainly),
    "episode_span": Setting("episode_span", whole(10_000), plainly),
    "max_retakes": Setting("max_retakes", whole(1000), plainly),
    "revision_padding": Setting("revision_padding", whole(10), plainly),
    **{name: Setting(name, flag, yes) for name in get_args(Name) if name.startswith("is_")},
}

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


def _text(text: str, what: str, today: date) -> Raw:
    del today
    return "" if text.strip().casefold() == CLEAR else checked(text, what)


def _name(most: int) -> Callable[[str, str, date], Raw]:
    return lambda text, what, _: name_wanted(text, what, most)


def _date(text: str, what: str, today: date) -> Raw:
    wanted = day_wanted(text, what, today)
    return wanted[:_DAY] if wanted else None


def _one_of(*words: str) -> Callable[[str, str, date], Raw]:
    def read(text: str, what: str, today: date) -> Raw:
        del today
        plain = text.strip().casefold()
        if plain not in words:
            raise BadInput(f"{what}: {quoted(text)} is none of {listed(words, len(words))}.")
        return plain

    return read


def _like(pattern: str, example: str, most: int) -> Callable[[str, str, date], Raw]:
    def read(text: str, what: str, today: date) -> Raw:
        del today
        plain = text.strip()
        if not re.fullmatch(pattern, plain, re.ASCII) or len(plain) > most:
            raise BadInput(f"{what}: {quoted(text)} is not one. Write it as {example}.")
        return plain

    return read


def _whole(most: int) -> Callable[[str, str, date], Raw]:
    def read(text: str, what: str, today: date) -> Raw:
        del today
        plain = "0" if text.strip().casefold() == CLEAR else text.strip()
        if not re.fullmatch(r"\d{1,7}", plain, re.ASCII) or int(plain) > most:
            raise BadInput(f"{what}: {quoted(text)} is no whole number from 0 to {most:,}.")
        return int(plain)

    return read


def _flag(text: str, what: str, today: date) -> Raw:
    del today
    plain = text.strip().casefold()
    if plain not in _YES | _NO:
        raise BadInput(f"{what}: {quoted(text)} is neither yes nor no.")
    return plain in _YES


def _plainly(raw: Raw) -> str:
    return CLEAR if raw in (None, "") else str(raw)


def _yes(raw: Raw) -> str:
    return "yes" if raw else "no"


SETTINGS: Mapping[Name, Setting] = {
    "name": Setting("name", _name(80), _plainly),
    "code": Setting("code", _name(80), _plainly),
    "description": Setting("description", _text, _plainly),
    "start_date": Setting("start_date", _date, _plainly),
    "end_date": Setting("end_date", _date, _plainly),
    "status": Setting("project_status_id", _one_of(OPEN, CLOSED), _plainly),
    "type": Setting("production_type", _one_of(*TYPES), _plainly),
    "style": Setting("production_style", _one_of(*STYLES), _plainly),
    "fps": Setting("fps", _like(r"[1-9]\d{0,2}(\.\d{1,3})?", "24 or 23.976", 10), _plainly),
    "ratio": Setting("ratio", _like(r"\d+(\.\d+)?:\d+(\.\d+)?", "16:9 or 2.39:1", 10), _plainly),
    "resolution": Setting("resolution", _like(r"(\d{3,4})?x\d{3,4}", "1920x1080 or x1080", 12), _plainly),
    "homepage": Setting("homepage", _one_of("assets", "shots", "sequences"), _plainly),
    "man_days": Setting("man_days", _whole(1_000_000), _plainly),
    "nb_episodes": Setting("nb_episodes", _whole(10_000), _plainly),
    "episode_span": Setting("episode_span", _whole(10_000), _plainly),
    "max_retakes": Setting("max_retakes", _whole(1000), _plainly),
    "revision_padding": Setting("revision_padding", _whole(10), _plainly),
    **{name: Setting(name, _flag, _yes) for name in get_args(Name) if name.startswith("is_")},
}

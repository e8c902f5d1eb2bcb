"""What somebody did, out of the several events by which Zou tells of it: a comment is four, a publish six or more.

The same joining serves the stream and Zou's log, which holds the same events: only how long it waits differs.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import takewhile
from sys import intern
from typing import Any, Literal, TypeAlias

from kitsu_tools.live.events import Event

ActKind = Literal["comment", "status", "preview", "assignment", "task", "entity", "casting", "other"]
ENTITIES = frozenset({"asset", "concept", "edit", "episode", "scene", "sequence", "shot"})

Key: TypeAlias = tuple[str, str]

ROOM = "preview-room:"
"""How the names of what is told in review rooms begin. What is said there is told only to who asks for that room."""

_NOISE = frozenset(
    {
        "api-event",
        "build-job",
        "chat",
        "chat-message",
        "desktop-login-log",
        "main",
        "notification",
        "preview-room",
        "search-filter",
        "search-filter-group",
        "subscription",
    }
)
"""Private to somebody, or about how Kitsu works: told by no line."""

_KIND_OF: Mapping[str, ActKind] = {
    "comment:reply": "comment",
    "task:status-changed": "status",
    "task:to-review": "status",
    "task:assign": "assignment",
    "task:unassign": "assignment",
    "comment": "comment",
    "preview-file": "preview",
    "task": "task",
    "entity-link": "casting",
    "asset_instance": "casting",
    "asset-instance": "casting",
}
"""By whole names, then by what stands before the colon."""

_BESIDE = frozenset({"comment:update", "task:update", "task:update-casting-stats", "preview-file:new"})
"""Tell nothing of their own where another event of the act does."""

NEVER_LOGGED = frozenset(
    {"comment:acknowledge", "comment:unacknowledge", "comment:delete-reply", "task:update-casting-stats"}
)
"""Only told live (Zou 1.0.97)."""

PEOPLE = {"task:assign": "assigned", "task:unassign": "unassigned"}


@dataclass(slots=True, eq=False)
class Act:
    """One thing that was done. `facts`: the payloads of its events, the later before the earlier; `names`: theirs.

    `seq` numbers what the feed holds, from 1. `author`: the person's id, where the log or the news tells it. `source`
    says where it was heard of.
    """

    at: float
    project_id: str
    source: Literal["stream", "log", "news"] = "stream"
    last: float = 0.0
    seq: int = 0
    author: str = ""
    names: set[str] = field(default_factory=set[str])
    facts: dict[str, Any] = field(default_factory=dict[str, Any])

    def fact(self, name: str) -> str:
        """A text out of the payloads, empty where there is none."""
        value = self.facts.get(name)
        return value if isinstance(value, str) else ""

    @property
    def in_room(self) -> str:
        """The playlist in whose review room it was, by id; empty for what Kitsu itself tells of."""
        return self.fact("playlist_id") if all(name.startswith(ROOM) for name in self.names) else ""

    @property
    def identity(self) -> str:
        """What stays of it from one reading of the log to the next."""
        return f"{self.at:.0f} {sorted(self.names)} {self.fact('comment_id') or sorted(map(str, self.facts.values()))}"

    @property
    def key(self) -> tuple[str, str, str]:
        """By what the same act is known again that was heard of in another way."""
        name = "comment:new" if "comment:new" in self.names else min(self.telling)
        ids = (
            value for field in ("reply_id", "comment_id", "preview_file_id", "task_id") if (value := self.fact(field))
        )
        return self.project_id, name, next(ids, "") or str(sorted(map(str, self.facts.values())))

    @property
    def telling(self) -> set[str]:
        """The names that tell something of their own, or all where none does."""
        return (self.names - _BESIDE) or self.names

    @property
    def kinds(self) -> set[ActKind]:
        """What kinds of act it is: a comment may be a status and a preview too."""
        return {_kind(name) for name in self.telling}

    def add(self, event: Event) -> None:
        """One more event of it."""
        self.names.add(intern(event.name))
        for name, value in event.payload.items():
            if name == "person_id" and event.name in PEOPLE:
                self.facts.setdefault(PEOPLE[event.name], []).append(value)
            elif name != "project_id":
                self.facts[intern(name)] = value
        self.last = max(self.last, event.at)
        self.author = self.author or event.author

    def take_in(self, other: "Act") -> None:
        """Another that turns out to be this one."""
        self.names |= other.names
        self.facts |= other.facts
        self.last = max(self.last, other.last)


class Joining:
    """Puts the events of one act together: those that belong together by their ids and come within `quiet` seconds of
    each other; of a comment up to its last one, for which it waits `longest` seconds at most.
    """

    def __init__(self, quiet: float, longest: float, source: Literal["stream", "log"]) -> None:
        self._quiet = quiet
        self._longest = longest
        self._source: Literal["stream", "log"] = source
        self._open: list[Act] = []
        self._late: dict[Key, tuple[float, Set[str]]] = {}
        self._by_key: dict[Key, Act] = {}

    def __bool__(self) -> bool:
        return bool(self._open)

    def of(self, events: Iterable[Event]) -> Iterator[Act]:
        """The acts of events that are all there, oldest first."""
        for event in events:
            yield from self.ended(event.at)
            yield from self.take(event)
        yield from self.ended(float("inf"))

    def take(self, event: Event) -> list[Act]:
        """One more event, and the acts that it ends."""
        noun = event.name.partition(":")[0]
        if noun == "news":
            return self._end_of_comment(event)
        if noun in _NOISE:
            return []
        keys, claims = _keys(event)
        found = self._belonging(event, keys)
        if found is None:
            # What belongs to an act that was told without waiting for it tells nothing.
            if event.name in _BESIDE and any(self._is_late(event, key) for key in keys):
                return []
            found = Act(event.at, event.project_id, self._source, event.at, author=event.author)
            self._open.append(found)
        found.add(event)
        for key in (*keys, *claims):
            self._by_key[key] = found
        return []

    def ended(self, now: float) -> list[Act]:
        """The acts of which nothing more is to be expected."""
        done = [one for one in self._open if now - one.last >= self._patience(one) or now - one.at >= 2 * self._longest]
        return self._close(done) if done else []

    def _patience(self, act: Act) -> float:
        """A comment has its own last event, whatever Zou does in between."""
        return self._longest if "comment:new" in act.names else self._quiet

    def _close(self, done: list[Act]) -> list[Act]:
        gone, now = set(map(id, done)), max(one.last for one in done)
        for key in list(takewhile(lambda one: self._late[one][0] <= now, self._late)):  # they stand in order
            del self._late[key]
        for key, act in self._by_key.items():
            if id(act) in gone:
                _, names = self._late.pop(key, (0.0, frozenset[str]()))
                self._late[key] = act.last + self._longest, names | (_BESIDE - act.names)
        self._open = [one for one in self._open if id(one) not in gone]
        self._by_key = {key: one for key, one in self._by_key.items() if id(one) not in gone}
        return done

    def _is_late(self, event: Event, key: Key) -> bool:
        until, names = self._late.get(key, (0.0, frozenset[str]()))
        return event.at < until and event.name in names

    def _belonging(self, event: Event, keys: list[Key]) -> Act | None:
        """The act that it is one more event of, as one where it shows that several are."""
        found = {id(act): act for key in keys if (act := self._by_key.get(key)) and act.author == event.author}
        acts = sorted((one for one in found.values() if one.project_id == event.project_id), key=lambda one: one.at)
        for other in acts[1:]:
            acts[0].take_in(other)
            self._open.remove(other)
            self._by_key |= {key: acts[0] for key, one in self._by_key.items() if one is other}
        return acts[0] if acts else None

    def _end_of_comment(self, event: Event) -> list[Act]:
        """`news:new` is the last event of a comment (Zou 1.0.97), and names but its status."""
        status = event.payload.get("task_status_id")
        ended = [
            one
            for one in self._open
            if {"comment:new", "task:update"} <= one.names
            and one.project_id == event.project_id
            and one.fact("task_status_id") == status
        ]
        return self._close(ended[:1]) if ended else []


def _keys(event: Event) -> tuple[list[Key], list[Key]]:
    """By what an event is known to belong to an act, and by what further keys later ones belong to that of this."""
    name, payload = event.name, event.payload

    def key(what: str, field: str) -> list[Key]:
        value = payload.get(field)
        return [(what, value)] if isinstance(value, str) else []

    task, own_comment = key("task", "task_id"), key("comment", "comment_id")
    match name.partition(":"):
        case "comment", _, "new":
            return own_comment, [*task, *key("status", "task_id")]
        case "comment", _, "update":
            return own_comment, []
        case "comment", _, _:
            return key(name, "reply_id") or key(name, "comment_id"), task
        case "task", _, "assign" | "unassign":
            return key("assignment", "task_id"), task
        case "task", _, "status-changed" | "to-review":
            return key("status", "task_id"), task
        case "task", _, _:
            return task, []
        case "preview-file", _, _:
            return [*own_comment, *key("preview", "preview_file_id")], []
        case noun, _, _:
            return [*key(noun, f"{noun.replace('-', '_')}_id"), *key(noun, f"{noun.capitalize()}_id")], []


def _kind(name: str) -> ActKind:
    noun, _, verb = name.partition(":")
    if verb == "casting-update":
        return "casting"
    if noun in ENTITIES:
        return "entity"
    return _KIND_OF.get(name) or _KIND_OF.get(noun) or "other"

"""Endpoints found by what they do, in words, or by their path."""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from kitsu_tools.endpoints import words
from kitsu_tools.endpoints.specification import METHODS, PLACEHOLDER, Endpoint, Specification
from kitsu_tools.likeness import alike, words_alike
from kitsu_tools.tracker.names import is_uuid

PLAIN_RECORD = "Plain record"
"""How the note of an endpoint begins that writes one row, where another does all that belongs to it."""

LEAST_HELD = 0.4
"""The share of a question's words that an endpoint must hold to answer it at all."""

HALF_HELD = 0.5
LEAST_LIKED = 2.2
"""How well an endpoint must be liked that holds no more than half of them."""

_CANDIDATES = 60
_TABLES = (
    "create virtual table short using fts5(summary, end, path, tokenize='porter unicode61')",
    "create virtual table long using fts5(description, fields, tokenize='porter unicode61')",
)
# Apart, so that a long description does not count against its endpoint: bm25 measures whole rows.
_QUERY = """
select rowid, -sum(score) from (
  select rowid, bm25(short, 2.0, 3.0, 2.0) score from short where short match ?1
  union all
  select rowid, bm25(long, 0.5, 0.2) from long where long match ?1
) group by rowid order by 2 desc, 1 limit ?2
"""
_HOLDS = """
select exists(select 1 from short where short match ?1 and rowid = ?2)
    or exists(select 1 from long where long match ?1 and rowid = ?2)
"""
_VERB = re.compile(rf"({'|'.join(METHODS)}|head|options|trace|connect)\s+(?=\S*/)", re.IGNORECASE)
_DENIED = re.compile(r"\bnot\b[^.,;:]*", re.IGNORECASE)
"""What a note says that the endpoint is not: who asks for that does not mean this one."""

_PATH = re.compile(r"(https?://)?\S*/\S*")
_OPEN = re.compile(r"\{.*\}|<.*>|:\w+|\*+|\$\{?\w+\}?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Route:
    """A path as it was asked for: its parts below /api, and a method where one was named.

    `rooted`: nothing but a path is written like this; without, `shots/assets` may be words.
    """

    method: str
    parts: tuple[str, ...]
    rooted: bool

    def __str__(self) -> str:
        return f"{self.method} /{'/'.join(self.parts)}".strip()


def route_of(text: str) -> Route | None:
    """The path that a text is; None when it is words."""
    verb = _VERB.match(text)
    method, path = (verb[1].upper(), text[verb.end() :]) if verb else ("", text)
    if not _PATH.fullmatch(path):
        return None
    try:
        parts = [unquote(part) for part in urlsplit(path).path.split("/") if part]
    except ValueError:  # an address with half an IPv6 host
        return None
    rooted = bool(method) or path.lower().startswith(("/", "http"))
    start = next((position for position, part in enumerate(parts, 1) if part.lower() == "api"), 0)
    if start and (rooted or start == 1 or start < len(parts)):  # without: `rest/api` may be words
        return Route(method, tuple(parts[start:]), rooted=True)
    return Route(method, tuple(parts), rooted)


class Index:
    """The endpoints of one version. Made in 30 ms; then words take two milliseconds, and a path less."""

    def __init__(self, specification: Specification) -> None:
        self.version = specification.version
        self.left_out = specification.left_out
        self._entries = [_Entry(one) for one in specification.endpoints]
        self._found = sqlite3.connect(":memory:", check_same_thread=False)
        for table in _TABLES:
            self._found.execute(table)
        self._found.executemany("insert into short values (?, ?, ?)", (one.short for one in self._entries))
        self._found.executemany("insert into long values (?, ?)", (one.long for one in self._entries))

    def search(self, text: str) -> list[Endpoint]:
        """The endpoints that these words may mean, best first."""
        return self.matches(text)[0]

    def matches(self, text: str) -> tuple[list[Endpoint], bool]:
        """The endpoints that these words may mean, best first, and whether the best does hold what they ask for."""
        said = words.words(text)
        meant = words.meant(said)
        if not meant:
            return [], False
        asked = " OR ".join(f'"{word}"' for word in meant)
        found: list[tuple[int, float]] = self._found.execute(_QUERY, (asked, _CANDIDATES)).fetchall()
        if not found:
            return [], False
        question = _Question(said, meant)
        best = found[0][1]
        scored = [(question.likes(self._entries[row - 1]) * (score / best) ** 0.5, row) for row, score in found]
        rows = [row for _, row in sorted(scored, key=lambda one: (-one[0], one[1]))]
        return [self._entries[row - 1].endpoint for row in rows], self._fits(said, question, rows[0])

    def _fits(self, said: Sequence[str], question: "_Question", row: int) -> bool:
        """Whether an endpoint holds enough of the words of a question, in one of the ways to say them."""
        asked = [
            " OR ".join(f'"{one}"' for one in words.meant([word]))
            for word in dict.fromkeys(said)
            if word in words.INSTEAD or word not in words.IGNORED | words.GENERIC | words.VAGUE
        ]
        held = sum(self._found.execute(_HOLDS, (one, row)).fetchone()[0] for one in asked)
        share = held / len(asked) if asked else 0.0
        if share > HALF_HELD:
            return True
        return share >= LEAST_HELD and question.likes(self._entries[row - 1]) >= LEAST_LIKED

    def at(self, route: Route) -> list[Endpoint]:
        """The endpoints of a path, whatever their methods: those that share most of its words as they are."""
        parts = [part.lower() for part in route.parts]
        fits = [(same, one.endpoint) for one in self._entries if (same := one.literal(parts)) is not None]
        most = max((same for same, _ in fits), default=None)
        return [endpoint for same, endpoint in fits if same == most]

    def nearest(self, route: Route) -> list[str]:
        """The paths that look most like a wrong one, with their methods."""
        methods: dict[str, list[str]] = {}
        for one in self._entries:
            methods.setdefault(one.endpoint.path, []).append(one.endpoint.method)
        paths = list(methods)
        asked = "/" + "/".join("{}" if is_uuid(part) or _OPEN.fullmatch(part) else part for part in route.parts)
        shapes = [PLACEHOLDER.sub("{}", path) for path in paths]
        near = alike(asked[:300], shapes, most=4)
        return [f"{'|'.join(methods[paths[position]])} {paths[position]}" for _, _, position in near]


class _Entry:
    """One endpoint, with what finding it needs."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        # What stands before, between and after the placeholders of each part.
        self._parts = [PLACEHOLDER.split(part)[::2] for part in endpoint.path.lower().split("/") if part]
        bare = re.sub(r"^/(data|actions)(?=/)", "", endpoint.path).replace("{instance_id}", "").replace("_id}", "}")
        parts = [part for part in bare.split("/") if part]
        end = next((part for part in reversed(parts) if not part.startswith("{")), "")
        rest = " ".join(part for part in parts if part is not end)
        end = words.WITH_TASKS if end == "with-tasks" else end
        self.short = (endpoint.summary, _spaced(end), _spaced(rest))
        fields = " ".join(
            f"{_spaced(field.name.removesuffix('_id'))} {field.meaning}"
            for field in (*endpoint.query_fields, *endpoint.body_fields)
        )
        self.long = (f"{endpoint.description} {_DENIED.sub('', endpoint.note)}", fields)
        self.does = [
            "user" if word == "my" else word
            for word in dict.fromkeys(_spaced(f"{endpoint.summary} {end}").lower().split())
            if word not in words.GENERIC
        ]
        self.held_by = [
            frozenset(_spaced(name.removesuffix("_id")).split())
            for name in PLACEHOLDER.findall(endpoint.path)
            if name != "instance_id"
        ]
        self.of_one = endpoint.path.endswith("}")
        self.of_all = "/all" in endpoint.path
        self.plain = endpoint.note.startswith(PLAIN_RECORD)
        self.apart = [names for path, names in words.APART if path.match(endpoint.path)]

    def literal(self, parts: Sequence[str]) -> tuple[int, int] | None:
        """How many of these parts, in lower case, the path has as they are, and how many characters of the others.

        None when it is another path.
        """
        if len(parts) != len(self._parts):
            return None
        same = characters = 0
        for asked, own in zip(parts, self._parts, strict=True):
            if not _fits(own, asked):
                return None
            if len(own) == 1:
                same += 1
            else:
                characters += sum(map(len, own))
        return same, characters


class _Question:
    """A question in words."""

    def __init__(self, said: Sequence[str], meant: Sequence[str]) -> None:
        self._said = frozenset(said)
        self._method = next((words.METHODS[word] for word in said if word in words.METHODS), "GET")
        things = [word for word in meant if word not in words.GENERIC] or list(meant)
        self._things = " ".join(things)
        self._singular = frozenset(words.singular(word) for word in things)
        self._kind = next((kind for kind in words.ENTITIES if kind in self._singular), "entity")

    def likes(self, entry: _Entry) -> float:
        """How much more, or less, an endpoint is meant than its words alone tell."""
        does = self._renamed(entry)
        all_words, shared_words = words_alike(self._things, does)
        factor = 1 + all_words / 100 + shared_words / 200
        reads = self._method == "GET"
        if entry.endpoint.method == self._method:
            factor *= 1.5
            if reads and entry.of_one and not self._said & {"one", "single", "by", "id"}:
                factor *= 0.9
        for names in entry.apart:
            if not names & self._said:
                factor *= 0.4
        for names in entry.held_by:
            if not names & self._singular and not ("entity" in names and self._kind != "entity"):
                factor *= 0.92 if "project" in names else 0.85
        if entry.of_all and "all" not in self._said:
            factor *= 0.85
        return factor * 0.7 if entry.plain else factor

    def _renamed(self, entry: _Entry) -> str:
        """What the endpoint does, to the kind of entity that was asked for, without words that stand everywhere."""
        kinds = {"entity": self._kind, "entities": f"{self._kind}s"}
        kept = (
            kinds.get(word, word)
            for word in entry.does
            if (one := words.singular(word)) not in words.OF_A_PROJECT or one in self._singular
        )
        return " ".join(dict.fromkeys(kept))


def _fits(own: Sequence[str], asked: str) -> bool:
    """Whether a part begins, goes on and ends with these texts, with something between each two.

    Without a pattern: a path may come from an instance, and several `.+` in one pattern take for ever.
    """
    first, *between = own
    if not between:
        return asked == first
    last = between.pop()
    if not asked.startswith(first):
        return False
    end = len(first)
    for text in between:
        start = asked.find(text, end + 1)
        if start < 0:
            return False
        end = start + len(text)
    return asked.endswith(last) and len(asked) - len(last) > end


def _spaced(text: str) -> str:
    return re.sub(r"[{}/_.-]+", " ", text)

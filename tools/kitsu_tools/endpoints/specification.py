"""What a Zou's OpenAPI document says, read into plain records; the document of the pinned version is shipped.

Zou writes OpenAPI 3 with remains of Swagger 2 (`type` beside `in`, `in: formData`), and a document may come from an
instance, so nothing in it is taken for granted.
"""

import gzip
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from kitsu_tools.endpoints.pinned import DOCUMENT, PINNED
from kitsu_tools.tracker.errors import KitsuError
from kitsu_tools.tracker.names import is_uuid
from kitsu_tools.unseen import without_unseen

METHODS = ("get", "post", "put", "patch", "delete")
LONGEST_TEXT = 600
LONGEST_PATH = 300
MOST_ENDPOINTS = 5_000
MOST_FIELDS = 300
"""Of one endpoint: in its query, in its body, among its answers."""

DEEPEST = 5
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")

_MOST_VALUES = 200
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
"""Characters that mean something in one font alone."""

Json = Mapping[str, Any]


class Malformed(KitsuError):
    """A document that lists no endpoints; the message says what it is instead."""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a field of a body. `meaning` may be empty."""

    name: str
    kind: str
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path. `path` begins with `/`, below `/api`; `note` says what the document does not."""

    method: str
    path: str
    summary: str
    description: str
    path_fields: tuple[Field, ...]
    query_fields: tuple[Field, ...]
    body_type: str
    body_is_list: bool
    body_fields: tuple[Field, ...]
    answers: tuple[tuple[str, str], ...]
    note: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def line(self) -> str:
        """What it does, in a line."""
        first = re.split(r"(?<=\w\w[.])\s", self.description, maxsplit=1)[0]
        return shortened(first if 12 < len(first) <= 140 else self.summary or first, 140)


@dataclass(frozen=True, slots=True)
class Specification:
    """The endpoints of one version of Zou, by path, then as METHODS. `left_out`: how many more its document lists."""

    version: str
    endpoints: tuple[Endpoint, ...]
    left_out: int = 0


def shipped() -> Specification:
    """The pinned Zou's, from the package. Takes 30 ms."""
    return read(orjson.loads(gzip.decompress(DOCUMENT.read_bytes())), PINNED)


def read(document: object, version: str) -> Specification:
    """The endpoints of a document. What in it makes no sense is left out.

    Raises:
        Malformed: it lists no endpoints.
    """
    paths = _object(document).get("paths")
    if not isinstance(paths, dict) or not paths:
        raise Malformed("it lists no paths")
    listed = [
        (path, method, item)
        for path, item in ((path, _object(one)) for path, one in cast("Json", paths).items())
        if path.startswith("/") and len(path) <= LONGEST_PATH
        for method in METHODS
        if isinstance(item.get(method), dict)
    ]
    if not listed:
        raise Malformed("no path in it has a method")
    listed.sort(key=lambda one: one[0])
    kept = listed[:MOST_ENDPOINTS]
    endpoints = tuple(
        _endpoint(shortened(path, LONGEST_PATH), method, item[method], item) for path, method, item in kept
    )
    return Specification(version, endpoints, len(listed) - len(kept))


def shortened(text: str, most: int) -> str:
    """The text on one line, without characters that nobody sees; what is cut off shows as `…`."""
    plain = without_unseen(_BREAKS.sub(" ", _PRIVATE.sub("", text[: most * 4])))
    line = " ".join(plain.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _endpoint(path: str, method: str, operation: Json, item: Json) -> Endpoint:
    parameters = [_object(one) for one in [*_list(item.get("parameters")), *_list(operation.get("parameters"))]]
    body = _object(operation.get("requestBody"))
    body_type, schema = _content(body)
    for one in parameters:
        if one.get("in") == "body":
            body_type, schema = "application/json", _object(one.get("schema"))
    form = _most(_field(one) for one in parameters if one.get("in") == "formData")
    is_list = schema.get("type") == "array"
    return Endpoint(
        method=method.upper(),
        path=path,
        summary=_text(operation, "summary"),
        description=_text(operation, "description"),
        path_fields=tuple(_path_fields(path, parameters)),
        query_fields=_most(_field(one) for one in parameters if one.get("in") == "query"),
        body_type="multipart/form-data" if form else body_type,
        body_is_list=is_list,
        body_fields=form or _most(_body_fields(_object(schema.get("items")) if is_list else schema)),
        answers=tuple(_answers(_object(operation.get("responses")))),
        note=_text(operation, "x-note"),
    )


def _most(fields: Iterable[Field]) -> tuple[Field, ...]:
    """The first of these fields; where there are more, a last one says how many."""
    every = list(fields)
    more = len(every) - MOST_FIELDS
    return tuple(every) if more <= 0 else (*every[:MOST_FIELDS], Field("…", "", False, f"{more:,} more are left out"))


def _path_fields(path: str, parameters: Sequence[Json]) -> Iterator[Field]:
    """One for each placeholder: Zou describes some only half, and some not at all (seen on 1.0.97)."""
    described = {_word(one.get("name")): _field(one) for one in parameters if one.get("in") == "path"}
    for name in PLACEHOLDER.findall(path):
        kind = "uuid" if name.endswith("_id") else "string"
        known = described.get(name)
        yield Field(name, known.kind if known and known.kind else kind, True, known.meaning if known else "")


def _field(parameter: Json) -> Field:
    """A parameter; its type stands in `schema`, or beside it in the older manner."""
    schema = {**parameter, **_object(parameter.get("schema"))}
    return Field(
        shortened(_word(parameter.get("name")), 80), _kind(schema), parameter.get("required") is True, _meaning(schema)
    )


def _body_fields(schema: Json) -> Iterator[Field]:
    required = {one for one in _list(schema.get("required")) if isinstance(one, str)}
    for name, one in _object(schema.get("properties")).items():
        own = _object(one)
        yield Field(shortened(name, 80), _kind(own), name in required or own.get("required") is True, _meaning(own))


def _meaning(schema: Json) -> str:
    """What is said of it, or else an example, unless that is only some id."""
    example = schema.get("example")
    said = _text(schema, "description")
    return said if said or not isinstance(example, str) or is_uuid(example) else f"e.g. {shortened(example, 200)}"


def _kind(schema: Json, depth: int = 1) -> str:
    """`uuid`, `array of string`, `todo|done`, `boolean = false`: type, values and default in a few words."""
    kind = _words(schema.get("enum")) or _word(schema.get("format")) or _word(schema.get("type"))
    kind = kind or _words(schema.get("type"))
    if kind == "array" and depth < DEEPEST:
        items = _object(schema.get("items"))
        inside = ", ".join(_object(items.get("properties")))
        kind = f"array of {{{inside}}}" if inside else f"array of {_kind(items, depth + 1)}".removesuffix(" of ")
    default = _default(schema.get("default"))
    return shortened(f"{kind} = {default}" if default else kind, 200)


def _default(value: object) -> str:
    try:
        return "" if value is None else orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # nested deeper than it writes
        return ""


def _words(values: object) -> str:
    return "|".join(word for one in _list(values)[:_MOST_VALUES] if (word := "None" if one is None else _word(one)))


def _word(value: object) -> str:
    """A text or a number as text; nothing of what should be one and is a list or an object."""
    return str(value) if isinstance(value, str | int | float) else ""


def _answers(responses: Json) -> Iterator[tuple[str, str]]:
    for status, one in sorted(responses.items(), key=lambda pair: pair[0])[:MOST_FIELDS]:
        response = _object(one)
        kind, schema = _content(response)
        shape = _shape(schema) or (kind if kind != "application/json" else "")
        said = _text(response, "description")
        yield shortened(status, 10), f"{said}: {shape}" if said and shape else said or shape
    if len(responses) > MOST_FIELDS:
        yield "…", f"{len(responses) - MOST_FIELDS:,} more are left out"


def _shape(schema: Json, depth: int = 1) -> str:
    """`{id, name}` or `array of {id, name}`."""
    if schema.get("type") == "array":
        inside = _shape(_object(schema.get("items")), depth + 1) if depth < DEEPEST else ""
        return f"array of {inside}" if inside else "array"
    names = list(_object(schema.get("properties")))
    return shortened(f"{{{', '.join(names)}}}", LONGEST_TEXT) if names else ""


def _content(holder: Json) -> tuple[str, Json]:
    """The first content type of a body or an answer, and its schema."""
    for kind, one in _object(holder.get("content")).items():
        return shortened(kind, 80), _object(_object(one).get("schema"))
    return "", {}


def _text(holder: Json, name: str) -> str:
    value = holder.get(name)
    return shortened(value, LONGEST_TEXT) if isinstance(value, str) else ""


def _object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []

"""What a Zou's OpenAPI document says, read into plain records; the document of the pinned version is shipped.

Zou writes OpenAPI 3 with remains of Swagger 2 (`type` beside `in`, `in: formData`), and a document may come from an
instance, so nothing in it is taken for granted.
"""

import gzip
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from kitsu_tools.endpoints.pinned import DOCUMENT, PINNED
from kitsu_tools.tracker.names import is_uuid

METHODS = ("get", "post", "put", "patch", "delete")
LONGEST_TEXT = 600
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

Json = Mapping[str, Any]


class Malformed(ValueError):
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
    """The endpoints of one version of Zou, by path, then as METHODS."""

    version: str
    endpoints: tuple[Endpoint, ...]


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
    by_path = sorted((str(path), _object(item)) for path, item in cast("dict[Any, Any]", paths).items())
    endpoints = tuple(
        _endpoint(path, method, item[method], item)
        for path, item in by_path
        if path.startswith("/")
        for method in METHODS
        if isinstance(item.get(method), dict)
    )
    if not endpoints:
        raise Malformed("no path in it has a method")
    return Specification(version, endpoints)


def shortened(text: str, most: int) -> str:
    """The text on one line, without control characters; what is cut off shows as `…`."""
    line = " ".join(_UNPRINTABLE.sub(" ", text[: most * 4]).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _endpoint(path: str, method: str, operation: Json, item: Json) -> Endpoint:
    parameters = [_object(one) for one in [*_list(item.get("parameters")), *_list(operation.get("parameters"))]]
    body = _object(operation.get("requestBody"))
    body_type, schema = _content(body)
    for one in parameters:
        if one.get("in") == "body":
            body_type, schema = "application/json", _object(one.get("schema"))
    form = tuple(_field(one) for one in parameters if one.get("in") == "formData")
    is_list = schema.get("type") == "array"
    return Endpoint(
        method=method.upper(),
        path=shortened(path, 300),
        summary=_text(operation, "summary"),
        description=_text(operation, "description"),
        path_fields=tuple(_path_fields(path, parameters)),
        query_fields=tuple(_field(one) for one in parameters if one.get("in") == "query"),
        body_type="multipart/form-data" if form else body_type,
        body_is_list=is_list,
        body_fields=form or tuple(_body_fields(_object(schema.get("items")) if is_list else schema)),
        answers=tuple(_answers(_object(operation.get("responses")))),
        note=_text(operation, "x-note"),
    )


def _path_fields(path: str, parameters: Sequence[Json]) -> Iterator[Field]:
    """One for each placeholder: Zou describes some only half, and some not at all (seen on 1.0.97)."""
    described = {str(one.get("name")): _field(one) for one in parameters if one.get("in") == "path"}
    for name in PLACEHOLDER.findall(path):
        kind = "uuid" if name.endswith("_id") else "string"
        known = described.get(name)
        yield Field(name, known.kind if known and known.kind else kind, True, known.meaning if known else "")


def _field(parameter: Json) -> Field:
    """A parameter; its type stands in `schema`, or beside it in the older manner."""
    schema = {**parameter, **_object(parameter.get("schema"))}
    return Field(
        shortened(str(parameter.get("name", "")), 80),
        _kind(schema),
        parameter.get("required") is True,
        _meaning(schema),
    )


def _body_fields(schema: Json) -> Iterator[Field]:
    required = {str(one) for one in _list(schema.get("required"))}
    for name, one in _object(schema.get("properties")).items():
        own = _object(one)
        yield Field(
            shortened(str(name), 80), _kind(own), str(name) in required or own.get("required") is True, _meaning(own)
        )


def _meaning(schema: Json) -> str:
    """What is said of it, or else an example, unless that is only some id."""
    example = schema.get("example")
    said = _text(schema, "description")
    return said if said or not isinstance(example, str) or is_uuid(example) else f"e.g. {shortened(example, 200)}"


def _kind(schema: Json) -> str:
    """`uuid`, `array of string`, `todo|done`, `boolean = false`: type, values and default in a few words."""
    values = [str(one) for one in _list(schema.get("enum"))]
    kind = "|".join(values) if values else str(schema.get("format") or schema.get("type") or "")
    if kind == "array":
        items = _object(schema.get("items"))
        inside = ", ".join(str(name) for name in _object(items.get("properties")))
        kind = f"array of {{{inside}}}" if inside else f"array of {_kind(items)}".removesuffix(" of ")
    default = schema.get("default")
    return shortened(kind if default is None else f"{kind} = {orjson.dumps(default).decode()}", 200)


def _answers(responses: Json) -> Iterator[tuple[str, str]]:
    for status, one in sorted(responses.items(), key=lambda pair: str(pair[0])):
        response = _object(one)
        kind, schema = _content(response)
        shape = _shape(schema) or (kind if kind != "application/json" else "")
        said = _text(response, "description")
        yield shortened(str(status), 10), f"{said}: {shape}" if said and shape else said or shape


def _shape(schema: Json) -> str:
    """`{id, name}` or `array of {id, name}`."""
    if schema.get("type") == "array":
        inside = _shape(_object(schema.get("items")))
        return f"array of {inside}" if inside else "array"
    names = [str(name) for name in _object(schema.get("properties"))]
    return shortened(f"{{{', '.join(names)}}}", LONGEST_TEXT) if names else ""


def _content(holder: Json) -> tuple[str, Json]:
    """The first content type of a body or an answer, and its schema."""
    for kind, one in _object(holder.get("content")).items():
        return shortened(str(kind), 80), _object(_object(one).get("schema"))
    return "", {}


def _text(holder: Json, name: str) -> str:
    value = holder.get(name)
    return shortened(value, LONGEST_TEXT) if isinstance(value, str) else ""


def _object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []

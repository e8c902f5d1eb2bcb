"""The endpoint index, as pages and as a file."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from kitsu_tools.endpoints import pinned, specification
from references.endpoints.corrected import described
from references.endpoints.domains import DOMAINS, place_of
from references.generated import JsonFile, Part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kitsu_sandbox.lifecycle import Sandbox
    from kitsu_tools.endpoints.specification import Endpoint
    from references.endpoints.corrected import Operation
    from references.endpoints.domains import Domain


def _endpoints(sandbox: Sandbox) -> tuple[Endpoint, ...]:
    document, _ = described(sandbox)
    return specification.read(document, document["info"]["version"]).endpoints


def _document(sandbox: Sandbox) -> Operation:
    document, _ = described(sandbox)
    if document["info"]["version"] != pinned.PINNED:
        raise LookupError(f"this is Zou {document['info']['version']}: set PINNED in pinned.py")
    return document


def _overview(sandbox: Sandbox) -> str:
    document, _ = described(sandbox)
    endpoints = _endpoints(sandbox)
    counts = Counter(place_of(one.path)[0] for one in endpoints)
    methods = Counter(one.method for one in endpoints)
    by_method = ", ".join(f"{count} {method}" for method, count in methods.most_common())
    paths = len({one.path for one in endpoints})
    return "\n".join(
        [
            f"Zou {document['info']['version']} has {len(endpoints)} endpoints on {paths} paths ({by_method}).",
            "",
            "| Page | Endpoints | What is on it |",
            "|---|---|---|",
            *(f"| [{one.title}]({one.page}) | {counts[one.name]} | {one.covers} |" for one in DOMAINS),
        ]
    )


def _corrections(sandbox: Sandbox) -> str:
    document, found = described(sandbox)
    twins = sorted({path.partition(" ")[2] for path in found.twins})
    return "\n".join(
        [
            f"`openapi.json` of Zou {document['info']['version']}, held against the routes that the server really has:",
            "",
            "| What is wrong there | Where |",
            "|---|---|",
            f"| invented: no such route | {_codes(found.invented)} |",
            f"| real, but not in it | {_codes(found.lacking) or 'none'} |",
            f"| written with a slash at the end, most of them a second time (both ways answer) | {_codes(twins)} |",
            "| other names for a placeholder | "
            + ", ".join(f"`{old}`: the route says `{new}`" for old, new in found.renamed)
            + " |",
        ]
    )


def _writing_gets(sandbox: Sandbox) -> str:
    rows = [one for one in _endpoints(sandbox) if one.method == "GET" and one.note.startswith("Writes")]
    return "\n".join(
        ["| GET | What it writes |", "|---|---|", *(f"| `{one.path}` | {_cell(_told(one))} |" for one in rows)]
    )


def _told(endpoint: Endpoint) -> str:
    said = endpoint.note.removeprefix("Writes: ")
    return said[0].upper() + said[1:]


def _codes(texts: Iterable[str]) -> str:
    return ", ".join(f"`{one}`" for one in texts)


def _page(domain: Domain) -> Part:
    def make(sandbox: Sandbox) -> str:
        endpoints = [one for one in _endpoints(sandbox) if place_of(one.path)[0] == domain.name]
        version = described(sandbox)[0]["info"]["version"]
        lines = [f"{len(endpoints)} endpoints of Zou {version}. Paths stand below `/api`.", "", "## Contents", ""]
        lines += [f"- [{one}](#{_slug(one)})" for one in domain.sections]
        for section in domain.sections:
            lines += ["", f"## {section}", "", "| Method | Path | What it does |", "|---|---|---|"]
            lines += [
                f"| {one.method} | `{one.path}` | {_cell(one.line)}{f' **{one.note}**' if one.note else ''} |"
                for one in endpoints
                if place_of(one.path)[1] == section
            ]
        return "\n".join(lines)

    return Part(domain.page, "endpoints", make)


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


PARTS = (
    Part("endpoints.md", "overview", _overview),
    Part("endpoints.md", "gets that write", _writing_gets),
    Part("endpoints.md", "corrections", _corrections),
    *(_page(domain) for domain in DOMAINS),
)

FILES = (JsonFile(pinned.DOCUMENT, _document),)

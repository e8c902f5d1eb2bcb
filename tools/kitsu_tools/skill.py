"""The skill's files, SKILL.md and its references: the same from a checkout and from an installed wheel.

A page is looked up in the list of those there are; what was asked for never becomes part of a path.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kitsu_tools.likeness import suggested
from kitsu_tools.tracker.errors import Unknown, quoted
from kitsu_tools.tracker.names import did_you_mean, pick

PREFIX = "kitsu://skill/"
FIRST = "SKILL.md"

_IN_WHEEL = Path(__file__).parent / "skill_files"
_IN_CHECKOUT = Path(__file__).parents[2]

_HEAD_BYTES = 4_096
_FRONTMATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_DESCRIPTION = re.compile(r"\A---\n(?:[^\n]+\n)*?description: ([^\n]+)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_HEADING = re.compile(r"(#{1,6}) +(.+?)\s*$")
_NO_PROSE = re.compile(r"#|\||>|<|```|~~~|[-*+] |\d+\. |$")
_SENTENCE = re.compile(r".+?[.!?](?=\s+[A-Z`*\[]|$)")
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")
_BLANK = re.compile(r"[\s_]+")
_FOLDER = re.compile(r".*[/\\]", re.DOTALL)
_QUALIFIED = re.compile(r"\s*(?:[.>:#/]|::)\s*|\(")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Page:
    """One file of the skill. `name` is relative to its folder: `references/events.md`."""

    name: str
    file: Path

    @property
    def short_name(self) -> str:
        """The name without folder and ending: `events`."""
        return self.file.stem

    @property
    def bytes(self) -> int:
        """The size of the file."""
        return self.file.stat().st_size

    def text(self) -> str:
        """The whole page, byte for byte as it is in the file."""
        return self.file.read_bytes().decode()

    def title_and_purpose(self) -> tuple[str, str]:
        """The page's heading, and the first sentence of its description or else of its first paragraph.

        Only the head of the file is read.
        """
        with self.file.open("rb") as opened:
            head = opened.read(_HEAD_BYTES).decode(errors="ignore").replace("\r\n", "\n")
        blocks = [block.strip() for block in _COMMENT.sub("", _FRONTMATTER.sub("", head)).split("\n\n")]
        title = next(
            (block.splitlines()[0].lstrip("# ") for block in blocks if block.startswith("# ")), self.short_name
        )
        described = _DESCRIPTION.match(head)
        first = described[1] if described else next((one for one in blocks if not _NO_PROSE.match(one)), title)
        prose = " ".join(first.split())
        sentence = _SENTENCE.match(prose)
        return title, _LINK.sub(r"\1", sentence[0] if sentence else prose)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it, deeper headings too. `path` names the headings above it as well."""

    heading: str
    path: str
    level: int
    text: str


def anchor(heading: str) -> str:
    """What a link to a heading has behind `#`, as GitHub makes it."""
    return _NOT_IN_ANCHORS.sub("", heading.lower()).replace(" ", "-")


def skill_folder() -> Path:
    """The folder that holds SKILL.md and references/."""
    return _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_CHECKOUT


def skill_pages() -> list[Page]:
    """SKILL.md, then its references by name."""
    folder = skill_folder()
    references = sorted((folder / "references").glob("*.md"))
    return [Page(FIRST, folder / FIRST), *(Page(f"references/{file.name}", file) for file in references)]


def skill_page(wanted: str, pages: Sequence[Page]) -> Page:
    """The page of this name: `SKILL.md`, `references/events.md`, `events.md`, `events`, or its `kitsu://skill/…`.

    Also as pages link to each other: `../SKILL.md`, `./events.md`; and with a blank or `_` for each hyphen.

    Raises:
        Unknown: there is none; the message lists the nearest, or else those there are.
    """
    name = wanted.strip().casefold().removeprefix(PREFIX).removeprefix("../").removeprefix("./").removesuffix(".md")
    name = _BLANK.sub("-", name)
    for page in pages:
        if name in {page.short_name.casefold(), page.name.removesuffix(".md").casefold()}:
            return page
    close = did_you_mean(suggested(_FOLDER.sub("", name), [page.short_name for page in pages]))
    named = ", ".join(page.name for page in pages)
    raise Unknown(f"The skill has no page {quoted(wanted)}. {close or f'It has: {named}.'}")


def skill_section(page: Page, wanted: str, sections: Sequence[Section]) -> Section:
    """The one section that answers to a heading, or to the headings above it and its own: `Shots > Create`; or to what
    code calls it, `gazu.task.get_task` of the section `task`.

    Raises:
        Unknown, Ambiguous: none or several do; the message lists the nearest.
    """
    try:
        return pick(
            f"section of {page.name}",
            wanted,
            sections,
            lambda one: one.heading,
            lambda one: anchor(one.heading),
            lambda one: one.path,
            label=lambda one: one.path,
        )
    except Unknown:
        for part in reversed(_QUALIFIED.split(wanted.strip().casefold())):
            found = [one for one in sections if one.heading.casefold() == part]
            if len(found) == 1:
                return found[0]
        close = suggested(wanted, [one.heading for one in sections])
        if not close:
            raise
        paths = dict.fromkeys(one.path for heading in close for one in sections if one.heading == heading)
        raise Unknown(f"{page.name} has no section {quoted(wanted)}. {did_you_mean(list(paths))}") from None


def sections_of(text: str) -> list[Section]:
    """Every heading of a page but its title, in order. What looks like one inside a block of code is none."""
    lines = text.splitlines(keepends=True)
    headings = _headings(lines)
    sections: list[Section] = []
    above: list[tuple[int, str]] = []
    for position, (start, level, heading) in enumerate(headings):
        if level == 1:
            continue
        above = [*(one for one in above if one[0] < level), (level, heading)]
        end = next((line for line, deep, _ in headings[position + 1 :] if deep <= level), len(lines))
        path = " > ".join(one for _, one in above)
        sections.append(Section(heading, path, level, "".join(lines[start:end])))
    return sections


def _headings(lines: Sequence[str]) -> list[tuple[int, int, str]]:
    """Line, level and text of each heading."""
    found: list[tuple[int, int, str]] = []
    fence = ""
    for number, line in enumerate(lines):
        mark = line.lstrip()[:3]
        if mark in {"```", "~~~"} and fence in {"", mark}:
            fence = "" if fence else mark
        elif not fence and (heading := _HEADING.match(line)):
            found.append((number, len(heading[1]), heading[2]))
    return found

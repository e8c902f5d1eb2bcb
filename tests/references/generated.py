"""What is generated from a sandbox: where it stands, and how it is written and compared.

A part of a page stands between `<!-- generated: NAME (make references) -->` and `<!-- end: NAME -->`; the rest of the
page is written by hand. A file is generated whole. Each module of these folders that makes some offers `PARTS`, perhaps
`FILES` too, and `parts` lists them.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Sandbox

REFERENCES = Path(__file__).parents[2] / "references"

Maker = Callable[["Sandbox"], str]


@dataclass(frozen=True)
class Part:
    """One generated part: its page in references/, its name there, and what makes it from a running sandbox.

    The maker may write to the sandbox's data; whoever runs it resets the sandbox afterwards. What it returns is the
    same every time for the same Zou, gazu and seeds: no ids, no times of day, sorted.
    """

    page: str
    name: str
    make: Maker

    def __str__(self) -> str:
        return f"references/{self.page}: {self.name}"

    def kept(self) -> str:
        """The part as it stands in the page."""
        return self._match()[2]

    def write(self, text: str) -> bool:
        """Put a text in its place. Says whether that changed the page."""
        if text == self.kept():
            return False
        match = self._match()
        page = match.string
        self._path.write_text(page[: match.start(2)] + text + page[match.end(2) :], encoding="utf-8")
        return True

    def made(self, sandbox: Sandbox) -> str:
        """The part as it should stand, with the blank lines that Markdown wants around it. Resets the sandbox."""
        try:
            return f"\n{self.make(sandbox).strip()}\n\n"
        finally:
            sandbox.reset()

    @property
    def _path(self) -> Path:
        return REFERENCES / self.page

    def _match(self) -> re.Match[str]:
        name = re.escape(self.name)
        between = rf"(<!-- generated: {name} \(make references\) -->\n)(.*?)(<!-- end: {name} -->)"
        match = re.search(between, self._path.read_text(encoding="utf-8"), re.DOTALL)
        if match is None:
            raise LookupError(f"{self.page} has no place for the generated part {self.name}")
        return match


@dataclass(frozen=True)
class JsonFile:
    """A generated file of compressed JSON. It is compared by what it says: compression differs between Pythons."""

    path: Path
    make: Callable[[Sandbox], Any]

    def __str__(self) -> str:
        return self.path.name

    def kept(self) -> Any:
        """What the file says; None when there is none."""
        return json.loads(gzip.decompress(self.path.read_bytes())) if self.path.exists() else None

    def write(self, content: object) -> bool:
        """Make the file say this. Says whether that changed it."""
        if content == self.kept():
            return False
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        self.path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
        return True

    def made(self, sandbox: Sandbox) -> Any:
        """What the file should say. Resets the sandbox."""
        try:
            return self.make(sandbox)
        finally:
            sandbox.reset()

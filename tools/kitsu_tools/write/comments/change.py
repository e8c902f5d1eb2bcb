"""A change that is made of comments, with what it alone needs."""

from dataclasses import dataclass

from kitsu_tools.gate.change import Change

STATUS = "status"
"""The field of a task that a comment sets."""


@dataclass(frozen=True, slots=True)
class CommentChange(Change):
    """Comments on tasks, each with a status, which may be the one it has.

    `mentioned`: names that the text calls by @. `batched`: several comments go in one request, which Zou takes from
    managers and supervisors; of others it drops them, with a 201 (seen on 1.0.97).
    """

    checklist: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    batched: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The text and the checklist."""
        return (*Change.words.fget(self), *(f"☐ {line}" for line in self.checklist))  # pyright: ignore[reportOptionalCall]

    @property
    def details(self) -> str:
        """How long the checklist is."""
        return f"With a checklist of {len(self.checklist)}." if self.checklist else ""

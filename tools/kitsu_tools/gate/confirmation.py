"""What a person answered, as a host or a page hands it on, and the words for what is refused before a write."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import ClassVar, Self

from pydantic import BaseModel, ModelWrapValidatorHandler, ValidationError, model_validator

from kitsu_tools.tracker.errors import BadInput, KitsuError, listed

NOTHING_WRITTEN = "Nothing was written."
NOT_PASSED_ON = (
    "The same call would end the same way: do not repeat it. Tell the person that this host did not pass their answer "
    "on whole; they can make the change in Kitsu, or in a host that shows all of the question."
)
"""What to do where a host answered for a person with something that is no answer."""


@contextmanager
def before_sending() -> Generator[None]:
    """For what happens before anything is sent: whatever goes wrong in this block, its message says so.

    Raises:
        KitsuError: what went wrong, and that nothing was written.
    """
    try:
        yield
    except KitsuError as error:
        raise KitsuError(f"{error} {NOTHING_WRITTEN}") from error


LAST_ENTRY = "(end of the list)"
"""Stands for no change. Behind it even the last change, ticked again by Enter, comes out of order."""


class Confirmation(BaseModel):
    """A person's answer. Each question makes its own form of it, with the fields it asks for."""

    in_order: ClassVar[tuple[str, ...]] = ()
    """All entries, where the host answers in their order unless Enter ticked one again; else empty."""
    by_key: ClassVar[bool] = False
    """Whether what is ticked are keys of items, not entries of a list."""

    @model_validator(mode="wrap")
    @classmethod
    def _of_a_host(cls, given: object, read: ModelWrapValidatorHandler[Self]) -> Self:
        """What the host sent; where it does not fit the form, in our words instead of pydantic's or the SDK's."""
        try:
            return read(given)
        except ValidationError as error:
            wrong = listed(f"{one['loc'][0] if one['loc'] else 'form'}: {one['msg']}" for one in error.errors())
            raise BadInput(
                f"The host's answer does not fit the question ({wrong}), so it counts as no yes. {NOTHING_WRITTEN} "
                f"{NOT_PASSED_ON}"
            ) from error

    @property
    def ticked(self) -> list[str] | None:
        """The entries to send; None where the question had no list. One that Enter ticked again is not sent."""
        given: list[str] | None = self.__dict__.get("changes")
        if given is None or not self.in_order:
            return given
        if LAST_ENTRY in self.in_order and given and LAST_ENTRY not in given:
            raise BadInput(f"{LAST_ENTRY!r} was unticked, so what Enter ticked again cannot be told. Ask again.")
        places = {entry: place for place, entry in enumerate(self.in_order)}
        kept: list[str] = []
        furthest = -1
        for entry in given:
            place = places.get(entry, furthest)
            if place >= furthest:
                furthest = place
                kept.append(entry)
        return [entry for entry in kept if entry != LAST_ENTRY]

    @property
    def edited(self) -> str | None:
        """The comment as the person left it; None where the question had none."""
        return self.__dict__.get("comment")

"""What a person answered, as a host or a page hands it on: what they left ticked and written."""

from typing import ClassVar, Self

from pydantic import BaseModel, ModelWrapValidatorHandler, ValidationError, model_validator

from kitsu_tools.gate.before_sending import NOT_PASSED_ON, NOTHING_WRITTEN
from kitsu_tools.tracker.errors import BadInput, listed

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

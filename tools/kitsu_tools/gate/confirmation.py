"""What a host answers for a person: whether it can ask one at all, and what they left ticked and written."""

from typing import ClassVar, Self

from mcp.server.mcpserver import Context
from pydantic import BaseModel, ModelWrapValidatorHandler, ValidationError, model_validator

from kitsu_tools.gate.before_sending import NOT_PASSED_ON, NOTHING_WRITTEN
from kitsu_tools.tracker.errors import BadInput, KitsuError, listed

LAST_ENTRY = "(end of the list)"
"""Stands for no change. Behind it even the last change, ticked again by Enter, comes out of order."""
MODERN = "2026-07-28"


class Confirmation(BaseModel):
    """A person's answer. Each question makes its own form of it, with the fields it asks for."""

    in_order: ClassVar[tuple[str, ...]] = ()
    """All entries, where the host answers in their order unless Enter ticked one again; else empty."""

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


class CannotAsk(KitsuError):
    """The host has no way to put a question to a person."""


def require_a_person(ctx: Context) -> None:
    """Refuse to go on where nobody can be asked.

    Raises:
        CannotAsk: the host declares no form elicitation, or has no way back to it.
    """
    capabilities = ctx.client_capabilities
    elicitation = capabilities.elicitation if capabilities is not None else None
    form = elicitation is not None and (elicitation.form is not None or elicitation.url is None)
    modern = (ctx.protocol_version or "") >= MODERN
    if not form or not (modern or ctx.session.can_send_request):
        raise CannotAsk(
            "This host cannot show a question to a person (MCP elicitation), and nothing is written to Kitsu without a "
            "person's yes. Use a host that can ask, such as Claude Code, or let the person make this change in Kitsu."
        )

"""Taking back what was changed here, of whatever area."""

from typing import Annotated

from pydantic import Field

from kitsu_tools.arguments import GateHere
from kitsu_tools.gate.change import Change
from kitsu_tools.write.tool import writes


@writes
async def undo_change(
    here: GateHere, code: Annotated[str, Field(description="its code, from the receipt, a signature or list_changes")]
) -> Change:
    """Take a change made here back, after the person said yes: each thing gets what it had before.

    What somebody changed since is left out, by name. Words that were said stay.
    """
    return await here.undo(code)

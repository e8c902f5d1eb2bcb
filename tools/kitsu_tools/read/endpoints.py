"""Looking up the REST API: which endpoint does something, and how it is called."""

from typing import Annotated

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import answer
from kitsu_tools.arguments import EndpointsHere
from kitsu_tools.tracker.errors import BadInput


async def find_endpoint(
    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1000,
            description="what it should do, or a path: PUT /api/data/tasks/{task_id}; ids may stand in it",
        ),
    ],
    endpoints: EndpointsHere,
    limit: Annotated[int, Field(ge=1, le=50, description="how many endpoints")] = 6,
) -> CallToolResult:
    """Find endpoints of Kitsu's REST API, for code against it or gazu's raw client; nothing is called.

    Shows the best match in full (parameters, body, answers) and the next ones as rows; for a path, every method it has.
    Where `found` says that nothing fits well, rows alone. `zou` is the version described.
    """
    if not text.strip():
        raise BadInput("text: nothing to look for. Say what the endpoint should do, or give its path.")
    known = await endpoints.known()
    from kitsu_tools.endpoints.finding import found  # only now: no start should wait for it

    return answer(found(known, text.strip(), limit))

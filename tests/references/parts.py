"""Every generated part, by page, and every generated file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.access.table import PARTS as ROLES
from references.endpoints.pages import FILES as ENDPOINT_FILES
from references.endpoints.pages import PARTS as ENDPOINTS
from references.events.names import PARTS as EVENTS
from references.gazu_sdk.functions import PARTS as GAZU

if TYPE_CHECKING:
    from references.generated import JsonFile, Part

PARTS: tuple[Part, ...] = (*ENDPOINTS, *EVENTS, *GAZU, *ROLES)
FILES: tuple[JsonFile, ...] = (*ENDPOINT_FILES,)

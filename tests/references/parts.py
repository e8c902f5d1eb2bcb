"""Every generated part, by page, and every generated file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.endpoints import FILES as ENDPOINT_FILES
from references.endpoints import PARTS as ENDPOINTS
from references.event_names import PARTS as EVENTS
from references.gazu_functions import PARTS as GAZU
from references.roles import PARTS as ROLES

if TYPE_CHECKING:
    from references.generated import JsonFile, Part

PARTS: tuple[Part, ...] = (*ENDPOINTS, *EVENTS, *GAZU, *ROLES)
FILES: tuple[JsonFile, ...] = (*ENDPOINT_FILES,)

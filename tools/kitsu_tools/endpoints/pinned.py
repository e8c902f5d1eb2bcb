"""The Zou whose endpoints are shipped with this package."""

from pathlib import Path

PINNED = "1.0.97"
DOCUMENT = Path(__file__).with_name("zou-openapi.json.gz")
"""Its OpenAPI document, corrected and condensed: `make references` writes it."""

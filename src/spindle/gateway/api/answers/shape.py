"""What all answers have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, WithJsonSchema
from pydantic.config import JsonDict

Instant = Annotated[
    str, WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-20T10:05:09.123Z"]})
]
"""In UTC, with milliseconds."""

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
RUN = "01a80c5e7e007d1e8b6a5c4d3e2f1a0b"


def _open(schema: JsonDict) -> None:
    """More keys may come, and nobody should mind."""
    schema.pop("additionalProperties", None)


class Shape(BaseModel):
    """Here a key that is not described is a mistake, and every key is always there."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, json_schema_extra=_open)


class Page(Shape):
    next: str | None
    """Pass it as `after` to go on; null when this was the last page."""

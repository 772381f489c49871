"""How addresses of pages name a listener."""

from typing import Annotated

from fastapi import Path

_LONGEST = 200  # letters

Who = Annotated[str, Path(min_length=1, max_length=_LONGEST, pattern=r"^[^\x00]*$")]
"""A name or an id."""

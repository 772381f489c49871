"""Saying once that something is not to be had, and once that it is again: not with every message that waits for it."""

from time import monotonic

import structlog

log = structlog.get_logger()

_QUIET = 300.0  # seconds in which the same outage is not told again when it comes and goes


class Away(Exception):
    """It is not to be had now."""


class Outage:
    """Of one thing: constant sentences for its beginning and its end."""

    def __init__(self, begins: str, ends: str) -> None:
        self._begins, self._ends = begins, ends
        self._why: str | None = None
        self._told = False
        self._told_at = float("-inf")

    def began(self, why: str) -> None:
        if self._why is None and monotonic() - self._told_at > _QUIET:
            log.error(self._begins, error=why)
            self._told, self._told_at = True, monotonic()
        self._why = why

    def ended(self) -> None:
        if self._why is not None and self._told:
            log.warning(self._ends)
            self._told = False
        self._why = None

    async def probe(self) -> None:
        """Raises `Away` with the reason while it lasts: for `needs.Need`."""
        if self._why is not None:
            raise Away(self._why)

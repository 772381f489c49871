"""What a service cannot work without beside the bus: named where it is wired, looked at when its health is asked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from faststream import FastStream

_KEY = "needs"


@dataclass(frozen=True)
class Need:
    name: str
    """`the database`"""
    probe: Callable[[], Awaitable[None]]
    """Raises what is wrong, in words."""


def name_needs(service: FastStream, *needs: Need) -> None:
    service.context.set_global(_KEY, needs)


def needs_of(service: FastStream) -> tuple[Need, ...]:
    found: tuple[Need, ...] = service.context.get(_KEY, ())
    return found

"""How long a listener's login still lasts, in words."""

from collections.abc import Iterable
from datetime import datetime

from spindle.people.wording import day
from spindle.shared.consent import ends_at, left
from spindle.shared.messages.ask import Listener
from spindle.shared.messages.users import Left


def login_ends_at(one: Listener) -> datetime | None:
    """None when it has ended."""
    return None if one.disconnected_at else ends_at(one.linked_at, one.authorized_at)


def soonest(everyone: Iterable[Listener]) -> list[Listener]:
    """Those whose login ends first stand first, and before them those whose login has ended."""
    return sorted(everyone, key=lambda one: login_ends_at(one) or one.disconnected_at or one.linked_at)


def scarce(one: Listener, now: datetime) -> Left | None:
    """How much is left of it, when that is little."""
    at = login_ends_at(one)
    return left(at, now) if at else None


def lasting(one: Listener, now: datetime) -> str:
    """`the login ends on 12 May 2027`; of one whose consent is older than the link, nobody knows by how much."""
    at = ends_at(one.linked_at, one.authorized_at)
    latest = "" if one.authorized_at else " at the latest"
    return f"the login ends on {day(at)}{latest}" if at > now else f"the login was to end on {day(at)}{latest}"

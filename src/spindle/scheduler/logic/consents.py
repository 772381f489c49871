"""Whose consent ends soon, and has not been told so."""

from datetime import datetime

from spindle.shared.consent import ends_at, left
from spindle.shared.messages.ask import Listener
from spindle.shared.messages.users import ConsentAged, Left

_LEFT = (None, Left.MONTH, Left.WEEK)
"""From much to little."""


def aged(listener: Listener, now: datetime) -> ConsentAged | None:
    """None when they know, and when there is nothing left to lose: whoever is disconnected must log in anyway."""
    if listener.disconnected_at is not None:
        return None
    ends = ends_at(listener.linked_at, listener.authorized_at)
    found = left(ends, now)
    if found is None or _LEFT.index(found) <= _LEFT.index(listener.warned):
        return None
    return ConsentAged(user=listener.user, linked_at=listener.linked_at, ends_at=ends, left=found, noticed_at=now)

"""The newest events, in order."""

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter

from spindle.people.events import Event
from spindle.shared.messages.users import UserRemoved

_NUMBER = attrgetter("sequence")


class Ring:
    """All events behind number `behind`, as far as they have come; `latest` is the number of the last one."""

    def __init__(self, behind: int, size: int) -> None:
        self.behind = self.latest = behind
        self._size = size
        self._events: list[Event] = []

    def put(self, event: Event) -> None:
        self._events.append(event)
        self.latest = event.sequence
        if len(self._events) >= 2 * self._size:  # not one by one: a list is cut in one go
            self.behind = self._events[-self._size - 1].sequence
            del self._events[: -self._size]
        if isinstance(event.message, UserRemoved):
            self._forget(event.message.user)

    def after(self, number: int, at_most: int) -> Sequence[Event]:
        """The next ones, for a number that is not behind the ring."""
        start = bisect_right(self._events, number, key=_NUMBER)
        return self._events[start : start + at_most]

    def _forget(self, user: str) -> None:
        """Of a removed listener, the stream keeps nothing else either."""
        self._events = [
            event for event in self._events if event.body.get("user") != user or isinstance(event.message, UserRemoved)
        ]

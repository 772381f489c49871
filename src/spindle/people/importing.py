"""Why an import cannot begin, before anything is sent."""

from spindle.people.errors import Refused
from spindle.shared.bus.topology import STORES
from spindle.shared.bus.uploads import STORE
from spindle.shared.ids import Kind
from spindle.shared.messages.ask import Listener

_ROOM = next(store.max_bytes for store in STORES if store.bucket == STORE) or 0
NO_ROOM = (
    f"NATS has no room for it: there are {_ROOM / 2**20:.0f} MB for what is being imported, compressed; "
    "wait for the end of other imports, or unpack the ZIP and import the folder, of which only the history is sent"
)


def held(listener: Listener) -> str | None:
    """What of theirs is paused so that nothing is imported: `all`, or `archive`."""
    return next((what for what in ("all", Kind.ARCHIVE.value) if what in listener.paused), None)


def must_not_be_paused(listener: Listener, again: str = "") -> None:
    """The scheduler would refuse it when everything is uploaded. `again` is what to type. Raises `Refused`."""
    if what := held(listener):
        paused = "everything" if what == "all" else "importing"
        raise Refused(f"{paused} is paused for {listener.name}; resume it first{again and f': `{again}`'}")

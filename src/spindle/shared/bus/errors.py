"""What can go wrong at the bus.

BusError
├── BusUnreachable   nobody answers at the address
├── BusRefused       somebody answers, and says no
├── BusSilent        the server did not confirm in time; what was asked may have happened
│   └── BusFull      it refuses: a stream is full, or all that it may store is
│       └── StoreFull   the store of uploads is
├── NotProvisioned   the server runs, without the streams and consumers of ours
└── Unsettled        whether a step is still to be done cannot be told yet
"""


class BusError(Exception):
    """The bus failed."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.__doc__)


class BusUnreachable(BusError):
    """No NATS server answers there."""


class BusRefused(BusError):
    """The NATS server refused the connection."""


class BusSilent(BusError):
    """NATS did not confirm in time; what was asked may have happened all the same."""


class BusFull(BusSilent):
    """NATS has no room for what was to be stored."""


class StoreFull(BusFull):
    """NATS has no room for the upload."""


class NotProvisioned(BusError):
    """NATS has none of Spindle's streams yet: run `spindle provision` first."""


class Unsettled(BusError):
    """The mailbox does not show the step in hand: its chain has been ended, or a new leader is not up to date yet."""

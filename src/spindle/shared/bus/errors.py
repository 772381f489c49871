"""What can go wrong at the bus.

BusError
├── BusUnreachable   nobody answers at the address
├── BusRefused       somebody answers, and says no
└── BusSilent        the server did not confirm in time; what was asked may have happened
"""


class BusError(Exception):
    """The bus failed."""


class BusUnreachable(BusError):
    """No NATS server answers there."""


class BusRefused(BusError):
    """The NATS server refused the connection."""


class BusSilent(BusError):
    """NATS did not confirm in time; what was asked may have happened all the same."""

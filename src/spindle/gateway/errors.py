"""What can go wrong at the gateway.

GatewayError
├── NoToken          nobody has said what opens it
├── NotOpen          it is still starting
└── PortTaken        somebody else listens there
"""


class GatewayError(Exception):
    """The gateway cannot be opened."""


class NoToken(GatewayError):
    def __init__(self) -> None:
        super().__init__("SPINDLE_ACCESS_TOKEN is not set: `openssl rand -hex 32` makes one, and it opens the page")


class NotOpen(GatewayError):
    def __init__(self) -> None:
        super().__init__("it is still starting")


class PortTaken(GatewayError):
    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(f"SPINDLE_PORT: {host}:{port} cannot be listened on: {why}. Choose another port")

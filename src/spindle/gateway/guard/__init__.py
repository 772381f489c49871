"""Who may come in: hosts, sizes, the access token, and what a browser is told to allow."""

from starlette.types import ASGIApp

from spindle.gateway.counting import Counted
from spindle.gateway.guard.headers import Headers
from spindle.gateway.guard.hosts import Hosts
from spindle.gateway.guard.sizes import Sizes
from spindle.gateway.guard.token import Guard
from spindle.gateway.settings import Settings
from spindle.gateway.zones import Zoned


def guarded(app: ASGIApp, settings: Settings) -> ASGIApp:
    return known(Guard(app, settings), settings)


def known(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Without the token. The outermost comes last."""
    sized = Sizes(Zoned(app), settings.upload_limit * 2**20)
    hosted = Hosts(sized, settings)
    return Counted(Headers(hosted, settings))

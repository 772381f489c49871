"""The whole gateway as one ASGI app: the pages, the API, and the guard before both."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from spindle.gateway.api import api
from spindle.gateway.api.telling import describe
from spindle.gateway.guard import guarded, known
from spindle.gateway.here import Gateway
from spindle.gateway.login import callback, login
from spindle.gateway.pages import pages
from spindle.gateway.problems import explain
from spindle.gateway.statics import Statics
from spindle.gateway.wellness import wellness


def app(gateway: Gateway) -> ASGIApp:
    return guarded(rooms(gateway), gateway.settings)


def rooms(gateway: Gateway) -> FastAPI:
    """All that there is behind the guard."""
    inner = FastAPI(
        title="Spindle",
        description="Your music life: what was played, what is happening, and steering it.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    inner.state.gateway = gateway
    explain(inner)
    describe(inner)
    inner.include_router(wellness)
    inner.include_router(api())
    inner.include_router(pages())
    inner.include_router(login())
    inner.mount("/static", Statics(), name="static")
    return inner


def callback_app(gateway: Gateway) -> ASGIApp:
    """Only what Spotify leads back to, which is open to everybody: for a login without a gateway."""
    inner = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    inner.state.gateway = gateway
    explain(inner)
    inner.include_router(callback())
    inner.mount("/static", Statics(), name="static")
    return known(inner, gateway.settings)

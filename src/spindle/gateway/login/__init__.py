"""Login with Spotify: leaving for its page, and what comes back. A login is kept nowhere: it travels (decision 17)."""

from fastapi import APIRouter

from spindle.gateway.login import leaving, returning


def login() -> APIRouter:
    router = APIRouter(include_in_schema=False)
    for topic in (leaving, returning):
        router.include_router(topic.router)
    return router


def callback() -> APIRouter:
    """Only what Spotify leads back to: for a terminal that serves it itself."""
    router = APIRouter(include_in_schema=False)
    router.include_router(returning.router)
    return router

"""Listening: what somebody heard, when, what most, and play by play."""

from fastapi import APIRouter

from spindle.gateway.pages.listening import overview, plays, ranked


def listening() -> APIRouter:
    router = APIRouter()
    for topic in (plays, ranked, overview):  # `plays` is no ranking
        router.include_router(topic.router)
    return router

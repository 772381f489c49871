"""The pages, rendered here: each works without JavaScript, and is alive with it."""

from fastapi import APIRouter

from spindle.gateway.pages import (
    choices,
    coverage,
    days,
    health,
    imports,
    jobs,
    letters,
    now,
    removing,
    settings,
    signing,
    steering,
    timeline,
)
from spindle.gateway.pages.listening import listening

_TOPICS = (
    *(signing, now, coverage, days, timeline, imports, jobs),
    *(health, letters, settings, choices, removing, steering),
)


def pages() -> APIRouter:
    router = APIRouter(include_in_schema=False)
    for topic in _TOPICS:
        router.include_router(topic.router)
    router.include_router(listening())
    return router

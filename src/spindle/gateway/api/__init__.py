"""The HTTP API: what people can ask and do, for programs. One module for each topic."""

from fastapi import APIRouter, Depends, Security

from spindle.gateway.api import (
    choices,
    controls,
    coverage,
    downloads,
    events,
    figures,
    health,
    imports,
    jobs,
    letters,
    limits,
    listening,
    plays,
    sync,
    uploads,
    users,
)
from spindle.gateway.api.asked import nothing_else
from spindle.gateway.api.telling import BEARER, problems

_TOPICS = (
    *(limits, users, plays, downloads, listening, figures, coverage, choices, controls),
    *(uploads, imports, jobs, letters, events, sync, health),
)


def api() -> APIRouter:
    router = APIRouter(
        prefix="/api",
        dependencies=[Security(BEARER), Depends(nothing_else)],
        responses=problems(401, 403, 422, 503),
        generate_unique_id_function=lambda route: route.name,
    )
    for topic in _TOPICS:
        router.include_router(topic.router)
    return router

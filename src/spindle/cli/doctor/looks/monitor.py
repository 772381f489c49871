"""What a nats-server of `up` says about itself on its monitoring port; of servers of yours that port is not known."""

import os

import httpx
from pydantic import BaseModel, ValidationError

from spindle.cli.doctor.home import Home
from spindle.people.doctor.logic.disk import Store

_WITHIN = 2.0  # seconds


class _Health(BaseModel):
    error: str = "it says so, without a reason"


class _Configured(BaseModel):
    max_storage: int


class _JetStream(BaseModel):
    storage: int
    config: _Configured


async def complaint(at: Home) -> str | None:
    answer = await _get(at, "/healthz")
    if answer is None or answer.status_code == httpx.codes.OK:
        return None
    try:
        return _Health.model_validate_json(answer.content).error
    except ValidationError:
        return _Health().error


async def store(at: Home) -> Store | None:
    answer = await _get(at, "/jsz")
    try:
        told = _JetStream.model_validate_json(answer.content) if answer else None
    except ValidationError:
        return None
    return Store(told.storage, told.config.max_storage) if told else None


async def _get(at: Home, path: str) -> httpx.Response | None:
    if at.instance is None or at.instance.monitor_url is None or os.environ.get("SPINDLE_NATS_URL"):
        return None
    try:
        return await (await at.http()).get(f"{at.instance.monitor_url}{path}", timeout=_WITHIN)
    except (httpx.HTTPError, OSError):
        return None

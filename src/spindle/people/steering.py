"""Asking the scheduler for something: it answers each control with what became of it."""

import contextlib
import uuid

import nats.errors
from nats.aio.client import Client

from spindle.people import asking
from spindle.people.errors import NoAnswer
from spindle.shared.bus.controls import answered
from spindle.shared.bus.errors import BusSilent
from spindle.shared.ids import JobId, UserId, is_user, parts
from spindle.shared.messages.control import Control, ControlAnswered

_PATIENCE = 5.0  # seconds


def request() -> str:
    return uuid.uuid4().hex


async def user_id(connection: Client, wanted: str) -> UserId:
    """An id is taken at its word: the scheduler looks at it, and honours it without recorder and database."""
    if is_user(wanted.lower()):
        return wanted.lower()
    try:
        return (await asking.listener(connection, wanted)).user
    except NoAnswer as silent:
        raise NoAnswer(f"{silent}; until it does, give the listener's id instead of the name") from silent


async def job_id(connection: Client, wanted: str) -> JobId:
    with contextlib.suppress(ValueError):
        parts(wanted)
        return wanted
    return (await asking.job_ending(connection, wanted)).job


async def asked(connection: Client, command: Control) -> ControlAnswered:
    try:
        answer = await answered(connection, command, _PATIENCE)
    except (BusSilent, nats.errors.Error) as error:
        raise NoAnswer(f"NATS did not take it: {error}") from error
    if answer is None:
        raise NoAnswer("the scheduler does not answer; the request is kept and will be honoured when it is back")
    return answer

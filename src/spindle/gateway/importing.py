"""Beginning an import: the files of a request stored, and the scheduler asked to import them."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from spindle.gateway.here import Gateway
from spindle.gateway.receiving import NotAForm, NotThat, received
from spindle.people import asking
from spindle.people.errors import NoAnswer, Refused
from spindle.people.importing import NO_ROOM, must_not_be_paused
from spindle.people.steering import asked, request
from spindle.shared.bus.errors import BusError, StoreFull
from spindle.shared.bus.uploads import Manifest, Uploads
from spindle.shared.ids import JobId, Kind, new_job, upload_of
from spindle.shared.messages.ask import AskJobs, Listener
from spindle.shared.messages.control import Import
from spindle.shared.messages.jobs import Status

_REMOVED_WITHIN, _KNOWN_WITHIN = 5.0, 2.0  # seconds
_AGAIN = 0.05
_YES = ("true", "on", "1")


@dataclass(frozen=True)
class Begun:
    job: JobId
    manifest: Manifest
    dry_run: bool


async def begun(gateway: Gateway, one: Listener, sent: Request, dry_run: bool = False) -> Begun:
    """Of whatever cannot be imported, and of whoever goes away meanwhile, nothing is left. Raises `Refused` when it
    cannot begin now, and problems of HTTP for what is wrong with the request."""
    await _must_be_free(gateway, one)
    uploads = await Uploads.on(gateway.client.jetstream())
    job = new_job(Kind.ARCHIVE, one.user)
    try:
        manifest, fields = await _received(sent, uploads, job)
        dry = dry_run or fields.get("dry_run", "").lower() in _YES
        await _ask(gateway, one, job, dry)
    except NoAnswer:
        raise  # what is kept of it is honoured when the scheduler is back
    except BaseException:
        with suppress(BusError, TimeoutError):
            await asyncio.wait_for(uploads.remove(job), _REMOVED_WITHIN)
        raise
    await _until_known(gateway, job)
    return Begun(job, manifest, dry)


async def _received(sent: Request, uploads: Uploads, job: JobId) -> tuple[Manifest, Mapping[str, str]]:
    try:
        return await received(sent.stream(), sent.headers.get("content-type", ""), uploads, job)
    except NotAForm as error:
        raise HTTPException(415, str(error)) from error
    except NotThat as error:
        raise HTTPException(422, str(error)) from error
    except StoreFull as error:
        raise HTTPException(507, NO_ROOM) from error
    except ClientDisconnect as error:
        raise HTTPException(400, "the request was not sent to its end") from error


async def _ask(gateway: Gateway, one: Listener, job: JobId, dry_run: bool) -> None:
    command = Import(user=one.user, upload=upload_of(job), dry_run=dry_run, request=request())
    answer = await asked(gateway.client, command)
    if not answer.done:
        raise Refused(answer.why)


async def _until_known(gateway: Gateway, job: JobId) -> None:
    """So that whoever is told of it finds it; but a recorder that is busy is not waited for."""
    with suppress(TimeoutError, NoAnswer):
        async with asyncio.timeout(_KNOWN_WITHIN):
            while True:
                if await asking.job(gateway.client, job):
                    return
                await asyncio.sleep(_AGAIN)


async def _must_be_free(gateway: Gateway, one: Listener) -> None:
    """The scheduler would refuse it when everything is uploaded."""
    must_not_be_paused(one)
    running = AskJobs(user=one.user, kind=Kind.ARCHIVE, status=Status.RUNNING, limit=1)
    if await asking.jobs(gateway.client, running):
        raise Refused(f"another import for {one.name} is running; start this one when it has ended")

"""What the recorder knows of listeners, asked with little patience: controls are answered without it too."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import TypeVar

import nats.errors
from nats.aio.client import Client
from pydantic import ValidationError

from spindle.shared.ids import JobId, Kind, UserId, parts
from spindle.shared.messages import Message, Value
from spindle.shared.messages.ask import (
    AskImports,
    AskJobs,
    AskUsers,
    ImportRow,
    Imports,
    JobRow,
    Jobs,
    Listener,
    Users,
)
from spindle.shared.messages.jobs import Status

_PATIENCE = 0.8  # seconds; a control is answered within one
_LITTLE_PATIENCE = 0.2  # for a control that is honoured without an answer, too
_MORE_PATIENCE = 10
_PAGE = 500
_JOBS = 2000
"""Rows of an answer: a reply must stay under the megabyte that any NATS server carries."""

AnswerT = TypeVar("AnswerT", bound=Value)


class NoAnswer(Exception):
    """The database does not answer just now."""


class Recorder:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def listener(self, name_or_id: str) -> Listener | None:
        """Raises `NoAnswer`."""
        found = await self._users(AskUsers(user=name_or_id, limit=1), _PATIENCE)
        return found.users[0] if found.users else None

    async def unknown(self, user: UserId) -> bool:
        """Whether there is no such listener, as far as that can be told."""
        try:
            return not (await self._users(AskUsers(user=user, limit=1), _LITTLE_PATIENCE)).users
        except NoAnswer:
            return False

    async def listeners(self, unwell_since: datetime | None = None) -> AsyncIterator[Listener]:
        """All of them, or only the unwell, a page at a time. Raises `NoAnswer`."""
        question = AskUsers(limit=_PAGE, unwell_since=unwell_since)
        while True:
            page = await self._users(question, _MORE_PATIENCE)
            for listener in page.users:
                yield listener
            if not page.more:
                return
            question = question.model_copy(update={"after": page.users[-1].user})

    async def job(self, user: UserId, job: JobId) -> JobRow | None:
        """Raises `NoAnswer`."""
        rows = (await self._ask(AskJobs(user=user, ending=job, limit=1), Jobs, _PATIENCE)).jobs
        return rows[0] if rows else None

    async def running_imports(self) -> tuple[JobRow, ...]:
        """The latest of them, when there are very many. Raises `NoAnswer`."""
        question = AskJobs(status=Status.RUNNING, kind=Kind.ARCHIVE, limit=_JOBS)
        return (await self._ask(question, Jobs, _MORE_PATIENCE)).jobs

    async def imported(self, job: JobId) -> ImportRow | None:
        """What is known of an import. Raises `NoAnswer`."""
        rows = (await self._ask(AskImports(user=parts(job)[1], ending=job, limit=1), Imports, _PATIENCE)).imports
        return rows[0] if rows else None

    async def _users(self, question: AskUsers, patience: float) -> Users:
        return await self._ask(question, Users, patience)

    async def _ask(self, question: Message, answer: type[AnswerT], patience: float) -> AnswerT:
        try:
            reply = await self._client.request(question.on, question.encoded(), timeout=patience)
            return answer.model_validate_json(reply.data)
        except (nats.errors.Error, TimeoutError, ValidationError) as error:
            raise NoAnswer from error

"""What the watched folder asks of other services. What stays open is asked again at the next look."""

import uuid
from typing import TypeVar

import nats.errors
from nats.aio.client import Client
from pydantic import ValidationError

from spindle.shared.bus.controls import answered
from spindle.shared.bus.errors import BusSilent
from spindle.shared.ids import JobId, parts, upload_of
from spindle.shared.messages import Message, Value
from spindle.shared.messages.ask import AskImports, AskJobs, AskUsers, ImportRow, Imports, JobRow, Jobs, Listener, Users
from spindle.shared.messages.control import ControlAnswered, Import

_PATIENCE = 5.0  # seconds

AnswerT = TypeVar("AnswerT", bound=Value)


class NoAnswer(Exception):
    """Nobody answers just now; the text says who."""


class Others:
    """Methods raise `NoAnswer`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def listener(self, name_or_id: str) -> Listener | None:
        found = (await self._ask(AskUsers(user=name_or_id, limit=1), Users)).users
        return found[0] if found else None

    async def job(self, job: JobId) -> JobRow | None:
        """None for one that has never begun."""
        found = (await self._ask(AskJobs(user=parts(job)[1], ending=job, limit=1), Jobs)).jobs
        return found[0] if found else None

    async def receipt(self, job: JobId) -> ImportRow | None:
        question = AskImports(user=parts(job)[1], ending=job, files=True, limit=1)
        found = (await self._ask(question, Imports)).imports
        return found[0] if found else None

    async def start(self, job: JobId) -> ControlAnswered:
        """Ask for the import of what lies in the store under the job's number."""
        _, user = parts(job)
        command = Import(user=user, upload=upload_of(job), request=uuid.uuid4().hex)
        try:
            answer = await answered(self._client, command, _PATIENCE)
        except (BusSilent, nats.errors.Error) as error:
            raise NoAnswer(f"NATS did not take it: {error}") from error
        if answer is None:
            raise NoAnswer("the scheduler does not answer")
        return answer

    async def _ask(self, question: Message, answer: type[AnswerT]) -> AnswerT:
        try:
            reply = await self._client.request(question.on, question.encoded(), timeout=_PATIENCE)
            return answer.model_validate_json(reply.data)
        except (nats.errors.Error, TimeoutError, ValidationError) as error:
            raise NoAnswer("the recorder does not answer") from error

"""Questions and answers: one function for each `ask.*`, and a reply whatever happens."""

from typing import Annotated

import pydantic
import structlog
from faststream import Context, ExceptionMiddleware
from faststream.nats import NatsRouter
from faststream.nats.message import NatsMessage
from sqlalchemy.ext.asyncio import AsyncEngine

from spindle.recorder.errors import RecorderError
from spindle.recorder.store import answers
from spindle.recorder.store.engine import transaction
from spindle.shared.bus.delivery import reason
from spindle.shared.messages.ask import (
    AskGaps,
    AskImports,
    AskJobs,
    AskPlays,
    AskRejects,
    AskUsers,
    Gaps,
    Imports,
    Jobs,
    Plays,
    Refused,
    Rejects,
    Users,
)

log = structlog.get_logger()


def questions(database: AsyncEngine) -> NatsRouter:
    """The subscribers of `ask.*`; several recorders share the questions."""
    router = NatsRouter(middlewares=[_always_reply()])

    @router.subscriber(AskUsers.subject, queue="recorder")
    async def ask_users(question: AskUsers) -> Users:
        async with transaction(database, reading=True) as connection:
            return await answers.users(connection, question)

    @router.subscriber(AskPlays.subject, queue="recorder")
    async def ask_plays(question: AskPlays) -> Plays:
        async with transaction(database, reading=True) as connection:
            return await answers.plays(connection, question)

    @router.subscriber(AskJobs.subject, queue="recorder")
    async def ask_jobs(question: AskJobs) -> Jobs:
        async with transaction(database, reading=True) as connection:
            return await answers.jobs(connection, question)

    @router.subscriber(AskGaps.subject, queue="recorder")
    async def ask_gaps(question: AskGaps) -> Gaps:
        async with transaction(database, reading=True) as connection:
            return await answers.gaps(connection, question)

    @router.subscriber(AskImports.subject, queue="recorder")
    async def ask_imports(question: AskImports) -> Imports:
        async with transaction(database, reading=True) as connection:
            return await answers.imports(connection, question)

    @router.subscriber(AskRejects.subject, queue="recorder")
    async def ask_rejects(question: AskRejects) -> Rejects:
        async with transaction(database, reading=True) as connection:
            return await answers.rejects(connection, question)

    return router


def _always_reply() -> ExceptionMiddleware:
    """Without it a question whose handler raised is never answered, and the asker waits for the timeout."""
    replies = ExceptionMiddleware()

    @replies.add_handler(pydantic.ValidationError, publish=True)
    async def not_a_question(
        error: pydantic.ValidationError, asked: Annotated[NatsMessage, Context("message")]
    ) -> Refused:
        return Refused(error=f"not such a question: {reason(error, asked.body).removeprefix('question.')}")

    @replies.add_handler(RecorderError, publish=True)
    async def not_answered(error: RecorderError) -> Refused:
        return Refused(error=str(error))

    @replies.add_handler(Exception, publish=True)
    async def failed(error: Exception) -> Refused:
        log.error("a question could not be answered", exc_info=error)
        return Refused(error="the recorder failed; its log says why")

    return replies

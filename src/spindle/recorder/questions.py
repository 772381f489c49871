"""Questions and answers: one function for each `ask.*`, and a reply whatever happens."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from typing import Annotated

import pydantic
import structlog
from faststream import Context, ExceptionMiddleware
from faststream.nats import NatsRouter
from faststream.nats.message import NatsMessage
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from spindle.recorder.errors import DataRefused, RecorderError
from spindle.recorder.store import answers
from spindle.recorder.store.engine import transaction
from spindle.shared.bus.delivery import reason
from spindle.shared.ids import now
from spindle.shared.messages.ask import (
    AskBelongings,
    AskCoverage,
    AskGaps,
    AskImports,
    AskJobs,
    AskListening,
    AskPlays,
    AskRejects,
    AskRepeats,
    AskSteps,
    AskTops,
    AskUsers,
    Belongings,
    Gaps,
    Imports,
    Jobs,
    Listening,
    Plays,
    Refused,
    Rejects,
    Repeats,
    Steps,
    Tops,
    Users,
    Windows,
)

log = structlog.get_logger()


_LONGEST = timedelta(seconds=6)
"""People wait five. A few questions that nobody waits for any more would keep all connections from the facts."""


Asked = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""A transaction in which a question is answered."""


def questions(database: AsyncEngine, longest: timedelta = _LONGEST) -> NatsRouter:
    """The subscribers of `ask.*`; several recorders share the questions. No statement takes longer than `longest`."""
    router = NatsRouter(middlewares=[_always_reply()])
    asked = partial(transaction, database, reading=True, within=longest)
    _of_listeners(router, asked)
    _of_listening(router, asked)
    _of_jobs(router, asked)
    return router


def _of_listeners(router: NatsRouter, asked: Asked) -> None:
    @router.subscriber(AskUsers.subject, queue="recorder")
    async def ask_users(question: AskUsers) -> Users:
        async with asked() as connection:
            return await answers.users(connection, question)

    @router.subscriber(AskGaps.subject, queue="recorder")
    async def ask_gaps(question: AskGaps) -> Gaps:
        async with asked() as connection:
            return await answers.gaps(connection, question)

    @router.subscriber(AskCoverage.subject, queue="recorder")
    async def ask_coverage(question: AskCoverage) -> Windows:
        async with asked() as connection:
            return await answers.windows(connection, question)

    @router.subscriber(AskBelongings.subject, queue="recorder")
    async def ask_belongings(question: AskBelongings) -> Belongings:
        async with asked() as connection:
            return await answers.belongings(connection, question)


def _of_listening(router: NatsRouter, asked: Asked) -> None:
    @router.subscriber(AskPlays.subject, queue="recorder")
    async def ask_plays(question: AskPlays) -> Plays:
        async with asked() as connection:
            return await answers.plays(connection, question)

    @router.subscriber(AskListening.subject, queue="recorder")
    async def ask_listening(question: AskListening) -> Listening:
        async with asked() as connection:
            return await answers.listening(connection, question, now())

    @router.subscriber(AskTops.subject, queue="recorder")
    async def ask_tops(question: AskTops) -> Tops:
        async with asked() as connection:
            return await answers.tops(connection, question)

    @router.subscriber(AskRepeats.subject, queue="recorder")
    async def ask_repeats(question: AskRepeats) -> Repeats:
        async with asked() as connection:
            return await answers.repeats(connection, question)


def _of_jobs(router: NatsRouter, asked: Asked) -> None:
    @router.subscriber(AskJobs.subject, queue="recorder")
    async def ask_jobs(question: AskJobs) -> Jobs:
        async with asked() as connection:
            return await answers.jobs(connection, question)

    @router.subscriber(AskSteps.subject, queue="recorder")
    async def ask_steps(question: AskSteps) -> Steps:
        async with asked() as connection:
            return await answers.steps(connection, question)

    @router.subscriber(AskImports.subject, queue="recorder")
    async def ask_imports(question: AskImports) -> Imports:
        async with asked() as connection:
            return await answers.imports(connection, question)

    @router.subscriber(AskRejects.subject, queue="recorder")
    async def ask_rejects(question: AskRejects) -> Rejects:
        async with asked() as connection:
            return await answers.rejects(connection, question)


def _always_reply() -> ExceptionMiddleware:
    """Without it a question whose handler raised is never answered, and the asker waits for the timeout."""
    replies = ExceptionMiddleware()

    @replies.add_handler(pydantic.ValidationError, publish=True)
    async def not_a_question(
        error: pydantic.ValidationError, asked: Annotated[NatsMessage, Context("message")]
    ) -> Refused:
        return Refused(error=f"not such a question: {reason(error, asked.body).removeprefix('question.')}", wrong=True)

    @replies.add_handler(RecorderError, publish=True)
    async def not_answered(error: RecorderError) -> Refused:
        return Refused(error=str(error), wrong=isinstance(error, DataRefused))

    @replies.add_handler(Exception, publish=True)
    async def failed(error: Exception) -> Refused:
        log.error("a question could not be answered", exc_info=error)
        return Refused(error="the recorder failed; its log says why")

    return replies

"""What happens when people ask for something, and when a listener is linked."""

from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from faststream import AckPolicy
from faststream.message import StreamMessage
from faststream.nats import JStream, NatsRouter, PullSub
from faststream.nats.annotations import NatsMessage
from faststream.nats.subscriber.usecases import PullStreamSubscriber
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from pydantic import ValidationError

from spindle.scheduler.answers import Answer, Answers, Refusal
from spindle.scheduler.letters import Letters
from spindle.scheduler.logic.jobs import begun_by, starts
from spindle.scheduler.steering import Steering
from spindle.shared.bus.delivery import Delivery
from spindle.shared.bus.publish import publish
from spindle.shared.messages import Message
from spindle.shared.messages.control import (
    Cancel,
    Control,
    ControlAnswered,
    Drop,
    Import,
    Pause,
    Resume,
    Retry,
    Trigger,
    Undo,
)
from spindle.shared.messages.users import UserLinked, UserRemoved
from spindle.shared.metrics.declared import CONTROLS

log = structlog.get_logger()

_TRIES = 3
_UNREAD = "it cannot be read"

_CONTROL = "control."
_COMMANDS: dict[str, type[Control]] = {
    each.subject: each for each in (Pause, Resume, Trigger, Cancel, Import, Undo, Retry, Drop)
}
_ACTIONS = [subject.removeprefix(_CONTROL) for subject in _COMMANDS]


def controls(js: JetStreamContext, answers: Answers) -> NatsRouter:
    """The subscriber of the durable `scheduler-control`: one control after the other, in the order sent."""
    router = NatsRouter(middlewares=[Delivery(js, _command, rescue=partial(_give_up, js), unread=partial(_refuse, js))])
    control = router.subscriber(
        "control.*",
        stream=JStream("control", declare=False),
        durable="scheduler-control",
        pull_sub=PullSub(batch_size=1, timeout=1.0),
        ack_policy=AckPolicy.MANUAL,
    )

    @control(filter=_on(Pause.subject))
    async def pause_user(command: Pause, message: NatsMessage) -> None:
        await _answer(answers.steering, command, message, answers.paused(command, _number(message)))

    @control(filter=_on(Resume.subject))
    async def resume_user(command: Resume, message: NatsMessage) -> None:
        await _answer(answers.steering, command, message, answers.resumed(command, _number(message)))

    @control(filter=_on(Trigger.subject))
    async def trigger_job(command: Trigger, message: NatsMessage) -> None:
        asked = message.raw_message.metadata
        await _answer(
            answers.steering, command, message, answers.triggered(command, asked.sequence.stream, asked.timestamp)
        )

    @control(filter=_on(Cancel.subject))
    async def cancel_job(command: Cancel, message: NatsMessage) -> None:
        await _answer(answers.steering, command, message, answers.cancelled(command))

    @control(filter=_on(Import.subject))
    async def import_archive(command: Import, message: NatsMessage) -> None:
        await _answer(answers.steering, command, message, answers.imported(command))

    @control(filter=_on(Undo.subject))
    async def undo_import(command: Undo, message: NatsMessage) -> None:
        await _answer(answers.steering, command, message, answers.undone(command))

    _of_letters(control, Letters(answers.steering, answers))

    @control
    async def refuse_control(command: Control, message: NatsMessage) -> None:
        await _answer(answers.steering, command, message, _no_such_control())

    return router


def listeners(js: JetStreamContext, steering: Steering, initial_sync_enabled: bool) -> NatsRouter:
    """The subscriber of the durable `scheduler-events`."""
    router = NatsRouter(middlewares=[Delivery(js, _event)])
    event = router.subscriber(
        "users.*.*",
        stream=JStream("events", declare=False),
        durable="scheduler-events",
        pull_sub=PullSub(batch_size=10, timeout=0.5),
        ack_policy=AckPolicy.MANUAL,
    )

    @event(filter=_on("users.linked."))
    async def start_jobs(known: UserLinked) -> None:
        for kind in starts(known, initial_sync_enabled):
            await steering.start(begun_by(known, kind), known.last_played_at)

    @event(filter=_on("users.removed."))
    async def forget_listener(gone: UserRemoved) -> None:
        await steering.forget(gone.user)

    return router


def _of_letters(control: PullStreamSubscriber, letters: Letters) -> None:
    @control(filter=_on(Retry.subject))
    async def retry_letter(command: Retry, message: NatsMessage) -> None:
        await _answer(letters.steering, command, message, letters.retried(command, _again(message)))

    @control(filter=_on(Drop.subject))
    async def drop_letter(command: Drop, message: NatsMessage) -> None:
        await _answer(letters.steering, command, message, letters.dropped(command, _again(message)))


async def _answer(steering: Steering, command: Control, message: NatsMessage, answer: Awaitable[Answer]) -> None:
    """The answer, or the refusal, as an event that bears the control's number: given again it is the same one."""
    try:
        given = await answer
    except Refusal as refusal:
        given = Answer(False, str(refusal))
    await steering.tell(_answered(command, message.raw_message, given), given.user)
    _count(message.raw_message, done=given.done)


def _answered(command: Control, message: Msg, given: Answer) -> ControlAnswered:
    return ControlAnswered(
        user=given.user,
        request=command.request,
        action=message.subject.removeprefix(_CONTROL),
        done=given.done,
        why=given.why,
        job=given.job,
        sequence=message.metadata.sequence.stream,
    )


async def _no_such_control() -> Answer:
    return Answer(False, f"there is no such control; there are: {', '.join(_ACTIONS)}")


async def _give_up(js: JetStreamContext, message: StreamMessage[Msg], error: Exception) -> bool:
    """A control that fails again and again is refused: those behind it wait for nothing else."""
    if message.raw_message.metadata.num_delivered < _TRIES:
        return False
    command, failure = _command(message.raw_message), Answer(False, f"it failed: {type(error).__name__}")
    await publish(js, _answered(command, message.raw_message, failure))
    _count(message.raw_message, done=False)
    log.error("a control was given up", subject=message.raw_message.subject, exc_info=error)
    return True


async def _refuse(js: JetStreamContext, message: Msg, why: str) -> None:
    """Whoever typed it waits for an answer, if it says for which request."""
    await publish(js, _answered(Control(request=_request(message.data)), message, Answer(False, f"{_UNREAD}: {why}")))
    _count(message, done=False)


def _count(message: Msg, *, done: bool) -> None:
    action = message.subject.removeprefix(_CONTROL)
    CONTROLS.labels(action if action in _ACTIONS else "unknown", "done" if done else "refused").inc()


def _request(body: bytes) -> str | None:
    try:
        return Control.decoded(body).request
    except (ValidationError, RecursionError):
        return None


def _command(message: Msg) -> Control:
    return _COMMANDS.get(message.subject, Control).decoded(message.data)


def _event(message: Msg) -> Message:
    return (UserRemoved if message.subject.startswith("users.removed.") else UserLinked).decoded(message.data)


def _on(subject: str) -> Callable[[NatsMessage], bool]:
    return lambda message: bool(message.raw_message.subject.startswith(subject))


def _number(message: NatsMessage) -> int:
    return message.raw_message.metadata.sequence.stream


def _again(message: NatsMessage) -> bool:
    return message.raw_message.metadata.num_delivered > 1

"""What happens when people ask for something, and when a listener is linked."""

from collections.abc import Awaitable, Callable
from typing import Any

from faststream import AckPolicy
from faststream.nats import JStream, NatsRouter, PullSub
from faststream.nats.annotations import NatsMessage
from nats.js import JetStreamContext

from spindle.scheduler.answers import Answer, Answers, Refusal
from spindle.scheduler.logic.jobs import starts
from spindle.scheduler.steering import Steering
from spindle.shared.bus.delivery import Delivery
from spindle.shared.bus.publish import publish
from spindle.shared.messages.control import Cancel, Control, ControlAnswered, Pause, Resume, Trigger
from spindle.shared.messages.users import UserKnown


def controls(js: JetStreamContext, answers: Answers) -> NatsRouter:
    """The subscriber of the durable `scheduler-control`: one control after the other, in the order sent."""
    router = NatsRouter(middlewares=[Delivery(js)])
    control = router.subscriber(
        "control.*",
        stream=JStream("control", declare=False),
        durable="scheduler-control",
        pull_sub=PullSub(batch_size=1, timeout=1.0),
        ack_policy=AckPolicy.MANUAL,
    )

    @control(filter=_on(Pause.subject))
    async def pause_user(command: Pause, message: NatsMessage) -> None:
        await _answer(js, command, message, answers.paused(command, _number(message)))

    @control(filter=_on(Resume.subject))
    async def resume_user(command: Resume, message: NatsMessage) -> None:
        await _answer(js, command, message, answers.resumed(command, _number(message)))

    @control(filter=_on(Trigger.subject))
    async def trigger_job(command: Trigger, message: NatsMessage) -> None:
        await _answer(js, command, message, answers.triggered(command))

    @control(filter=_on(Cancel.subject))
    async def cancel_job(command: Cancel, message: NatsMessage) -> None:
        await _answer(js, command, message, answers.cancelled(command))

    @control
    async def refuse_control(command: Control, message: NatsMessage) -> None:
        await _answer(js, command, message, _no_such_control())

    return router


def listeners(js: JetStreamContext, steering: Steering, initial_sync_enabled: bool) -> NatsRouter:
    """The subscriber of the durable `scheduler-events`."""
    router = NatsRouter(middlewares=[Delivery(js)])

    @router.subscriber(
        "users.linked.*",
        stream=JStream("events", declare=False),
        durable="scheduler-events",
        pull_sub=PullSub(batch_size=10, timeout=0.5),
        ack_policy=AckPolicy.MANUAL,
    )
    async def start_jobs(event: UserKnown) -> None:
        for kind in starts(event, initial_sync_enabled):
            await steering.start(kind, event.user)

    return router


async def _answer(js: JetStreamContext, command: Control, message: NatsMessage, answer: Awaitable[Answer]) -> None:
    """The answer, or the refusal, as an event that bears the control's number: given again it is the same one."""
    try:
        given = await answer
    except Refusal as refusal:
        given = Answer(False, str(refusal))
    event = ControlAnswered(
        user=given.user,
        request=command.request,
        action=message.raw_message.subject.removeprefix("control."),
        done=given.done,
        why=given.why,
        job=given.job,
        sequence=_number(message),
    )
    await publish(js, event)


async def _no_such_control() -> Answer:
    return Answer(False, "there is no such control; there are: pause, resume, trigger, cancel")


def _on(subject: str) -> Callable[[Any], bool]:
    return lambda message: bool(message.raw_message.subject == subject)


def _number(message: NatsMessage) -> int:
    return message.raw_message.metadata.sequence.stream

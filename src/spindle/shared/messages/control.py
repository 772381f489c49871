"""Controls: what a person may ask of the scheduler, small enough to type, and its answer."""

from typing import ClassVar, Literal

from spindle.shared.ids import JobId
from spindle.shared.messages import Message

# --- commands ----------------------------------------------------------------------------------------------------


class Control(Message):
    """`request` comes back in the answer, so that the caller knows its own."""

    request: str | None = None


class Pause(Control):
    """Stop work for a listener: all of it, or one kind."""

    subject: ClassVar[str] = "control.pause"

    user: str
    what: str = "all"


class Resume(Control):
    """Let paused work go on where it stood."""

    subject: ClassVar[str] = "control.resume"

    user: str
    what: str = "all"


class Trigger(Control):
    """Start a job now. A job that waits is started early with `hurry`; a completed initial sync again with `again`."""

    subject: ClassVar[str] = "control.trigger"

    user: str
    what: str
    hurry: bool = False
    again: bool = False


class Cancel(Control):
    """End a job, whether it runs, waits or is paused."""

    subject: ClassVar[str] = "control.cancel"

    job: JobId


class Import(Control):
    """Import an upload that lies in the object store `uploads`; its number becomes the job's."""

    subject: ClassVar[str] = "control.import"

    user: str
    upload: str
    dry_run: bool = False


class Undo(Control):
    """Take back what an import brought."""

    subject: ClassVar[str] = "control.undo"

    job: JobId


class Retry(Control):
    """Do again what a dead letter could not do."""

    subject: ClassVar[str] = "control.retry"

    letter: int
    """Its number in the stream `dead`."""


class Drop(Control):
    """Give a dead letter up for good. With the step of an import goes all that the import has brought."""

    subject: ClassVar[str] = "control.drop"

    letter: int


# --- events ------------------------------------------------------------------------------------------------------


class ControlAnswered(Message):
    """What became of a control: done, or refused and why."""

    subject: ClassVar[str] = "controls.answered.{user}"

    event: Literal["ControlAnswered"] = "ControlAnswered"
    user: str
    """A user id, or `unknown`."""
    request: str | None
    action: str
    done: bool
    why: str
    job: str | None = None
    sequence: int
    """Of the control in its stream."""

    @property
    def identity(self) -> str:
        return f"control:{self.sequence}"

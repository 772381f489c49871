"""What a poll worker can be told from outside."""

from datetime import timedelta

from pydantic import Field

from spindle.shared.desk import DeskSettings


class Settings(DeskSettings):
    poll_interval_seconds: float | None = Field(None, gt=0)
    """Seconds from one poll of a listener to the next. Without it polls follow every listener's habits; the demo takes
    30."""
    poll_concurrency: int = Field(16, ge=2, le=200)
    """Polls at the same time in one process."""

    @property
    def poll_interval(self) -> timedelta | None:
        return None if self.poll_interval_seconds is None else timedelta(seconds=self.poll_interval_seconds)

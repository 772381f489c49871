"""What a poll worker can be told from outside."""

from datetime import timedelta

from pydantic import Field

from spindle.shared.desk import DeskSettings


class Settings(DeskSettings):
    # 50 plays, all that Spotify keeps, take two hours or more (facts.md §1.5).
    poll_interval_seconds: float = Field(600, gt=0)
    """Seconds from one poll of a listener to the next; the demo takes 30."""
    poll_concurrency: int = Field(16, ge=2, le=200)
    """Polls at the same time in one process."""

    @property
    def poll_interval(self) -> timedelta:
        return timedelta(seconds=self.poll_interval_seconds)

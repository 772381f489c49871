"""What a sync worker can be told from outside."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from spindle.shared.desk import DeskSettings
from spindle.sync_worker.archive import cutting
from spindle.sync_worker.logic.plays import Limits


class Settings(DeskSettings):
    initial_sync_max_days: float = Field(30, gt=0)
    """How many days back an initial sync reads."""
    initial_sync_max_requests: int = Field(200, ge=1)
    """Pages that an initial sync asks for at most."""
    initial_sync_max_rate_limits: int = Field(5, ge=1)
    """Refusals by rate limit after which an initial sync leaves the rest for later."""
    sync_concurrency: int = Field(8, ge=2, le=200)
    """Steps at the same time in one process."""
    import_max_bytes: int = Field(4 * 2**30, ge=1)
    """Bytes that the files of one import unpack to at most."""
    import_max_rows: int = Field(5_000_000, ge=1)
    """Rows of one import at most."""
    import_dir: Path | None = None
    """A folder with a folder for each listener, by name or id: what is put there is imported."""

    @property
    def limits(self) -> Limits:
        return Limits(
            age=timedelta(days=self.initial_sync_max_days),
            requests=self.initial_sync_max_requests,
            rate_limits=self.initial_sync_max_rate_limits,
        )

    @property
    def import_limits(self) -> cutting.Limits:
        return cutting.Limits(bytes=self.import_max_bytes, rows=self.import_max_rows)

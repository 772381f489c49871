"""What a recorder can be told from outside."""

from datetime import timedelta

from pydantic import Field, SecretStr

from spindle.shared.settings import BusSettings


class Settings(BusSettings):
    database_url: SecretStr = SecretStr("postgresql://spindle@127.0.0.1:5432/spindle")
    """A PostgreSQL of yours, 15 to 18. Without it `up` starts one of its own."""
    recorder_batch: int = Field(200, ge=1, le=1000)
    """Messages in one transaction at most."""
    recorder_connections: int = Field(4, ge=2, le=50)
    """Connections to PostgreSQL of one process at most."""
    unknown_patience: timedelta = timedelta(minutes=10)
    """How old a fact of an unknown listener may grow before it goes to `dead`."""
    keep_polls_days: int = Field(90, ge=1, le=36500)
    """How many days the run of a poll and its books are remembered; plays, imports and initial syncs stay for good."""

"""What a recorder can be told from outside."""

from datetime import timedelta

from pydantic import Field, SecretStr

from spindle.shared.settings import BusSettings


class Settings(BusSettings):
    database_url: SecretStr = SecretStr("postgresql://spindle@127.0.0.1:5432/spindle")
    """Secret, because it may hold a password."""
    recorder_batch: int = Field(200, ge=1, le=1000)
    """Messages a transaction."""
    recorder_connections: int = Field(4, ge=2, le=50)
    unknown_patience: timedelta = timedelta(minutes=10)
    """How old a fact of an unknown listener may grow before it goes to `dead`."""

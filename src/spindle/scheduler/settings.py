"""What a scheduler can be told from outside."""

from datetime import timedelta

from pydantic import Field

from spindle.shared.settings import BusSettings, ClientSettings
from spindle.shared.spotify.door import Owner

_INTERVAL = 600.0
"""Seconds; nobody has looked at the listener's habits then."""


class Settings(BusSettings, ClientSettings):
    initial_sync_enabled: bool = True
    """Whether a newly linked listener's history is read as far back as Spotify lets us."""
    poll_interval_seconds: float | None = Field(None, gt=0)
    """Seconds from one poll of a listener to the next. Without it polls follow every listener's habits; the demo takes
    30."""
    reconcile_seconds: float = Field(60, gt=0)
    """Seconds from one look at all mailboxes, for what got lost, to the next."""

    @property
    def poll_interval(self) -> timedelta:
        """From a poll that is cancelled to the next one."""
        return timedelta(seconds=self.poll_interval_seconds or _INTERVAL)

    @property
    def owner(self) -> Owner:
        return Owner(self.spotify_client_id, self.spotify_developer_account)

"""What every request works with."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request
from nats.aio.client import Client

from spindle.gateway.checkups import Checkups
from spindle.gateway.fresh import Fresh
from spindle.gateway.latest import Latest
from spindle.gateway.live.feed import Feed
from spindle.gateway.settings import Settings
from spindle.people.overview import Overview

_SPOTIFY = str(Settings.model_fields["spotify_accounts_url"].default)


@dataclass(frozen=True)
class Gateway:
    settings: Settings
    client: Client
    latest: Latest
    feed: Feed
    overviews: Fresh[Overview] = field(default_factory=Fresh)

    @cached_property
    def checkups(self) -> Checkups:
        return Checkups(self.client, self.settings)

    @property
    def is_demo(self) -> bool:
        """Somebody else plays Spotify's part."""
        return self.settings.spotify_accounts_url != _SPOTIFY


async def _here(request: Request) -> Gateway:
    found: Gateway = request.app.state.gateway
    return found


Here = Annotated[Gateway, Depends(_here)]

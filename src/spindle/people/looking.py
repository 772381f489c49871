"""A look at Spotify's limits, as all processes keep them on the bus."""

from datetime import datetime

from nats.js import JetStreamContext

from spindle.people.limits import Budget, Limits
from spindle.shared.settings import SpotifySettings
from spindle.shared.spotify.budget import used
from spindle.shared.spotify.door import Owner
from spindle.shared.spotify.doors import standing
from spindle.shared.spotify.pace import spent


async def limits(js: JetStreamContext, told: SpotifySettings, now: datetime) -> Limits:
    """Of the client id that is told, and of all when none is: then nobody here knows whose doors are ours."""
    client = told.spotify_client_id
    ours = await standing(js, Owner(client, told.spotify_developer_account))
    if not client:
        return Limits(ours)
    book = await spent(js, client)
    return Limits(ours, Budget(book.calls or told.spotify_budget, used(book, now.timestamp())))

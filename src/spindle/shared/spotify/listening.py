"""One page of what a listener played, with a token that Spotify accepts."""

from datetime import datetime

from spindle.shared.ids import UserId
from spindle.shared.spotify.client import Spotify
from spindle.shared.spotify.errors import Malformed, Unauthorized
from spindle.shared.spotify.line import Turn
from spindle.shared.spotify.plays import Fetched, RecentlyPlayed
from spindle.shared.spotify.vault import TokenVault


class Listening:
    def __init__(self, spotify: Spotify, vault: TokenVault) -> None:
        self._spotify = spotify
        self._vault = vault

    async def page(
        self, user: UserId, turn: Turn, before: datetime | None = None, after: datetime | None = None
    ) -> Fetched:
        """The newest 50 plays, of all or of those before `before` or after `after`. A refused token is renewed
        once, not in a loop."""
        await turn.ready()
        token = await self._vault.access_token(user)
        try:
            return _readable(await self._spotify.recently_played(token, turn, before=before, after=after), 1)
        except Unauthorized:
            token = await self._vault.access_token(user, rejected=token)
        return _readable(await self._spotify.recently_played(token, turn, before=before, after=after), 2)


def _readable(page: RecentlyPlayed, requests: int) -> Fetched:
    """Raises `Malformed` for a page that has items and says nothing: taken for an empty one it would end a history."""
    if page.unreadable and page.oldest is None:
        raise Malformed("Spotify's page holds nothing that can be read.")
    return Fetched(page, requests)

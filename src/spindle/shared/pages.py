"""What a page of plays proves, and where a way back through such pages ends."""

from datetime import datetime

from spindle.shared.messages.jobs import Reason
from spindle.shared.messages.plays import Window
from spindle.shared.spotify.plays import RecentlyPlayed

FULL = 50
"""Items of a page that may leave some out: as many as we ask for, which is as many as Spotify gives (facts.md §1.1)."""


def proven(before: datetime | None, page: RecentlyPlayed, after: datetime | None = None) -> Window | None:
    """All between the oldest play and where the page began; nothing when an item could not be read.

    The newest page proves nothing after its newest play: Spotify can be hours or days behind and look just the same
    (facts.md §1.4). A page that begins later than it was asked to (the cursor was ignored) proves all up to its newest
    play. An empty page proves nothing: Spotify keeps about 50 plays and does not say what it has forgotten. A page of
    what came `after` a time that is not full leaves out nothing since then.
    """
    if page.unreadable or page.oldest is None or page.newest is None:
        return None
    since = min(after, page.oldest) if after and len(page.plays) < FULL else page.oldest
    return Window(after=since, before=max(before or page.newest, page.newest))


def dead_end(before: datetime | None, page: RecentlyPlayed) -> Reason | None:
    """Why no older page can follow. One whose items could not be read is not empty: its cursor still leads on."""
    if page.oldest is None:
        return Reason.EMPTY_PAGE
    if before and page.oldest >= before:
        return Reason.NO_PROGRESS
    return None

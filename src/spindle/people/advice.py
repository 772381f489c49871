"""What to do when Spotify refuses a listener's polls, by the words with which the last one failed."""

from spindle.people.wording import LINK, command
from spindle.shared.spotify.errors import Refusal, refusal

_TODO = {
    Refusal.SCOPE: f"Log in again, and allow the scope user-read-recently-played: `{command(LINK)}`.",
    Refusal.NOT_REGISTERED: "Enter the account under User Management of your app in Spotify's developer dashboard.",
    Refusal.PREMIUM: "The owner of the app has to renew Premium, and then to wait for some hours.",
    Refusal.REMOVED: "Look whether SPINDLE_SPOTIFY_API_URL is right, and whether there is a newer Spindle.",
    Refusal.PROXY: "Let this machine reach Spotify's Web API: look at its proxy, firewall and VPN.",
}


def todo(error: str) -> str | None:
    """None when it is not known to be a refusal that somebody can do something about."""
    kind = refusal(error)
    return _TODO.get(kind) if kind else None

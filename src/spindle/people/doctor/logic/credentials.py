"""Credentials: the client that Spotify knows, the key that seals the tokens, and the tokens that it must open."""

from collections.abc import Sequence
from dataclasses import dataclass

from spindle.people.doctor.logic.findings import Finding, listed, ok, problem, warning
from spindle.people.wording import LINK, command, count

CLIENT, KEY = "client", "key"

_LINK = f"`{command(LINK)}`"


@dataclass(frozen=True)
class Client:
    """What Spotify's accounts service says about our client id and secret."""

    id: str
    demo: bool = False
    secret: bool = False
    accepted: bool | None = None
    """None when it could not be asked."""
    why: str = ""
    needed: bool = True
    """Whether nothing works without one: an `up` runs the demo then."""


@dataclass(frozen=True)
class Tokens:
    """Of the listeners whose tokens were looked at: who has which trouble, by name."""

    looked_at: int
    everybody: bool = True
    sealed_otherwise: Sequence[str] = ()
    missing: Sequence[str] = ()
    other_client: Sequence[str] = ()


def client(seen: Client) -> list[Finding]:
    if not seen.id and not seen.needed:
        return [ok(CLIENT, f"No Spotify client id is set: `{command('up')}` runs the demo.")]
    if not seen.id:
        what = "No Spotify client id is set."
        return [problem(CLIENT, what, "Set SPINDLE_SPOTIFY_CLIENT_ID to that of your app.")]
    name = "The demo's client id" if seen.demo else f"The client id{' and secret' if seen.secret else ''}"
    if seen.accepted is None:
        return [warning(CLIENT, f"{name} could not be tried: {seen.why.rstrip('.')}.", _reach(seen.demo))]
    if not seen.accepted:
        variables = f"SPINDLE_SPOTIFY_CLIENT_ID{' and SPINDLE_SPOTIFY_CLIENT_SECRET' if seen.secret else ''}"
        todo = f"Compare {variables} with Spotify's developer dashboard."
        return [problem(CLIENT, f"Spotify does not know this client id{' and secret' if seen.secret else ''}.", todo)]
    return [ok(CLIENT, f"{name} {'are' if seen.secret else 'is'} accepted.")]


def _reach(demo: bool) -> str:
    return "The demo's Spotify runs with `up`." if demo else "Look at the network; what is due waits until it is back."


def no_key(why: str) -> list[Finding]:
    """There is none, or it is none."""
    todo = "Set SPINDLE_SECRET_KEY to the key that sealed the tokens: with another one every listener must link again."
    return [problem(KEY, f"{why.rstrip('.')}.", todo)]


def key_to_come(recorded: bool) -> list[Finding]:
    """`recorded`: this home has a database, so there was a key."""
    if not recorded:
        return [ok(KEY, f"There is no secret key yet: `{command('up')}` makes one.")]
    what = "This home has recorded, and the key that opens its tokens is not here."
    return [problem(KEY, what, "Put secret.key back before `up` makes another, or every listener must link again.")]


def several_keys(number: int, place: str) -> list[Finding]:
    """While keys are changed there is more than one; nothing else needs that."""
    if number < 2:
        return []
    todo = f"`{command('keys rotate')}` seals everything with the first of them, and says what to do with the others."
    return [warning(KEY, f"There are {number} secret keys in {place}: a rotation is not finished.", todo)]


def tokens(seen: Tokens) -> list[Finding]:
    found: list[Finding] = []
    if seen.sealed_otherwise:
        what = f"The secret key does not open the tokens of {listed(seen.sealed_otherwise)}."
        which = f"`{command('keys list')}` tells which key sealed them"
        todo = f"{which}: put it back, behind the one that is there, or link these listeners again: {_LINK}."
        found.append(problem(KEY, what, todo))
    if seen.missing:
        what = f"There are no tokens of {listed(seen.missing)}."
        found.append(problem(KEY, what, f"Link these listeners again: {_LINK}."))
    if seen.other_client:
        what = f"The tokens of {listed(seen.other_client)} belong to another client id."
        todo = f"Set SPINDLE_SPOTIFY_CLIENT_ID as it was, or link these listeners again: {_LINK}."
        found.append(problem(KEY, what, todo))
    if found:
        return found
    if not seen.looked_at:
        return [ok(KEY, "The secret key is well formed; there are no tokens to open.")]
    of = count(seen.looked_at, "listener") if seen.everybody else f"the first {count(seen.looked_at, 'listener')}"
    return [ok(KEY, f"The secret key opens the tokens of {of}.")]

"""Linking a Spotify account to a listener, healing it, and forgetting it: for a login, `users add` and the demo."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from nats.aio.client import Client
from nats.js.errors import BucketNotFoundError
from pydantic import SecretStr

from spindle.people import asking
from spindle.people.errors import NameTaken, NoAnswer, Problem
from spindle.people.names import default_names, name_trouble
from spindle.people.wording import here, local
from spindle.shared.bus.publish import publish
from spindle.shared.consent import ends_at
from spindle.shared.ids import UserId, new_user, now
from spindle.shared.messages.ask import AskUsers, Listener, Users
from spindle.shared.messages.users import AccountLinked, AccountRemoved
from spindle.shared.settings import SpotifySettings
from spindle.shared.spotify.accounts import Accounts, Grant
from spindle.shared.spotify.client import Profile, Spotify
from spindle.shared.spotify.door import Family
from spindle.shared.spotify.doors import Doors
from spindle.shared.spotify.entries import Entries
from spindle.shared.spotify.errors import Disconnected, Held, RateLimited
from spindle.shared.spotify.line import at_once, line_of
from spindle.shared.spotify.login import Login
from spindle.shared.spotify.seal import Sealer
from spindle.shared.spotify.transport import http_client
from spindle.shared.spotify.vault import TokenVault

_KNOWN_WITHIN = 15.0  # seconds


@dataclass(frozen=True)
class Linked:
    user: UserId
    name: str
    healed: bool
    """The account was a listener's already: that one has the new token."""


def consent_trouble(authorized_at: datetime | None, now: datetime) -> str | None:
    """Why nobody can have consented then and still be connected."""
    if authorized_at is None:
        return None
    if authorized_at > now:
        return f"a consent of {local(authorized_at)} is yet to come: say when it was given, or leave the date out"
    end = ends_at(now, authorized_at)
    if end <= now:
        return f"a consent of {local(authorized_at)} ended on {here(end):%Y-%m-%d}: give it again"
    return None


class Linking:
    def __init__(
        self, bus: Client, accounts: Accounts, doors: Doors, vault: TokenVault, entries: Entries, spotify: Spotify
    ) -> None:
        self._bus = bus
        self._accounts = accounts
        self._doors = doors
        self._vault = vault
        self._entries = entries
        self._spotify = spotify

    async def add(self, name: str, refresh_token: SecretStr, authorized_at: datetime | None = None) -> Linked:
        """From a refresh token at hand."""
        if trouble := name_trouble(name) or consent_trouble(authorized_at, now()):
            raise Problem(trouble)
        return await self._link(name, refresh_token, None, authorized_at)

    async def log_in(self, login: Login, code: SecretStr) -> Linked:
        """The end of a login that `check` lets pass. Raises what an exchange raises, `Forbidden` too, and `NameTaken`:
        then nothing of it is left, and it has to begin anew."""
        async with self._doors.passing(Family.TOKENS):
            consent = await self._accounts.exchange(code, login.verifier, login.redirect_uri)
        return await self._link(login.name, consent.refresh_token, consent.grant, consent.given_at)

    async def _link(
        self, name: str | None, refresh_token: SecretStr, grant: Grant | None, authorized_at: datetime | None
    ) -> Linked:
        """The token is stored before it is used: one that is rotated at its first use is not lost."""
        user = new_user()
        await self._vault.store(user, refresh_token, grant=grant, authorized_at=authorized_at)
        try:
            profile = await self._profile(user)
            account = profile.account_id or profile.id
            known = await self._of_account(account)
            if known:
                await self._hand_over(user, known.user)
            called = known.name if known else await self._free_name(name, profile)
        except BaseException:
            await self._vault.forget(user)
            raise
        linked = AccountLinked(
            user=known.user if known else user,
            name=called,
            account=account,
            linked_at=now(),
            authorized_at=authorized_at,
        )
        await publish(self._bus.jetstream(), linked)
        await self._until(linked.user)
        return Linked(linked.user, linked.name, healed=known is not None)

    async def remove(self, listener: Listener) -> None:
        fact = AccountRemoved(user=listener.user, removed_at=now(), name=listener.name)
        await self._vault.forget(listener.user)
        await publish(self._bus.jetstream(), fact)
        await self._until(listener.user, gone=True)

    async def _profile(self, user: UserId) -> Profile:
        """Of the account that the token opens."""
        try:
            return await self._spotify.me(await self._vault.access_token(user), at_once())
        except Disconnected as refused:
            raise Problem(f"Spotify does not accept this refresh token: {refused.reason}") from refused
        except (Held, RateLimited) as wait:
            until = f"before {local(wait.until)}" if wait.until else "now"
            raise Problem(f"Spotify may not be asked {until}; try again then ({str(wait).rstrip('.')})") from wait

    async def _free_name(self, wished: str | None, profile: Profile) -> str:
        if wished:
            await must_be_free(self._bus, wished)
            return wished
        names = default_names(profile.display_name, profile.id)
        while await _known(self._bus, name := next(names)):
            pass
        return name

    async def _hand_over(self, user: UserId, known: UserId) -> None:
        """What the vault has by now: the token that was typed may have been rotated away."""
        entry = await self._entries.read(user)
        if entry is None:
            raise Problem("somebody else removed the tokens meanwhile: try again")
        record = entry.record
        grant = None
        if record.access_token and record.expires_at:
            grant = Grant(record.access_token, record.expires_at, None, record.scope)
        await self._vault.store(known, record.refresh_token, grant=grant, authorized_at=record.authorized_at)
        if await _known(self._bus, known) is None:
            await self._vault.forget(known)
            raise Problem("somebody removed this account's listener meanwhile: try again")
        await self._vault.forget(user)

    async def _of_account(self, account: str) -> Listener | None:
        async for one in asking.everybody(self._bus):
            if one.account == account:
                return one
        return None

    async def _until(self, user: UserId, gone: bool = False) -> None:
        """Until the recorder has it so: the listener there and connected, or gone."""
        give_up = monotonic() + _KNOWN_WITHIN
        while monotonic() < give_up:
            found = await _known(self._bus, user)
            if gone == (found is None) and (found is None or found.disconnected_at is None):
                return
            await asyncio.sleep(0.1)
        raise NoAnswer("the recorder has not written it down yet: it will, as soon as it can")


async def must_be_free(bus: Client, name: str) -> None:
    """Before somebody is sent to Spotify, and again when they are back. Raises `NameTaken`."""
    if await _known(bus, name):
        raise NameTaken(name)


async def _known(bus: Client, wanted: str) -> Listener | None:
    """The one of this name or id."""
    found = (await asking.ask(bus, AskUsers(user=wanted, limit=1), Users)).users
    return found[0] if found else None


@asynccontextmanager
async def linking(bus: Client, settings: SpotifySettings) -> AsyncIterator[Linking]:
    try:
        tokens = await bus.jetstream().key_value("tokens")
    except BucketNotFoundError:
        raise Problem("this NATS server has not been prepared for Spindle: run `spindle provision`") from None
    sealer = Sealer(settings.keys)
    http = http_client(connections=4)
    accounts = Accounts(http, settings.spotify_accounts_url, settings.spotify_client_id, settings.spotify_client_secret)
    line = await line_of(settings, bus.jetstream())
    vault = TokenVault(tokens, sealer, accounts, line.doors)
    try:
        spotify = Spotify(http, settings.spotify_api_url, line)
        yield Linking(bus, accounts, line.doors, vault, Entries(tokens, sealer), spotify)
    finally:
        await line.close()
        await vault.close()
        await http.aclose()

"""Linking a Spotify account to a listener, healing it, and forgetting it: what `users add` and the demo both do."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from nats.aio.client import Client
from nats.js.errors import BucketNotFoundError
from pydantic import SecretStr

from spindle.cli import asking
from spindle.cli.errors import CommandError, NoAnswer
from spindle.cli.wording import local
from spindle.shared.bus.publish import publish
from spindle.shared.consent import ends_at
from spindle.shared.ids import UserId, new_user, now
from spindle.shared.messages.ask import AskUsers, Listener, Users
from spindle.shared.messages.users import AccountLinked, AccountRemoved
from spindle.shared.settings import SpotifySettings
from spindle.shared.spotify.accounts import Accounts, Grant
from spindle.shared.spotify.client import Spotify
from spindle.shared.spotify.entries import Entries
from spindle.shared.spotify.errors import Disconnected, Held, RateLimited
from spindle.shared.spotify.line import at_once, line_of
from spindle.shared.spotify.seal import Sealer
from spindle.shared.spotify.transport import http_client
from spindle.shared.spotify.vault import TokenVault

_KNOWN_WITHIN = 15.0  # seconds
_LONGEST = 60
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Linked:
    user: UserId
    name: str
    healed: bool
    """The account was a listener's already: that one has the new token."""


def name_trouble(name: str) -> str | None:
    """Why this is no name for a listener."""
    if not name.strip() or name != name.strip():
        return "a name has letters, and no spaces around them"
    if len(name) > _LONGEST:
        return f"a name has at most {_LONGEST} letters"
    if not name.isprintable():
        return "a name has no line breaks or control characters"
    if name.startswith("-") or _ID.fullmatch(name):
        return "that looks like an option or an id, not like a name"
    return None


def consent_trouble(authorized_at: datetime | None, now: datetime) -> str | None:
    """Why nobody can have consented then and still be connected."""
    if authorized_at is None:
        return None
    if authorized_at > now:
        return f"a consent of {local(authorized_at)} is yet to come: say when it was given, or leave the date out"
    end = ends_at(now, authorized_at)
    if end <= now:
        return f"a consent of {local(authorized_at)} ended on {end.astimezone():%Y-%m-%d}: give it again"
    return None


class Linking:
    def __init__(self, bus: Client, vault: TokenVault, entries: Entries, spotify: Spotify) -> None:
        self._bus = bus
        self._vault = vault
        self._entries = entries
        self._spotify = spotify

    async def add(self, name: str, refresh_token: SecretStr, authorized_at: datetime | None = None) -> Linked:
        """The token is stored before it is used: one that is rotated at its first use is not lost."""
        if trouble := name_trouble(name) or consent_trouble(authorized_at, now()):
            raise CommandError(trouble)
        user = new_user()
        await self._vault.store(user, refresh_token, authorized_at=authorized_at)
        try:
            account = await self._account(user)
            known = await self._of_account(account)
            if known:
                await self._hand_over(user, known.user)
            else:
                await self._must_be_free(name)
        except BaseException:
            await self._vault.forget(user)
            raise
        linked = AccountLinked(
            user=known.user if known else user,
            name=known.name if known else name,
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

    async def _account(self, user: UserId) -> str:
        """Spotify's id of the account that the token opens."""
        try:
            profile = await self._spotify.me(await self._vault.access_token(user), at_once())
        except Disconnected as refused:
            raise CommandError(f"Spotify does not accept this refresh token: {refused.reason}") from refused
        except (Held, RateLimited) as wait:
            until = f"before {local(wait.until)}" if wait.until else "now"
            raise CommandError(f"Spotify may not be asked {until}; try again then ({str(wait).rstrip('.')})") from wait
        return profile.account_id or profile.id

    async def _must_be_free(self, name: str) -> None:
        if (await asking.ask(self._bus, AskUsers(user=name, limit=1), Users)).users:
            raise CommandError(f"the name {name!r} is taken by another listener: choose another one")

    async def _hand_over(self, user: UserId, known: UserId) -> None:
        """What the vault has by now: the token that was typed may have been rotated away."""
        entry = await self._entries.read(user)
        if entry is None:
            raise CommandError("somebody else removed the tokens meanwhile: try again")
        record = entry.record
        grant = None
        if record.access_token and record.expires_at:
            grant = Grant(record.access_token, record.expires_at, None, record.scope)
        await self._vault.store(known, record.refresh_token, grant=grant, authorized_at=record.authorized_at)
        if await self._known(known) is None:
            await self._vault.forget(known)
            raise CommandError("somebody removed this account's listener meanwhile: try again")
        await self._vault.forget(user)

    async def _of_account(self, account: str) -> Listener | None:
        async for one in asking.everybody(self._bus):
            if one.account == account:
                return one
        return None

    async def _known(self, user: UserId) -> Listener | None:
        found = (await asking.ask(self._bus, AskUsers(user=user, limit=1), Users)).users
        return found[0] if found else None

    async def _until(self, user: UserId, gone: bool = False) -> None:
        """Until the recorder has it so: the listener there and connected, or gone."""
        give_up = monotonic() + _KNOWN_WITHIN
        while monotonic() < give_up:
            found = await self._known(user)
            if gone == (found is None) and (found is None or found.disconnected_at is None):
                return
            await asyncio.sleep(0.1)
        raise NoAnswer("the recorder has not written it down yet: it will, as soon as it can")


@asynccontextmanager
async def linking(bus: Client, settings: SpotifySettings) -> AsyncIterator[Linking]:
    try:
        tokens = await bus.jetstream().key_value("tokens")
    except BucketNotFoundError:
        raise CommandError("this NATS server has not been prepared for Spindle: run `spindle provision`") from None
    sealer = Sealer(settings.keys)
    http = http_client(connections=4)
    accounts = Accounts(http, settings.spotify_accounts_url, settings.spotify_client_id, settings.spotify_client_secret)
    line = await line_of(settings, bus.jetstream())
    vault = TokenVault(tokens, sealer, accounts, line.doors)
    try:
        yield Linking(bus, vault, Entries(tokens, sealer), Spotify(http, settings.spotify_api_url, line))
    finally:
        await line.close()
        await vault.close()
        await http.aclose()

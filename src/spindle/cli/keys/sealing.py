"""Sealing every listener's tokens anew, while services renew them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg

from spindle.people.stored import deleted, stored
from spindle.shared.spotify.entries import Entries
from spindle.shared.spotify.seal import BrokenSeal, sealed_by

STREAM = "KV_tokens"

_AT_ONCE = 100

Tell = Callable[[str], None]


@dataclass
class Sealing:
    """Tokens that change meanwhile are met again, later: whoever was faster is not overwritten."""

    entries: Entries
    key: str
    """The id of the key that seals from now on."""
    tell: Tell
    sealed: int = 0
    unopened: set[str] = field(default_factory=set)
    """Listeners whose tokens none of the keys opens."""
    _waiting: list[RawStreamMsg] = field(default_factory=list)

    async def everything(self, js: JetStreamContext) -> None:
        total, seen = (await js.stream_info(STREAM)).state.messages, 0
        async for message in stored(js, STREAM):
            seen += 1
            self.unopened.discard(user_of(message))
            if not deleted(message) and sealed_by(message.data or b"") != self.key:
                self._waiting.append(message)
            if len(self._waiting) == _AT_ONCE:
                await self._settle()
            if seen % _AT_ONCE == 0:
                done = f"{seen:,} of {total:,}" if seen < total else "once more what has changed meanwhile"
                self.tell(f"Sealing tokens anew: {done} …")
        await self._settle()

    async def _settle(self) -> None:
        waiting, self._waiting = self._waiting, []
        self.sealed += sum(await asyncio.gather(*map(self._anew, waiting)))

    async def _anew(self, message: RawStreamMsg) -> bool:
        user = user_of(message)
        try:
            return await self.entries.seal_anew(user, message.data or b"", int(message.seq or 0))
        except BrokenSeal:
            self.unopened.add(user)
            return False


def user_of(message: RawStreamMsg) -> str:
    return str(message.subject).removeprefix("$KV.tokens.")

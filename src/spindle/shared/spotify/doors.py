"""All doors, kept in the bucket `pace`: the same for every process, and through restarts of everything."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

from nats.js import JetStreamContext
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError, NotFoundError
from nats.js.kv import KeyValue
from pydantic import ValidationError

from spindle.shared.bus.patience import insist
from spindle.shared.bus.publish import publish
from spindle.shared.bus.sharing import Shared
from spindle.shared.ids import now
from spindle.shared.messages.doors import DoorClosed, DoorOpened
from spindle.shared.spotify.door import ANYONE, Door, Family, Owner, Scope, closed, shut
from spindle.shared.spotify.errors import Held, RateLimited, SpotifyError, Unavailable, Unreachable

BUCKET = "pace"

_PROBED_WITHIN = 3.0  # seconds; one who waits longer for another's probe comes again
_LOOK_EVERY = 0.05  # seconds
_AGAIN_AFTER = timedelta(seconds=2)
_LAST_WORD = 2.0  # seconds, to give a probe back when a process stops
_PROBING = "one call is trying whether Spotify may be asked again"

Change = Callable[[Door | None], Door | None]


class Doors:
    """The doors that one client id has to pass."""

    def __init__(
        self, js: JetStreamContext, kv: KeyValue, owner: Owner, *, clock: Callable[[], datetime] = now
    ) -> None:
        self._js = js
        self._kv = kv
        self._scopes = owner.scopes()
        self._asked = {family: Shared(partial(self._both, family)) for family in Family}
        """For all calls that wait at the same moment: of each family there are two doors, the same for everybody."""
        self._clock = clock
        self._shut: dict[Family, Door] = {}
        """What this process knows to be shut: deadlines do not move forward, so nobody has to look again before."""

    @asynccontextmanager
    async def passing(self, family: Family) -> AsyncIterator[None]:
        """Around one call. Raises `Held` when it may not be made; what happens to it opens or closes the door."""
        me = uuid.uuid4().hex
        probed = await self._enter(family, me)
        try:
            yield
        except RateLimited as refusal:
            await self._release([scope for scope in probed if scope.quota != refusal.quota], family)
            refusal.until = (await self._close(family, refusal)).until
            raise
        except (Unreachable, Unavailable, Held):
            await self._release(probed, family)
            raise
        except SpotifyError:
            await self._open(probed, family)  # it has answered
            raise
        except BaseException:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_LAST_WORD):
                    await self._release(probed, family)
            raise
        await self._open(probed, family)

    async def standing(self, family: Family) -> Door | None:
        """The one of the family that is shut now, as all processes know it."""
        return shut([each[0] for each in await self._both(family) if each], family, self._clock())

    def look(self, family: Family) -> None:
        """Raises `Held` when this process knows already that the door is shut."""
        known = self._shut.get(family)
        if known is not None and known.shut(self._clock()):
            raise Held(known.until, known.why)

    async def _enter(self, family: Family, me: str) -> list[Scope]:
        """The doors for which the call that follows is the probe."""
        self.look(family)
        give_up = asyncio.get_running_loop().time() + _PROBED_WITHIN
        while True:
            doors = await insist(self._asked[family])
            standing = [(scope, found[0]) for scope, found in zip(self._scopes, doors, strict=True) if found]
            await self._shut_out(family, [door for _, door in standing])
            ajar = [scope for scope, door in standing if door.ajar(self._clock())]
            probed = [scope for scope in ajar if await self._probe(family, scope, me)]
            if len(probed) == len(ajar):
                return probed
            await self._release(probed, family)
            if asyncio.get_running_loop().time() > give_up:
                raise Held(self._clock() + _AGAIN_AFTER, _PROBING)
            await asyncio.sleep(_LOOK_EVERY)

    async def _shut_out(self, family: Family, doors: list[Door]) -> None:
        shut = [door for door in doors if door.shut(self._clock())]
        if not shut:
            return
        for door in shut:
            await self._announce(door)
        last = max(shut, key=lambda door: door.until)
        self._shut[family] = last
        raise Held(last.until, last.why)

    async def _probe(self, family: Family, scope: Scope, me: str) -> bool:
        """Whether the probe is ours now."""
        at = self._clock()
        found = await self._read(scope.key(family))
        if found is None or not found[0].ajar(at):
            return False
        door, revision = found
        return not door.taken(me, at) and await self._put(scope.key(family), door.probed_by(me, at), revision)

    async def _close(self, family: Family, refusal: RateLimited) -> Door:
        scope = next(scope for scope in self._scopes if scope.quota == refusal.quota)
        at = self._clock()
        self._shut[family] = door = closed(None, family, scope, refusal, at)  # for us, also when nobody can be told
        door = await self._change(scope.key(family), lambda stands: closed(stands, family, scope, refusal, at)) or door
        self._shut[family] = door
        await self._announce(door)
        return door

    async def _open(self, probed: list[Scope], family: Family) -> None:
        """Told before it is done: after a crash in between the next probe tells it again, and it is the same event."""
        for scope in probed:
            at, found = self._clock(), await self._read(scope.key(family))
            if found is None or not found[0].ajar(at):
                continue  # somebody has been refused meanwhile
            await publish(self._js, DoorOpened(family=family, of=scope.of, until=found[0].until, opened_at=at))
            await self._change(scope.key(family), partial(_opened, at=at))

    async def _release(self, probed: list[Scope], family: Family) -> None:
        for scope in probed:
            await self._change(scope.key(family), lambda stands: stands.released() if stands else None)

    async def _announce(self, door: Door) -> None:
        """Whoever meets a closed door of which nobody was told tells it: a process may have died before it could."""
        if door.announced:
            return
        told = DoorClosed(
            family=door.family,
            of=door.of,
            quota=door.quota,
            closed_at=door.closed_at,
            until=door.until,
            why=door.why,
        )
        await publish(self._js, told)
        key = Scope(door.of, quota=door.quota).key(door.family)
        await self._change(key, lambda stands: _marked(stands, door))

    async def _change(self, key: str, change: Change) -> Door | None:
        """What stands after it."""
        while True:
            found = await self._read(key)
            door, revision = found or (None, 0)
            changed = change(door)
            if changed is None or changed == door or await self._put(key, changed, revision):
                return changed

    async def _put(self, key: str, door: Door, revision: int) -> bool:
        """False when somebody else was faster."""
        body = door.model_dump_json().encode()

        async def put() -> bool:
            try:
                await (self._kv.update(key, body, last=revision) if revision else self._kv.create(key, body))
            except KeyWrongLastSequenceError:
                found = await self._read(key)
                return found is not None and found[0] == door  # an attempt before was stored, its answer lost
            return True

        return await insist(put)

    async def _both(self, family: Family) -> list[tuple[Door, int] | None]:
        return await asyncio.gather(*(_entry(self._kv, scope.key(family)) for scope in self._scopes))

    async def _read(self, key: str) -> tuple[Door, int] | None:
        return await insist(lambda: _entry(self._kv, key))


async def standing(js: JetStreamContext, owner: Owner = ANYONE) -> list[Door]:
    """The doors that were ever closed to this client id, and to all when it is not known; for those who look. None when
    there is no bucket."""
    kept = f"$KV.{BUCKET}."
    try:
        known = (await js.stream_info(f"KV_{BUCKET}", subjects_filter=f"{kept}door.>")).state.subjects or {}
        kv = await js.key_value(BUCKET)
    except NotFoundError:
        return []
    found = [await _entry(kv, subject.removeprefix(kept)) for subject in sorted(known)]
    return [each[0] for each in found if each and owner.passes(each[0])]


async def _entry(kv: KeyValue, key: str) -> tuple[Door, int] | None:
    """What cannot be read counts as open: Spotify itself says so when it is not."""
    try:
        entry = await kv.get(key)
    except KeyNotFoundError:
        return None
    try:
        return Door.model_validate_json(entry.value or b""), int(entry.revision or 0)
    except ValidationError:
        at = datetime.fromtimestamp(0, tz=now().tzinfo)
        return Door(closed_at=at, until=at, why="unreadable", opened_at=at), int(entry.revision or 0)


def _opened(stands: Door | None, at: datetime) -> Door | None:
    return stands.opened(at) if stands and stands.ajar(at) else stands


def _marked(stands: Door | None, told: Door) -> Door | None:
    same = stands is not None and stands.closed_at == told.closed_at
    return stands.model_copy(update={"announced": True}) if stands and same else stands

"""One batch of facts, one transaction: what it writes, and what became of each fact."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.facts import Fact, ImportFact, JobFact
from spindle.recorder.importing import Importing
from spindle.recorder.logic import catalogue as sayings
from spindle.recorder.logic import events
from spindle.recorder.logic import plays as seen
from spindle.recorder.logic import users as word
from spindle.recorder.logic.checkpoints import Checkpoint, with_lags, with_page, with_pauses, with_run
from spindle.recorder.logic.ledger import Booked, Ledger
from spindle.recorder.logic.plays import PlayKey
from spindle.recorder.logic.users import User, Word
from spindle.recorder.outcomes import Outcome, Recorded, Unknown
from spindle.recorder.store import catalogue, checkpoints, coverage, forgetting, jobs, listening, meetings, plays, users
from spindle.shared.ids import UserId, now
from spindle.shared.messages import Message
from spindle.shared.messages.choices import ChoicesMade
from spindle.shared.messages.plays import PlaysFetched
from spindle.shared.messages.users import AccountLinked, AccountRemoved, PausesChanged

F = TypeVar("F", bound=Fact)

_REMEMBERED = timedelta(days=1)
"""So long every poll is, whatever SPINDLE_KEEP_POLLS_DAYS says."""


async def record(connection: AsyncConnection, facts: Sequence[Fact]) -> list[Outcome]:
    """What became of each fact, in their order. A removal counts first: what else is said of the listener is unread."""
    await users.introduce(connection, [fact for fact in facts if isinstance(fact, AccountLinked)])
    known = await users.locked(connection, {fact.user for fact in facts})
    batch = _Batch(connection, known)
    await batch.remove([fact for fact in facts if isinstance(fact, AccountRemoved)])
    await batch.update([fact for fact in facts if isinstance(fact, Word)])
    await batch.record([fact for fact in facts if isinstance(fact, JobFact | PausesChanged)])
    await batch.import_rows([fact for fact in facts if isinstance(fact, ImportFact)])
    return [batch.outcome(fact) for fact in facts]


@dataclass
class _Batch:
    connection: AsyncConnection
    users: dict[UserId, User]
    """Locked; the removed ones too."""
    _events: dict[int, tuple[Message, ...]] = field(default_factory=dict)
    """By the identity of the fact's object: the same fact may come twice in a batch, and is told twice."""
    _booked: dict[int, Booked] = field(default_factory=dict)
    _imported: dict[int, Outcome] = field(default_factory=dict)

    def outcome(self, fact: Fact) -> Outcome:
        if fact.user not in self.users:
            return Unknown()
        return self._imported.get(id(fact)) or Recorded(self._events.get(id(fact), ()), self._booked.get(id(fact)))

    async def remove(self, facts: Sequence[AccountRemoved]) -> None:
        for fact in facts:
            if fact.user not in self.users:
                continue
            user = self.users[fact.user]
            self._events[id(fact)] = (events.of_removal(user.name, fact),)
            if user.removed_at is None:
                await users.remove(self.connection, user.id, fact.removed_at)
                self.users[user.id] = word.removed(user, fact)

    async def update(self, facts: Sequence[Word]) -> None:
        living = self._of_the_living(facts)
        await users.know_zones(self.connection, {fact.zone for fact in living if isinstance(fact, ChoicesMade)})
        await checkpoints.begin(self.connection, {fact.user for fact in living if isinstance(fact, AccountLinked)})
        known = await checkpoints.load(self.connection, {fact.user for fact in living})
        for fact in living:
            user = word.after(self.users[fact.user], fact)
            if user != self.users[fact.user]:
                await users.save(self.connection, user)
                if user.zone != self.users[fact.user].zone:
                    await listening.forget(self.connection, user.id)
                self.users[fact.user] = user
            self._events[id(fact)] = tuple(events.of_user(user, fact, known[user.id]))

    async def record(self, facts: Sequence[JobFact | PausesChanged]) -> None:
        living = self._of_the_living(facts)
        before = await checkpoints.load(self.connection, {fact.user for fact in living})
        after = dict(before)
        for pauses in (fact for fact in living if isinstance(fact, PausesChanged)):
            after[pauses.user] = with_pauses(after[pauses.user], pauses)
        booked = await self._book([fact for fact in living if not isinstance(fact, PausesChanged)], after)
        committed_at = now()  # nearly: what is left to do is one statement and the commit
        for user, pages in booked.items():
            after[user] = with_lags(after[user], pages, committed_at)
        await checkpoints.save(self.connection, [each for user, each in sorted(after.items()) if each != before[user]])

    async def import_rows(self, facts: Sequence[ImportFact]) -> None:
        living = self._of_the_living(facts)
        known = await checkpoints.load(self.connection, {fact.user for fact in living})
        for fact in living:
            importing = Importing(self.connection, self.users[fact.user].name, known[fact.user], now())
            self._imported[id(fact)] = await importing.record(fact)
            if importing.checkpoint != known[fact.user]:
                await checkpoints.save(self.connection, [importing.checkpoint])
                known[fact.user] = importing.checkpoint

    async def _book(
        self, facts: Sequence[JobFact], checkpoints: dict[UserId, Checkpoint]
    ) -> Mapping[UserId, Sequence[PlaysFetched]]:
        """Each listener's pages that were not booked before. `checkpoints` are brought up to date."""
        ledger = await self._ledger(facts)
        pages = [fact for fact in facts if isinstance(fact, PlaysFetched) and ledger.find(fact) is None]
        keys = {page.identity: seen.keys(page) for page in pages}
        unclaimed = await self._write(pages, keys, checkpoints)
        added: dict[UserId, list[PlaysFetched]] = defaultdict(list)
        for fact in facts:
            booked = ledger.find(fact)
            if booked is None:
                new = _claimed(keys.get(fact.identity, ()), unclaimed)
                if isinstance(fact, PlaysFetched):
                    checkpoints[fact.user] = with_page(checkpoints[fact.user], fact, new)
                    added[fact.user].append(fact)
                booked = ledger.add(fact, new, checkpoints[fact.user].plays)
                self._booked[id(fact)] = booked
            self._events[id(fact)] = tuple(events.of_job(self.users[fact.user].name, fact, booked))
        await jobs.book(self.connection, ledger.added)
        await jobs.save(self.connection, ledger.runs())
        for run in ledger.runs():
            checkpoints[run.user] = with_run(checkpoints[run.user], run)
        return added

    async def _ledger(self, facts: Sequence[JobFact]) -> Ledger:
        booked = await jobs.booked(self.connection, {(fact.user, fact.job) for fact in facts})
        if all(fact.started_at > now() - _REMEMBERED for fact in facts):
            return Ledger(booked)
        return Ledger(booked, await forgetting.polls_before(self.connection))

    async def _write(
        self, pages: Sequence[PlaysFetched], keys: Mapping[str, list[PlayKey]], checkpoints: dict[UserId, Checkpoint]
    ) -> set[PlayKey]:
        """The plays that were not known before this batch, not even from an import."""
        await catalogue.learn(self.connection, sayings.tracks(pages))
        await coverage.prove(self.connection, pages)
        found = await plays.record(self.connection, seen.sightings(pages, keys))
        for user, meeting in (await meetings.meet(self.connection, found)).items():
            found.new.difference_update(meeting.known)
            checkpoints[user] = replace(checkpoints[user], plays=checkpoints[user].plays + meeting.more)
        return found.new

    def _of_the_living(self, facts: Sequence[F]) -> list[F]:
        return [fact for fact in facts if (user := self.users.get(fact.user)) and user.removed_at is None]


def _claimed(keys: Collection[PlayKey], unclaimed: set[PlayKey]) -> int:
    """How many of the new plays this page brings that no page before it in the batch has brought."""
    brought = unclaimed.intersection(keys)
    unclaimed -= brought
    return len(brought)

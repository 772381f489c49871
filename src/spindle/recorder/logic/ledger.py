"""What a batch of facts adds to the books of its jobs, decided once and kept, so that it can be told again."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from spindle.recorder.facts import JobFact
from spindle.recorder.logic.jobs import Entry, Run, entry, run
from spindle.shared.ids import JobId, Kind, parts
from spindle.shared.messages.jobs import Totals, Verdict

Key = tuple[JobId, int, str]


@dataclass(frozen=True, kw_only=True)
class Booked:
    """An entry, and what its transaction decided."""

    entry: Entry
    began: bool
    """It is the first of its job."""
    waits: bool
    """After it, the job waited."""
    outcome: Verdict | None
    """Given when it ended the job: how."""
    finished_at: datetime | None
    totals: Totals
    """Of the job, with this entry."""
    plays: int
    """Of the listener, with this entry's page."""


@dataclass
class Ledger:
    """The books of the jobs that a batch touches, and what was added to them."""

    stored: Iterable[Booked]
    forgotten_before: datetime | None = None
    """Polls that began before and are not in the books are not begun anew: what would end them may never come again."""
    added: list[Booked] = field(default_factory=list, init=False)
    _known: frozenset[JobId] = field(init=False)
    _books: dict[JobId, dict[Key, Booked]] = field(default_factory=lambda: defaultdict(dict), init=False)

    def __post_init__(self) -> None:
        for each in self.stored:
            self._books[each.entry.job][each.entry.key] = each
        self._known = frozenset(self._books)

    def find(self, fact: JobFact) -> Booked | None:
        """What was decided when this fact was booked, here or long ago."""
        return self._books[fact.job].get(entry(fact).key)

    def add(self, fact: JobFact, new: int, plays: int) -> Booked:
        """Book a fact that was not booked before, or only tell of it, if that is forgotten.

        `plays` counts the listener's, this page's `new` ones included.
        """
        book = self._books[fact.job]
        line = entry(fact, new)
        before = run([each.entry for each in book.values()]) if book else None
        after = run([*(each.entry for each in book.values()), line])
        ended = after.outcome is not None and (before is None or before.outcome is None)
        booked = Booked(
            entry=line,
            began=before is None,
            waits=after.waiting_until is not None and after.outcome is None,
            outcome=after.outcome if ended else None,
            finished_at=after.finished_at if ended else None,
            totals=after.totals,
            plays=plays,
        )
        book[line.key] = booked
        if not self._is_forgotten(line):
            self.added.append(booked)
        return booked

    def _is_forgotten(self, line: Entry) -> bool:
        if self.forgotten_before is None or line.job in self._known or parts(line.job)[0] is not Kind.POLL:
            return False
        return line.started_at < self.forgotten_before

    def runs(self) -> list[Run]:
        """How the jobs that something was added to stand now."""
        jobs = dict.fromkeys(each.entry.job for each in self.added)
        return [run([each.entry for each in self._books[job].values()]) for job in jobs]

"""Which events follow from what was committed: the same ones whenever a fact is delivered again."""

from collections.abc import Iterator

from spindle.recorder.facts import ImportFact, JobFact
from spindle.recorder.logic.checkpoints import Checkpoint
from spindle.recorder.logic.imports import Import, progress
from spindle.recorder.logic.jobs import Entry, What
from spindle.recorder.logic.ledger import Booked
from spindle.recorder.logic.users import User, Word, choice
from spindle.shared.ids import Kind, parts
from spindle.shared.messages import Message
from spindle.shared.messages.choices import USUAL, UTC_ZONE, ChoicesMade, UserChose
from spindle.shared.messages.imports import ImportRevoked, ImportUndone
from spindle.shared.messages.jobs import JobFailed, JobFinished, JobProgressed, JobStarted, Status, Totals
from spindle.shared.messages.plays import LatestPlay, PlaysFetched, PlaysRecorded, Source
from spindle.shared.messages.users import (
    AccountLinked,
    AccountRemoved,
    AccountUnlinked,
    ConsentAged,
    UserDisconnected,
    UserExpiring,
    UserFailing,
    UserLinked,
    UserRecovered,
    UserRemoved,
)


def of_job(name: str, fact: JobFact, booked: Booked) -> Iterator[Message]:
    """A poll speaks only when it brought something or did not succeed."""
    polled = parts(fact.job)[0] is Kind.POLL
    cause = {"user": fact.user, "name": name, "job": fact.job, "caused_by": fact.identity}
    if booked.began and not polled:
        yield JobStarted(**cause, started_at=fact.started_at)
    if isinstance(fact, PlaysFetched) and booked.entry.new:
        yield _recorded(name, fact, booked)
    if _is_news(booked) and not (polled and booked.entry.what is What.PAGE):
        waiting = {"waiting_until": booked.entry.next_at, "error": booked.entry.error}
        told = waiting if booked.entry.what is What.DELAYED else {}
        yield JobProgressed(**cause, step=booked.entry.step, totals=booked.totals, **told)
    if polled:
        yield from _of_health(name, fact, booked.entry)
    if booked.outcome is None or (polled and booked.outcome.status is Status.SUCCESS):
        return
    ending = JobFailed if booked.outcome.status is Status.ERROR else JobFinished
    yield ending(**cause, verdict=booked.outcome, totals=booked.totals, finished_at=booked.finished_at)


def of_import(name: str, fact: ImportFact, booked: Booked, stands: Import) -> Iterator[Message]:
    """Its plays are told in sum, when all of them are there."""
    cause = {"user": fact.user, "name": name, "job": fact.job, "caused_by": fact.identity}
    if booked.began:
        yield JobStarted(**cause, started_at=fact.started_at)
    if booked.outcome is None:
        yield of_progress(name, fact, stands, booked.totals)
        return
    if booked.entry.new and not stands.dry_run:
        yield PlaysRecorded(
            **cause,
            step=booked.entry.step,
            source=Source.IMPORT,
            new=booked.entry.new,
            duplicates=booked.entry.duplicates,
            total=booked.plays,
        )
    ending = JobFailed if booked.outcome.status is Status.ERROR else JobFinished
    yield ending(**cause, verdict=booked.outcome, totals=booked.totals, finished_at=booked.finished_at)


def of_progress(name: str, fact: ImportFact, stands: Import, totals: Totals) -> JobProgressed:
    return JobProgressed(
        user=fact.user,
        name=name,
        job=fact.job,
        step=totals.steps,
        totals=totals,
        progress=progress(stands),
        caused_by=fact.identity,
    )


def of_undoing(name: str, fact: ImportRevoked, stands: Import) -> ImportUndone:
    return ImportUndone(
        user=fact.user,
        name=name,
        job=fact.job,
        removed=stands.removed,
        undone_at=stands.undone_at,
        caused_by=fact.identity,
    )


def of_user(user: User, fact: Word, checkpoint: Checkpoint) -> Iterator[Message]:
    """`user` as the fact left it. What a newer consent has healed is no news."""
    match fact:
        case AccountLinked():
            yield UserLinked(
                user=user.id,
                name=user.name,
                initial_sync_completed=checkpoint.synced,
                last_played_at=checkpoint.last_played_at,
                caused_by=fact.identity,
                linked_at=fact.linked_at,
            )
        case AccountUnlinked() if user.disconnected_at == fact.unlinked_at:
            yield UserDisconnected(user=user.id, name=user.name, why=fact.why, caused_by=fact.identity)
        case ConsentAged() if user.warned_link == user.linked_at == fact.linked_at:
            told = {"ends_at": fact.ends_at, "left": fact.left, "caused_by": fact.identity}
            yield UserExpiring(user=user.id, name=user.name, **told)
        case ChoicesMade() if choice(user) == choice(fact):
            at_least = USUAL if user.at_least is None else user.at_least
            told = {"zone": user.zone or UTC_ZONE, "at_least": at_least, "caused_by": fact.identity}
            yield UserChose(user=user.id, name=user.name, **told)


def of_removal(name: str, fact: AccountRemoved) -> UserRemoved:
    return UserRemoved(user=fact.user, name=fact.name or name, caused_by=fact.identity)


def _of_health(name: str, fact: JobFact, entry: Entry) -> Iterator[UserFailing | UserRecovered]:
    """Of a poll's own verdict, whatever else was said of it: so the order of facts does not matter."""
    verdict = entry.verdict
    if verdict is None or not verdict.alarm:
        return
    since = min(verdict.failing_since or entry.at, entry.at)
    cause = {"user": fact.user, "name": name, "caused_by": fact.identity}
    if verdict.status is Status.SUCCESS:
        yield UserRecovered(**cause, since=since)
    else:
        yield UserFailing(**cause, since=since, error=verdict.error or "")


def _is_news(booked: Booked) -> bool:
    """A delay that was overtaken before it arrived is none."""
    return booked.entry.what in (What.PAGE, What.REOPENED) or (booked.entry.what is What.DELAYED and booked.waits)


def _recorded(name: str, page: PlaysFetched, booked: Booked) -> PlaysRecorded:
    newest = max(page.plays, key=lambda play: (play.played_at, play.track.id))
    return PlaysRecorded(
        user=page.user,
        name=name,
        job=page.job,
        step=page.step,
        source=page.source,
        new=booked.entry.new,
        duplicates=booked.entry.duplicates,
        total=booked.plays,
        latest=LatestPlay(
            played_at=newest.played_at,
            track=newest.track.name,
            artists=tuple(artist.name for artist in newest.track.artists),
        ),
        next_poll_at=page.next_poll_at,
        caused_by=page.identity,
    )

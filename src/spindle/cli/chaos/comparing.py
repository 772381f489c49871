"""From what is written down and what was played to the verdict."""

from collections import Counter
from collections.abc import Iterator

from spindle.cli.chaos.books import Books, LeftOver, read_books, read_left_over
from spindle.cli.chaos.calls import Calls, InFlight
from spindle.cli.chaos.logic.telling import Played, Told
from spindle.cli.chaos.logic.verdict import Account, forgotten
from spindle.cli.chaos.people import People, Person
from spindle.cli.chaos.result import Result
from spindle.cli.chaos.stage import Stage
from spindle.simulator.listeners import Listener

_YEAR = 365 * 24 * 3600 * 1000  # milliseconds, of which account data tell


async def compare(result: Result, place: Stage, people: People, late: list[str], flight: InFlight) -> None:
    """Fills in what the run was for."""
    books, left = await read_books(place.database.url), await read_left_over(place.js)
    verdict = result.verdict
    verdict.wrong += late
    titles = {row["track_id"]: row["name"] for row in books.tables["tracks"]}
    for person in people.everybody:
        verdict.judge(_account(place, people, person, books), titles)
        verdict.wrong += [f"{person.name}: {each}" for gone in person.gone for each in forgotten(gone, books.tables)]
    known = {row["job"] for row in books.tables["jobs"]}
    gone = {user for person in people.everybody for user in person.gone}
    vanished = [
        each.job for each in people.downloads.all if each.job in people.downloads.begun and each.job not in known
    ]
    verdict.wrong += [f"{job} had begun, and nobody knows it" for job in vanished if job.split(".")[1] not in gone]
    verdict.wrong += _left_over(left, [person.user or "" for person in people.everybody])
    result.jobs = Counter(f"{row['kind']} {row['status']}" for row in books.tables["jobs"])
    result.answers = people.asking.answers
    result.imports = len(books.tables["imports"])
    result.calls = _calls(place, people, books, flight.struck + result.by_kind["people: cancel"])


def _account(place: Stage, people: People, person: Person, books: Books) -> Account:
    user = person.user or ""
    downloads = {
        each.job: Told(each.until, each.form.startswith("account"), each.until - _YEAR, each.rows)
        for each in people.downloads.all
        if each.user == user
    }
    tables = {name: [row for row in rows if row.get("user_id") == user] for name, rows in books.tables.items()}
    return Account(person.name, list(_world(place, person)), downloads, tables)


def _world(place: Stage, person: Person) -> Iterator[Played]:
    """All that they ever played until now."""
    of = _listener(place, person)
    now = place.simulation.clock.ms
    for play in of.newest_first(now + 1):
        if play.track is not None:
            shown = play.played_at in of.answered and not play.hidden
            yield Played(play.played_at, play.ended_at, play.track.id, play.track.name, shown)


def _left_over(left: LeftOver, users: list[str]) -> Iterator[str]:
    """Everybody's parked poll, and nothing else."""
    expected = {f"sync.poll.{user}.later": 1 for user in users}
    for subject in sorted(left.mailboxes.keys() | expected.keys()):
        if left.mailboxes.get(subject, 0) != expected.get(subject, 0):
            yield f"{subject} holds {left.mailboxes.get(subject, 0)} steps instead of {expected.get(subject, 0)}"
    for what, found in (("facts", left.facts), ("dead letters", left.letters), ("uploads", left.uploads)):
        if found:
            yield f"{sum(found.values())} {what} are left behind: {', '.join(sorted(found)[:3])}"
    for name in left.reservations:
        yield f"the reservation {name} was never given back"


def _calls(place: Stage, people: People, books: Books, allowed: int) -> Calls:
    stayed = [person for person in people.everybody if not person.gone]
    users = {person.user for person in stayed}
    pages = [
        row for row in books.tables["job_steps"] if row["what"] == "page" and not row["job"].startswith("archive.")
    ]
    recorded = sum(row["user_id"] in users for row in pages)
    return Calls(sum(_listener(place, person).pages for person in stayed), recorded, allowed)


def _listener(place: Stage, person: Person) -> Listener:
    found = place.simulation.listeners.get(person.id)
    if found is None:
        raise LookupError(person.id)
    return found

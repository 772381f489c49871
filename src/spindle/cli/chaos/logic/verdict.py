"""Everything that is not as it must be after a chaos run, in words; and the figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from spindle.cli.chaos.logic.telling import Compared, Played, Row, Told, compared
from spindle.shared.ids import UserId

Line = Mapping[str, str]
_SUMS = ("requests", "fetched", "new", "duplicates")
_BUCKETS = ("new", "merged", "duplicate", "short", "podcast", "audiobook", "video", "no_track", "invalid")
_NAMED = 5  # of what is wrong in the same way, so many are named


@dataclass(frozen=True)
class Account:
    """A listener who is there at the end: their world, the exports that they imported, and their rows by table."""

    name: str
    world: Sequence[Played]
    downloads: Mapping[str, Told]
    """By job."""
    tables: Mapping[str, Sequence[Line]]


@dataclass
class Verdict:
    due: int = 0
    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    wrong: list[str] = field(default_factory=list)
    """Each thing that is not as it must be, in words."""

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.stuck or self.wrong)

    def judge(self, account: Account, titles: Mapping[str, str]) -> None:
        """`titles` of tracks, by id."""
        plays = _compared(account, titles)
        self.due += plays.due
        self.lost += len(plays.lost)
        self.doubled += len(plays.doubled)
        self.wrong += [f"{account.name}: lost {one}" for one in plays.lost[:_NAMED]]
        self.wrong += [f"{account.name}: not played, or doubled: {one}" for one in plays.doubled[:_NAMED]]
        running = [row["job"] for row in account.tables["jobs"] if row["status"] == "running"]
        self.stuck += len(running)
        self.wrong += [f"{account.name}: {job} has not ended" for job in running[:_NAMED]]
        lost = [row["job"] for row in account.tables["jobs"] if row["reason"] == "lost" or _failed_import(row)]
        self.wrong += [f"{account.name}: {job} was lost" for job in lost[:_NAMED]]
        for told in (_counted(account), _summed(account), _receipts(account), _unseen(account)):
            self.wrong += [f"{account.name}: {each}" for each in list(told)[:_NAMED]]


def forgotten(user: UserId, tables: Mapping[str, Sequence[Line]]) -> Iterator[str]:
    """What is left of a listener who was removed, beside the tombstone."""
    for table, rows in tables.items():
        left = sum(row.get("user_id") == user for row in rows)
        if left and table != "users":
            yield f"{left} rows of a removed listener are left in {table}"


def _compared(account: Account, titles: Mapping[str, str]) -> Compared:
    standing = [account.downloads[job] for job in _standing(account) if job in account.downloads]
    rows = [
        Row(_milliseconds(row["played_at"]), row["track_id"], titles.get(row["track_id"], ""))
        for row in account.tables["plays"]
    ]
    return compared(account.world, standing, rows)


def _failed_import(row: Line) -> bool:
    """Every download is whole: an import that fails has lost something on its way."""
    return row["kind"] == "archive" and row["status"] == "error"


def _standing(account: Account) -> list[str]:
    """Imports whose plays are there."""
    return [
        row["job"]
        for row in account.tables["imports"]
        if row["status"] == "success" and row["dry_run"] == "f" and not row["revoked_at"]
    ]


def _counted(account: Account) -> Iterator[str]:
    there = len(account.tables["plays"])
    for row in account.tables["checkpoints"]:
        if int(row["plays"]) != there:
            yield f"{row['plays']} plays are said to be there, and there are {there}"


def _summed(account: Account) -> Iterator[str]:
    """Totals of jobs are the sums over their steps."""
    sums: dict[str, dict[str, int]] = {}
    for step in account.tables["job_steps"]:
        of = sums.setdefault(step["job"], dict.fromkeys(_SUMS, 0))
        for name in _SUMS:
            of[name] += int(step[name])
    for row in account.tables["jobs"]:
        if row["kind"] == "archive":
            continue  # its totals are the receipt's
        told = {name: int(row[name]) for name in _SUMS}
        if told != sums.get(row["job"]):
            yield f"{row['job']} says {told}, its steps {sums.get(row['job'])}"


def _receipts(account: Account) -> Iterator[str]:
    """Every row of a file ended in exactly one bucket."""
    for row in account.tables["imports"]:
        if row["status"] != "success":
            continue
        files = [each for each in account.tables["import_files"] if each["import"] == row["number"]]
        rows = sum(int(each["rows"]) for each in files)
        sorted_ = sum(int(each[bucket]) for each in files for bucket in _BUCKETS)
        if not rows == sorted_ == int(row["rows"]):
            yield f"{row['job']} has {row['rows']} rows, its files {rows}, its buckets {sorted_}"


def _unseen(account: Account) -> Iterator[str]:
    """A play lives while somebody has seen it."""
    seen = {row["play_id"] for table in ("sightings", "import_rows") for row in account.tables[table]}
    ends = {(row["ended_at"], row["track_id"]) for row in account.tables["import_rows"] if not row["play_id"]}
    for row in account.tables["plays"]:
        if row["play_id"] not in seen and (row["played_at"], row["track_id"]) not in ends:
            yield f"nobody has seen the play of {row['track_id']} at {row['played_at']}"


def _milliseconds(text: str) -> int:
    """PostgreSQL writes `2026-11-21 12:00:00.5+00`."""
    at = datetime.fromisoformat(text)
    return round(at.timestamp() * 1000)

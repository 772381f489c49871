"""Ids that travel in subjects: listeners and jobs are named by us, never by Spotify."""

import hashlib
import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import uuid_utils
from pydantic import AfterValidator


class Kind(StrEnum):
    """What a job does; also the second word of its mailbox's subject."""

    ARCHIVE = "archive"
    INITIAL = "initial"
    POLL = "poll"


_USER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_JOB = re.compile(rf"(?P<kind>{'|'.join(Kind)})\.(?P<user>{_USER.pattern})\.(?P<run>[0-9a-f]{{32}})")
_NO_JOB = f"a job id is <kind>.<user id>.<32 hexadecimal digits>; kinds are: {', '.join(Kind)}"


def _user(value: str) -> str:
    if not _USER.fullmatch(value):
        raise ValueError("a user id is a lower-case UUID")
    return value


def _job(value: str) -> str:
    if not _JOB.fullmatch(value):
        raise ValueError(_NO_JOB)
    return value


UserId = Annotated[str, AfterValidator(_user)]
"""A UUIDv7, so that ids sort by the time a listener was added."""

JobId = Annotated[str, AfterValidator(_job)]
"""`<kind>.<user>.<uuid7>`: a cancel finds the mailbox in it; ids of one kind and user sort by start."""


def is_user(text: str) -> bool:
    """Whether this is a listener's id rather than a name."""
    return _USER.fullmatch(text) is not None


def is_job(text: str) -> bool:
    return _JOB.fullmatch(text) is not None


def new_user() -> UserId:
    """An id for a listener who is being added now."""
    return str(uuid_utils.uuid7())


def new_job(kind: Kind, user: UserId) -> JobId:
    """An id for a job of this kind and listener that is being started now."""
    return f"{kind}.{user}.{uuid_utils.uuid7().hex}"


def next_job(job: JobId, at: datetime) -> JobId:
    """The id of the job that follows this one and begins at `at`: the same one however often it is asked for."""
    kind, user = parts(job)
    return job_of(kind, user, job, at)


def job_of(kind: Kind, user: UserId, cause: str, at: datetime) -> JobId:
    """The id of the job that begins at `at` because of something that has a name of its own; always the same one.

    A UUIDv7 all the same: the time in front, and for the rest what distinguishes the cause.
    """
    rest = int.from_bytes(hashlib.sha256(cause.encode()).digest()[:10])
    run = (
        max(int(at.timestamp() * 1000), 0) << 80
        | 0x7 << 76
        | (rest >> 2 & 0xFFF << 64)
        | 0b10 << 62
        | rest & (1 << 62) - 1
    )
    return f"{kind}.{user}.{run:032x}"


def parts(job: JobId) -> tuple[Kind, UserId]:
    """What a job does and for whom; `ValueError` for text that is no job id."""
    found = _JOB.fullmatch(job)
    if not found:
        raise ValueError(_NO_JOB)
    return Kind(found["kind"]), found["user"]


def begun_at(job: JobId) -> datetime:
    """When a job was begun, or was to begin: its id says so."""
    milliseconds = int(job.rsplit(".", 1)[1][:12], 16)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def upload_of(job: JobId) -> str:
    """The upload that an import reads: what tells the job from the listener's others is its id."""
    return job.rsplit(".", 1)[1]


def now() -> datetime:
    """The time in UTC, cut to milliseconds: what JSON, PostgreSQL and NATS schedules all keep exactly."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)

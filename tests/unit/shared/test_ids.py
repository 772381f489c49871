"""Ids of listeners and jobs: ours, typed into subjects, sorted by time."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from spindle.shared.ids import JobId, Kind, UserId, is_user, job_of, new_job, new_user, next_job, now, parts

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
RUN = "01a80c5e7e007d1e8b6a5c4d3e2f1a0b"
USERS: TypeAdapter[str] = TypeAdapter(UserId)
JOBS: TypeAdapter[str] = TypeAdapter(JobId)


@given(user=st.uuids().map(str))
def test_every_uuid_is_a_user_id(user: str) -> None:
    assert is_user(user)
    assert USERS.validate_python(user) == user


NO_USERS = [
    "",
    "ada",
    USER.upper(),
    USER.replace("-", ""),
    f"{USER}\n",
    f" {USER}",
    f"{USER}.step",
    f"{{{USER}}}",
    "*",
    ">",
    USER[:-1],
    USER.replace("a", "\N{ARABIC-INDIC DIGIT ONE}"),
]


@pytest.mark.parametrize("text", NO_USERS)
def test_nothing_else_gets_into_a_subject_as_a_user(text: str) -> None:
    assert not is_user(text)
    with pytest.raises(ValidationError, match="lower-case UUID"):
        USERS.validate_python(text)


@pytest.mark.parametrize("kind", Kind)
@given(user=st.uuids().map(str))
def test_a_job_id_tells_its_kind_and_its_user(kind: Kind, user: str) -> None:
    job = new_job(kind, user)

    assert JOBS.validate_python(job) == job
    assert parts(job) == (kind, user)


@pytest.mark.parametrize(
    "text",
    [
        "",
        USER,
        f"poll.{USER}",
        f"poll.{USER}.",
        f"poll.ada.{RUN}",
        f".{USER}.{RUN}",
        f"Poll.{USER}.{RUN}",
        f"poll.{USER}.{RUN.upper()}",
        f"poll.{USER}.{RUN}0",
        f"poll.{USER}.{RUN}\n",
        f"poll.{USER}.{RUN}.step",
        f"*.{USER}.{RUN}",
    ],
)
def test_what_is_no_job_id_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="a job id is"):
        JOBS.validate_python(text)
    with pytest.raises(ValueError, match="a job id is"):
        parts(text)


def test_new_ids_sort_by_the_time_they_were_made() -> None:
    users = [new_user() for _ in range(1000)]
    jobs = [new_job(Kind.POLL, USER) for _ in range(1000)]

    assert users == sorted(set(users))
    assert jobs == sorted(set(jobs))


def test_a_new_user_id_is_a_uuid_of_version_7() -> None:
    assert UUID(new_user()).version == 7


def test_now_is_the_present_cut_to_milliseconds() -> None:
    before = datetime.now(UTC)
    at = now()
    after = datetime.now(UTC)

    assert before - timedelta(milliseconds=1) < at <= after
    assert at.microsecond % 1000 == 0
    assert at.utcoffset() == timedelta(0)


@given(at=st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_job_that_follows_has_one_id_however_often_it_is_asked_for(at: datetime) -> None:
    job = new_job(Kind.POLL, USER)

    following = next_job(job, at)

    assert following == next_job(job, at)
    assert parts(following) == (Kind.POLL, USER)
    assert next_job(following, at) != following
    assert UUID(following.rsplit(".", 1)[1]).version == 7
    assert following < next_job(job, at + timedelta(milliseconds=2))


@given(at=st.datetimes(timezones=st.just(UTC)))
def test_whatever_the_time_a_job_gets_an_id(at: datetime) -> None:
    assert parts(job_of(Kind.POLL, USER, "whatever", at)) == (Kind.POLL, USER)


@pytest.mark.parametrize("job", ["nonsense", f"nonsense.{USER}.{'0' * 32}"])
def test_a_job_of_an_unknown_kind_has_no_id(job: str) -> None:
    with pytest.raises(ValueError, match="kinds are: archive, initial, poll"):
        parts(job)
    with pytest.raises(ValidationError):
        TypeAdapter(JobId).validate_python(job)

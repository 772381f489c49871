"""What users of NATS may do follows from what is declared, and what is checked in is what the code says."""

import os
import subprocess
from pathlib import Path

import pytest

from spindle.cli.running.services import SERVICES
from spindle.embedded.binaries import nats_server
from spindle.shared.bus.access import ACCESS
from spindle.shared.bus.connection import inbox
from spindle.shared.bus.topology import BUCKETS, STORES, STREAMS, durables
from spindle.shared.catalogue import users
from spindle.shared.catalogue.parties import covers, every_message, publishers
from spindle.shared.catalogue.permissions import OWNER, USERS, permissions

DOCKER = Path(__file__).parents[3] / "docker"


def test_what_is_checked_in_is_current() -> None:
    current = (DOCKER / users.FILE).read_text(encoding="utf-8") == users.configuration()

    assert current, f"docker/{users.FILE} is not what the code says; renew it with: {users.RENEW}"


def test_nats_server_takes_the_configuration_of_the_containers() -> None:
    passwords = {users.variable(user): f'"{number}"' for number, user in enumerate((OWNER, *USERS))}

    checked = subprocess.run(
        [nats_server(), "-t", "-c", DOCKER / "nats.conf"], env=os.environ | passwords, capture_output=True, text=True
    )

    assert checked.returncode == 0, checked.stderr


def test_every_service_is_a_user() -> None:
    assert set(SERVICES) | {"demo"} == set(USERS)
    assert {service for service, _, _ in durables()} <= set(USERS)


def test_access_names_nothing_that_is_not_declared() -> None:
    streams = {str(each.name) for each in STREAMS}
    buckets = {each.bucket for each in BUCKETS}
    for access in ACCESS.values():
        assert {*access.reads, *access.empties, *access.strikes, *access.counts} <= streams
        assert {(stream, durable) for _, stream, durable in durables()} >= set(access.watches)
        assert set(access.buckets) <= buckets
        assert set(access.stores) <= {each.bucket for each in STORES}


def test_every_bucket_has_somebody_who_reads_it_and_somebody_who_writes_it() -> None:
    for bucket in BUCKETS:
        assert any(bucket.bucket in access.opens for access in ACCESS.values())
        assert any(bucket.bucket in access.changes for access in ACCESS.values())


@pytest.mark.parametrize("user", SERVICES)
def test_whoever_publishes_a_message_may(user: str) -> None:
    allowed = permissions(user).publish
    own = next((durable for service, _, durable in durables() if service == user), "")

    for message in every_message():
        if user in publishers(message):
            subject = message.subject.replace("{consumer}", own)
            assert any(covers(wide, subject) for wide in allowed), message.__name__


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("nats://recorder:hush@nats:4222", "_INBOX.recorder"),
        ("nats://poll_worker:hush@a:1,nats://poll_worker:hush@b:2", "_INBOX.poll_worker"),
        ("nats://nats:4222", "_INBOX"),
        ("nats://a-token-is-no-name@nats:4222", "_INBOX"),
        ("nats://a.user:hush@nats:4222", "_INBOX"),
    ],
)
def test_an_inbox_bears_the_name_of_the_user_and_no_secret(url: str, expected: str) -> None:
    assert inbox(url) == expected

"""What docker-compose.yml promises to the services, held against what they do."""

import re
from datetime import timedelta
from pathlib import Path

import yaml

from spindle.cli.running import services
from spindle.shared.spotify import vault

_FILE = Path(__file__).parents[3] / "docker-compose.yml"


def test_a_container_is_given_longer_to_stop_than_a_service_may_take() -> None:
    described = yaml.safe_load(_FILE.read_text())["services"]
    longest = timedelta(seconds=services._STOPPED_SOON + services._STOPPED_WITHIN)

    for name in services.SERVICES:
        granted = re.fullmatch(r"(\d+)s", described[name]["stop_grace_period"])

        assert granted
        assert timedelta(seconds=int(granted[1])) > max(longest, vault.LAST_ANSWER)


def test_a_nats_server_that_hangs_is_noticed_before_docker_ends_the_check() -> None:
    check = yaml.safe_load(_FILE.read_text())["services"]["nats"]["healthcheck"]
    patience = re.search(r"wget .*-T (\d+)", check["test"][1])

    assert patience
    assert int(patience[1]) < int(check["timeout"].rstrip("s"))

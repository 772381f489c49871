"""What docker-compose.yml promises to the services, held against what they do."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from spindle.cli.running import services
from spindle.shared.catalogue.permissions import OWNER, USERS
from spindle.shared.spotify import vault

_ROOT = Path(__file__).parents[3]
_FILE = _ROOT / "docker-compose.yml"
_NATS = _ROOT / "docker" / "nats.conf"
_MOUNTED_AS_ITS_OWN = "/run/secrets/nats:ro"
_SIMULATOR = "simulator"


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


def test_every_service_is_a_user_of_nats_with_a_password_of_its_own() -> None:
    described = yaml.safe_load(_FILE.read_text())["services"]

    for name in (*services.SERVICES, _SIMULATOR):
        user = "demo" if name == _SIMULATOR else name
        assert described[name]["environment"]["SPINDLE_NATS_URL"] == f"nats://{user}@nats:4222"
        assert _passwords(described[name]) - {"postgres_password"} == {f"{user}_password"}
        assert f"{user}_password:{_MOUNTED_AS_ITS_OWN}" in described[name]["volumes"]


def test_nats_is_told_the_password_of_every_user_and_all_of_them_are_made() -> None:
    described = yaml.safe_load(_FILE.read_text())["services"]
    made, told = described["secrets"], described["nats"]

    for user in (OWNER, *USERS):
        volume = "nats_password" if user == OWNER else f"{user}_password"
        assert f"{volume}:/run/secrets/{user}:ro" in told["volumes"]
        assert user in told["entrypoint"][-1]
        place = volume.removesuffix("_password")
        assert f"{volume}:/run/secrets/{place}" in made["volumes"]
        assert place in made["entrypoint"][2]


def test_of_all_services_only_the_recorder_has_the_password_of_the_database() -> None:
    """`spindle` is none: it lasts as long as a person's command."""
    described = yaml.safe_load(_FILE.read_text())["services"]

    having = {name for name, each in described.items() if "postgres_password" in _passwords(each)}
    told = {name for name, each in described.items() if "SPINDLE_DATABASE_PASSWORD_FILE" in each.get("environment", {})}
    reaching = {name for name, each in described.items() if "database" in each.get("networks", [])}

    assert having == {"postgres", "secrets", "recorder", "spindle"}
    assert told == {"recorder", "spindle"}
    assert reaching == {"postgres", "recorder", "spindle"}


def test_an_image_is_made_from_code_and_pins_alone() -> None:
    """What is not copied cannot be found in it: no `.env`, no home, no file of somebody's."""
    let_in = [line.removeprefix("!") for line in (_ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"]
    taken = re.findall(r"^COPY (?!--from)(.+) \S+$", (_ROOT / "Dockerfile").read_text(), re.MULTILINE)
    settings = re.findall(r"^(?:ENV|ARG) (.+?)(?<!\\)$", (_ROOT / "Dockerfile").read_text(), re.MULTILINE | re.DOTALL)

    assert (_ROOT / ".dockerignore").read_text().startswith("*\n")
    assert {word for line in taken for word in line.split()} == set(let_in)
    assert set(let_in) == {"constraints.txt", "pyproject.toml", "README.md", "LICENSE", "src"}
    assert settings
    assert not [each for each in settings if re.search(r"PASSWORD|SECRET|TOKEN|KEY", each)]


def _passwords(service: dict[str, Any]) -> set[str]:
    volumes = (each.split(":")[0] for each in service.get("volumes", []))
    return {each for each in volumes if each.endswith("_password")}


def test_the_servers_of_containers_confirm_what_is_on_the_disk() -> None:
    postgres = yaml.safe_load(_FILE.read_text())["services"]["postgres"]
    jetstream = re.search(r"^jetstream \{(.*)\}$", _NATS.read_text(), re.MULTILINE)

    assert jetstream
    assert "sync_interval: always" in jetstream[1]
    assert "command" not in postgres  # PostgreSQL's own settings, which wait for the disk

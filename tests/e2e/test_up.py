"""`spindle up` as a person meets it: a process of its own on an empty home, and other terminals beside it."""

import json
import re
import shlex
import signal
import socket
import subprocess

import pytest
from terminal import PATIENCE, SPINDLE, Terminal, leave, until

from spindle.embedded import ports

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def test_one_command_records_what_is_played_now_and_keeps_it(terminal: Terminal) -> None:
    up = terminal.start("up")

    assert until(lambda: len(terminal.recorded()) == 3 and min(terminal.recorded().values()) >= 40, PATIENCE), (
        terminal.said.read_text()
    )
    first = terminal.recorded()
    assert until(lambda: sum(terminal.recorded().values()) > sum(first.values()), PATIENCE)

    status = terminal.json("status")
    assert set(status) == {"users", "gate", "doors", "budget", "services"}
    assert all(service["up"] for service in status["services"].values())
    assert status["gate"] == {"open": True, "until": None, "why": None}
    name = status["users"][0]["name"]
    plays = terminal.json("plays", name.upper(), "--all")
    assert len(plays) >= first[name]
    assert [play["played_at"] for play in plays] == sorted(play["played_at"] for play in plays)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", plays[0]["played_at"])
    jobs = terminal.json("jobs", "--limit", "1000", name)
    assert {"initial", "poll"} <= {job["kind"] for job in jobs}

    watched = terminal.home.parent / "watched"
    with watched.open("wb") as out:
        watching = subprocess.Popen([*SPINDLE, "status", "--watch"], stdout=out, stderr=out, env=terminal.environment)
    assert until(lambda: "All services are running." in watched.read_text(), PATIENCE)

    code, seconds = leave(up)

    assert code == 0, terminal.said.read_text()
    assert seconds < 40  # two or three, when nobody else wants the machine
    assert until(lambda: "Spindle is away: " in watched.read_text(), PATIENCE)
    assert until(lambda: not terminal.processes(), PATIENCE)
    said = terminal.said.read_text()
    assert "Traceback" not in said
    assert said.rstrip().endswith("Stopped.")

    assert terminal.recorded() == {}  # nothing runs: the command says so and fails
    up = terminal.start("up")
    assert until(lambda: terminal.recorded(), PATIENCE)
    again = terminal.recorded()
    assert len(again) == 3
    assert all(again[one] >= plays for one, plays in first.items())
    assert until(lambda: "Spindle is back." in watched.read_text(), PATIENCE)
    watching.send_signal(signal.SIGINT)
    assert watching.wait(30) == 130
    assert "Traceback" not in watched.read_text()
    assert leave(up)[0] == 0


def test_the_doctor_finds_no_problem_in_a_fresh_demo_and_one_when_it_is_gone(terminal: Terminal) -> None:
    up = terminal.start("up")
    assert until(lambda: len(terminal.recorded()) == 3 and min(terminal.recorded().values()) >= 40, PATIENCE), (
        terminal.said.read_text()
    )

    told = terminal.run("doctor")
    findings = terminal.json("doctor")

    assert told.returncode == 0, told.stdout + told.stderr
    assert "problem" not in told.stdout.replace("0 problems", "")
    assert {one["state"] for one in findings} <= {"ok", "warning"}
    assert all(set(one) == {"check", "state", "what", "todo"} for one in findings)
    assert [one["state"] for one in findings if one["check"] in ("nats", "database", "topology", "key")] == ["ok"] * 4
    assert leave(up)[0] == 0
    gone = terminal.run("doctor")
    assert gone.returncode == 1
    assert "Spindle is not running on" in gone.stdout
    assert not gone.stderr


def test_people_steer_and_watch_from_another_terminal(terminal: Terminal) -> None:
    up = terminal.start("up")
    assert until(lambda: len(terminal.recorded()) == 3, PATIENCE), terminal.said.read_text()
    name = terminal.json("users")[0]["name"]
    with subprocess.Popen(
        [*SPINDLE, "watch", "--json", "--since", "1h"], stdout=subprocess.PIPE, env=terminal.environment
    ) as watching:
        seen: set[str] = set()
        assert watching.stdout is not None
        while not {"UserLinked", "JobStarted", "JobFinished", "PlaysRecorded"} <= seen:
            seen.add(json.loads(watching.stdout.readline())["event"])
        watching.send_signal(signal.SIGINT)
        assert watching.wait(30) == 130

    assert until(lambda: terminal.json("status", name)["users"][0]["initial_sync"]["completed_at"], PATIENCE)
    tab = {"_SPINDLE_COMPLETE": "complete_bash", "COMP_WORDS": f"spindle plays {name[:1]}", "COMP_CWORD": "2"}
    assert until(lambda: name in terminal.run(**tab).stdout.split(), PATIENCE)  # on a busy machine it offers nothing

    refused = terminal.run("trigger", name, "initial")
    again = terminal.insist("trigger", name, "initial", "--again", "--json")
    odd = terminal.run("trigger", name, "dance")
    later = terminal.run("pause", name, "library")
    paused = terminal.run("pause", name)

    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert again.returncode == 0, again.stdout + again.stderr
    assert json.loads(again.stdout)["job"].startswith("initial.")
    assert odd.returncode == 1
    assert later.returncode == 1
    assert "there are: all, archive, initial, poll" in later.stderr
    left = subprocess.run(
        f"{shlex.join(SPINDLE)} status --watch --json | head -1",
        shell=True,
        env=terminal.environment,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert not left.stderr
    assert paused.returncode == 0
    assert until(lambda: terminal.json("status", name)["users"][0]["state"] == "paused", PATIENCE)
    assert terminal.run("resume", name).returncode == 0
    assert until(lambda: terminal.json("status", name)["users"][0]["state"] != "paused", PATIENCE)
    unknown = terminal.run("plays", "nobody")
    assert unknown.returncode == 1
    assert name in unknown.stderr
    second = terminal.run("up")
    assert second.returncode == 1
    assert "already running" in second.stderr.splitlines()[-1]
    gone = terminal.run("users", "remove", name, typed="n\n")
    assert gone.returncode == 1
    assert terminal.run("users", "remove", name, "--yes").returncode == 0
    assert name not in {one["name"] for one in terminal.json("users")}
    assert leave(up)[0] == 0


def test_accounts_are_linked_from_a_refresh_token_refused_and_healed(terminal: Terminal) -> None:
    port = ports.choose()
    simulator = terminal.start("run", "simulator", "--port", str(port), "--listeners", "2", "--listening-now")
    address = f"http://127.0.0.1:{port}"
    terminal.environment |= {
        "SPINDLE_SPOTIFY_API_URL": f"{address}/v1",
        "SPINDLE_SPOTIFY_ACCOUNTS_URL": address,
        "SPINDLE_SPOTIFY_CLIENT_ID": "mine",
    }
    up = terminal.start("up")
    try:
        assert until(lambda: terminal.run("users").returncode == 0, PATIENCE), terminal.said.read_text()
        import httpx

        people = httpx.get(f"{address}/control/listeners", timeout=60).json()
        for variable in ("API_URL", "ACCOUNTS_URL", "CLIENT_ID"):
            del terminal.environment[f"SPINDLE_SPOTIFY_{variable}"]  # the home remembers what `up` was told

        added = terminal.run(
            "users", "add", "Al", "--refresh-token-file", "-", "--json", typed=people[0]["refresh_token"]
        )
        taken = terminal.run("users", "add", "al", "--refresh-token-file", "-", typed=people[1]["refresh_token"])
        wrong = terminal.run("users", "add", "Bo", "--refresh-token-file", "-", typed="AQnonsense")
        healed = terminal.run("users", "add", "Cy", "--refresh-token-file", "-", typed=people[0]["refresh_token"])
        renewed = terminal.run("users", "add", "Al", "--refresh-token-file", "-", typed=people[0]["refresh_token"])
        assert renewed.returncode == 0, renewed.stderr
        assert "Al's already" in renewed.stdout

        assert added.returncode == 0, added.stderr
        assert set(json.loads(added.stdout)) == {"user", "name"}
        assert until(lambda: terminal.recorded().get("Al", 0) >= 40, PATIENCE)
        assert taken.returncode == 1
        assert "taken" in taken.stderr
        assert wrong.returncode == 1
        assert wrong.stderr.count("\n") == 1
        assert "AQnonsense" not in wrong.stderr
        assert healed.returncode == 0, healed.stderr
        assert "Al's already" in healed.stdout
        assert list(terminal.recorded()) == ["Al"]
        assert leave(up)[0] == 0
    finally:
        simulator.terminate()
        simulator.wait(60)


@pytest.mark.parametrize(
    ("trouble", "about"),
    [
        ({"SPINDLE_NATS_URL": "nats://me:secret@127.0.0.1:1"}, "NATS"),
        ({"SPINDLE_DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/x"}, "database"),
        ({"SPINDLE_DATABASE_URL": "mysql://me:secret@127.0.0.1/x"}, "SPINDLE_DATABASE_URL"),
        ({"SPINDLE_DATABASE_URL": "nonsense"}, "SPINDLE_DATABASE_URL"),
        ({"SPINDLE_POLL_INTERVAL_SECONDS": "often"}, "SPINDLE_POLL_INTERVAL_SECONDS"),
        ({"SPINDLE_SECRET_KEY": "secret"}, "SPINDLE_SECRET_KEY"),
        ({"SPINDLE_HOME": "/proc/nowhere"}, "/proc/nowhere"),
    ],
)
def test_what_cannot_work_is_one_clear_line(terminal: Terminal, trouble: dict[str, str], about: str) -> None:
    done = terminal.run("up", **trouble)  # which ends in time

    assert done.returncode == 1
    assert about in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert "secret@" not in done.stderr
    assert not terminal.processes()


def test_a_taken_port_is_one_clear_line(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = terminal.run("run", "simulator", "--port", port)
        up = terminal.run("up", SPINDLE_PORT=port)

    assert done.returncode == up.returncode == 1
    assert "in use" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "in use. Choose another port" in up.stderr.splitlines()[-1]
    assert "Starting the services" not in up.stderr

"""./spindle: when it sets up its environment, when it does not, and what it says when it cannot."""

import shutil
import sys
from pathlib import Path

import pytest

SET_UP = ["venv", "constraints.txt", "."]


def test_the_first_start_sets_up_and_says_so_once(checkout):
    ran = checkout.run("plays", "anna", "--since", "last week")

    assert ran.stdout == f"{checkout.root}|plays|anna|--since|last week|"
    assert ran.stderr == "Setting up Spindle's own Python environment (once, about a minute) …\n"
    assert checkout.asked() == SET_UP


def test_a_later_start_installs_nothing_and_says_nothing(checkout):
    checkout.run()

    ran = checkout.run("status")

    assert (ran.stdout, ran.stderr) == (f"{checkout.root}|status|", "")
    assert checkout.asked() == SET_UP


def test_it_runs_from_any_directory_and_through_links(checkout, tmp_path):
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    (elsewhere / "link").symlink_to("../a checkout/spindle")
    (tmp_path / "link to link").symlink_to(elsewhere / "link")

    ran = checkout.run("up", through=tmp_path / "link to link", cwd=elsewhere)

    assert ran.stdout == f"{elsewhere}|up|"
    assert checkout.venv.is_dir()


def test_other_pins_make_a_new_environment(checkout):
    checkout.run()
    (checkout.venv / "old").touch()
    (checkout.root / "constraints.txt").write_text("# other\n")

    assert checkout.run().returncode == 0
    assert checkout.asked() == SET_UP * 2
    assert not (checkout.venv / "old").exists()


def test_a_changed_project_is_installed_again_into_the_same_environment(checkout):
    checkout.run()
    (checkout.root / "pyproject.toml").write_text("# other\n")

    checkout.run()

    assert checkout.asked() == [*SET_UP, "."]


def test_another_python_behind_the_same_name_makes_a_new_environment(checkout, tmp_path):
    checkout.run()
    other = shutil.copy(Path(sys.executable).resolve(), tmp_path / "python3.99")
    (checkout.venv / "bin" / "python").unlink()
    (checkout.venv / "bin" / "python").symlink_to(other)

    checkout.run()

    assert checkout.asked() == SET_UP * 2


def test_an_interrupted_set_up_is_done_again(checkout):
    setting_up = checkout.start(UV_SECONDS="6")
    while not checkout.asked():
        assert setting_up.poll() is None
    setting_up.kill()
    setting_up.communicate()

    ran = checkout.run("status", UV_SECONDS="0")

    assert ran.stdout.endswith("|status|")
    assert checkout.asked() == ["venv", *SET_UP]


def test_two_first_starts_set_up_once(checkout):
    first, second = checkout.start(UV_SECONDS="2"), checkout.start(UV_SECONDS="2")

    said = first.communicate()[1] + second.communicate()[1]

    assert (first.returncode, second.returncode) == (0, 0)
    assert checkout.asked() == SET_UP
    assert "Waiting for another start" in said


def test_the_environment_may_be_elsewhere(checkout, tmp_path):
    ran = checkout.run("up", cwd=tmp_path, SPINDLE_VENV="an environment")

    assert ran.stdout == f"{tmp_path}|up|"
    assert (tmp_path / "an environment" / "bin" / "spindle").exists()
    assert not checkout.venv.exists()


def test_a_directory_that_it_did_not_make_is_left_alone(checkout):
    (checkout.venv / "bin").mkdir(parents=True)
    (checkout.venv / "bin" / "precious").touch()

    ran = checkout.run()

    assert ran.returncode == 1
    assert f"{checkout.venv} was not made by this launcher" in ran.stderr
    assert (checkout.venv / "bin" / "precious").exists()


def test_without_network_it_says_so_and_keeps_the_log(checkout):
    ran = checkout.run(UV_ERROR="error: Failed to fetch: dns error: failed to lookup address")

    assert ran.returncode == 1
    assert "the package index could not be reached" in ran.stderr
    assert len(ran.stderr.splitlines()) == 3
    assert len((checkout.venv / "setup.log").read_text().splitlines()) == 200
    assert checkout.run().returncode == 0


def test_another_failure_shows_the_last_complaint(checkout):
    ran = checkout.run(UV_ERROR="error: no space left on device")

    assert ran.returncode == 1
    assert "setting up failed: error: no space left on device" in ran.stderr


def test_without_python_it_says_what_to_do(checkout):
    checkout.program("python3", "")

    ran = checkout.run()

    assert ran.returncode == 1
    assert ran.stderr.startswith("spindle: Python 3.11 or newer is needed")
    assert not checkout.venv.exists()


def test_an_old_python_is_not_used(checkout):
    checkout.program(
        "python3.13", "#!/bin/sh\nexit 0\n"
    )  # as an older one does, asked for its path if it is new enough
    checkout.program("python3.12", "#!/bin/sh\necho 'pyenv: python3.12: command not found' >&2\nexit 127\n")

    assert checkout.run().returncode == 0


def test_a_chosen_python_that_will_not_do_is_named(checkout):
    ran = checkout.run(SPINDLE_PYTHON="/nowhere/python")

    assert ran.returncode == 1
    assert "SPINDLE_PYTHON=/nowhere/python is not a Python 3.11 or newer" in ran.stderr


def test_a_python_that_cannot_make_environments_says_what_to_install(checkout):
    checkout.program("uv", "")
    checkout.program("python3", '#!/bin/sh\ncase $* in *version*) echo "$0" ;; *) exit 1 ;; esac\n')

    ran = checkout.run()

    assert ran.returncode == 1
    assert "apt install python3-venv" in ran.stderr


@pytest.fixture
def tools(checkout):
    """An environment whose development tools succeed; `tools(name)` lets one fail."""
    checkout.run()

    def fail(*failing):
        for name in ("ruff", "mypy", "lint-imports"):
            status = 1 if name in failing else 0
            checkout.program(name, f"#!/bin/sh\necho said by {name} $*\nexit {status}\n", checkout.venv / "bin")
        checkout.program("python", '#!/bin/sh\nprintf "%s|" "$PWD" "$@"\n', checkout.venv / "bin")
        (checkout.venv / ".spindle-base").write_text(base_of(checkout) + "\n")

    return fail


def base_of(checkout):
    """The stamp of the environment as it is now, with its interpreter replaced."""
    made_from = (checkout.venv / ".spindle-base").read_text().strip()
    return made_from.replace(str(Path(sys.executable).resolve()), str(checkout.venv / "bin" / "python"))


def test_tests_add_the_development_pins_once(checkout, tools, tmp_path):
    tools()

    ran = checkout.run("test", "-k", "a name", cwd=tmp_path)
    checkout.run("test")

    assert ran.stdout == f"{checkout.root}|-m|pytest|-n|3|--dist|worksteal|-k|a name|"
    assert checkout.asked() == [*SET_UP, "constraints-dev.txt"]


@pytest.fixture
def pytest_ends(checkout, tools):
    """An environment in which pytest ends so the first time, and so whenever it is called again."""
    tools()

    def ends(first, again):
        seen = checkout.root / "seen"
        checkout.program(
            "python",
            f'#!/bin/sh\nprintf "%s|" "$@" && echo\n[ -e "{seen}" ] && exit {again}\n: >"{seen}" && exit {first}\n',
            checkout.venv / "bin",
        )

    return ends


AGAIN = "-m|pytest|-n|0|--last-failed|--last-failed-no-failures|none|--maxfail|3|-rfEp|-k|a name|"


@pytest.mark.parametrize("again", [0, 1])
def test_tests_that_failed_beside_others_are_run_again_by_themselves(checkout, pytest_ends, again):
    pytest_ends(1, again)

    ran = checkout.run("test", "-k", "a name")

    assert ran.stdout.splitlines()[1:] == [AGAIN]
    assert "run again by itself" in ran.stderr
    assert ("By itself it passed." in ran.stderr) is (again == 0)
    assert ran.returncode == again


@pytest.mark.parametrize("status", [0, 2, 3, 4, 5])
def test_tests_that_passed_or_could_not_be_run_are_not_run_again(checkout, pytest_ends, status):
    pytest_ends(status, 0)

    ran = checkout.run("test")

    assert len(ran.stdout.splitlines()) == 1
    assert ran.returncode == status


def test_a_check_that_succeeds_shows_names_and_times_only(checkout, tools):
    tools()

    ran = checkout.run("check")

    assert ran.returncode == 0
    lines = [line.split() for line in ran.stdout.splitlines()]
    *checks, audit = lines
    assert [" ".join(line[:-3]) for line in checks] == ["format", "lint", "types", "import contracts", "unit tests"]
    assert {(line[-3], line[-1]) for line in checks} == {("ok", "s")}
    assert audit[:2] == ["audit", "ok"]


def test_a_check_that_fails_runs_to_the_end_and_names_what_failed(checkout, tools):
    tools("ruff", "mypy")

    ran = checkout.run("check")

    assert ran.returncode == 1
    assert "said by ruff check ." in ran.stdout
    assert "said by lint-imports" not in ran.stdout
    assert "unit tests" in ran.stdout
    assert ran.stderr.endswith("spindle: failed: format, lint, types\n")


def test_a_check_with_fix_repairs(checkout, tools):
    tools("ruff")

    ran = checkout.run("check", "--fix")

    assert "said by ruff format .\n" in ran.stdout
    assert "said by ruff check --fix .\n" in ran.stdout


def test_a_tab_sets_nothing_up(checkout):
    ran = checkout.run(_SPINDLE_COMPLETE="complete_bash")

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert checkout.asked() == []

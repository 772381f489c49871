"""How Chromium gets onto a machine: by itself where that is allowed, otherwise with a sentence."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from chromium import INSTALL

# It knows no packages until it is told to look, and writes down what it was asked to do.
APT = """#!/bin/sh
echo "$@" >>{log}
case $* in
    *update*) touch {log}.known ;;
    *) [ -e {log}.known ] || exit 100
       for name in chromium chromedriver; do ln -s "$(command -v true)" {path}/$name; done ;;
esac
"""


@dataclass
class Machine:
    path: Path
    log: Path

    def has(self, name: str, text: str) -> None:
        (self.path / name).write_text(text)
        (self.path / name).chmod(0o755)

    def install(self) -> tuple[int, str]:
        done = subprocess.run([INSTALL], env={"PATH": str(self.path)}, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Without a browser, and its user is no root."""
    made = Machine(tmp_path / "path", tmp_path / "asked")
    made.path.mkdir()
    for tool in ("sh", "env", "flock", "ln", "touch", "true"):
        (made.path / tool).symlink_to(str(shutil.which(tool)))
    made.has("apt-get", APT.format(log=made.log, path=made.path))
    made.has("id", "#!/bin/sh\necho 1000\n")
    return made


@pytest.mark.parametrize(
    ("name", "text"), [("id", "#!/bin/sh\necho 0\n"), ("sudo", '#!/bin/sh\nshift\nexec "$@"\n')], ids=["root", "sudo"]
)
def test_whoever_may_installs_it_once(machine: Machine, name: str, text: str) -> None:
    machine.has(name, text)

    first, second = machine.install(), machine.install()

    assert first == (0, "Installing chromium and chromium-driver (once) …\n")
    assert second == (0, "")
    asked = machine.log.read_text().splitlines()
    assert [line.split(" ", 3)[3] for line in asked] == [
        "install --yes --no-install-recommends chromium chromium-driver",
        "update",
        "install --yes --no-install-recommends chromium chromium-driver",
    ]


def test_whoever_may_not_is_told_what_to_type(machine: Machine) -> None:
    code, said = machine.install()

    assert (code, said) == (
        1,
        "chromium and chromedriver are missing: sudo apt-get install chromium chromium-driver\n",
    )
    assert not machine.log.exists()


def test_a_system_without_apt_is_told_what_is_needed(machine: Machine) -> None:
    (machine.path / "apt-get").unlink()

    code, said = machine.install()

    assert (code, said) == (
        1,
        "chromium and chromedriver are missing, and there is no apt-get to install them: put both on the PATH.\n",
    )

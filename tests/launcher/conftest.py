"""A checkout with the real launcher, and a small `uv` in place of the real one, so that a set-up takes no time."""

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).parents[2] / "spindle"

# It makes what the launcher looks for, and writes down what it was asked to do.
UV = f"""#!/bin/sh
echo "$@" >>"$UV_LOG"
sleep "${{UV_SECONDS:-0}}"
if [ -n "${{UV_ERROR-}}" ]; then yes "$UV_ERROR" | head -n 200 >&2; exit 1; fi
for last; do :; done
case $* in
    venv*) mkdir -p "$last/bin" && ln -s "{Path(sys.executable).resolve()}" "$last/bin/python" ;;
    *-e*)
        for each; do [ "${{previous-}}" = --python ] && python=$each; previous=$each; done
        printf '#!/bin/sh\\nprintf "%%s|" "$PWD" "$@"\\n' >"${{python%/*}}/spindle"
        chmod +x "${{python%/*}}/spindle" ;;
esac
"""

TOOLS = (
    *("sh", "cat", "chmod", "cksum", "date", "dirname", "env", "grep", "head", "ln"),
    *("ls", "mkdir", "readlink", "rm", "sleep", "tail", "tr", "yes"),
)


@dataclass
class Checkout:
    """`path` is the PATH of what is run: the tools every system has, and what a test adds."""

    root: Path
    path: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def run(self, *arguments: str, through: Path | None = None, cwd: Path | None = None, **more: str):
        return subprocess.run(
            [through or self.root / "spindle", *arguments],
            cwd=cwd or self.root,
            env=self.environment | more,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.root / "spindle"],
            env=self.environment | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def program(self, name: str, text: str, place: Path | None = None) -> None:
        """Puts a program on the PATH or into another place; an empty text takes it away."""
        file = (place or self.path) / name
        file.unlink(missing_ok=True)
        if text:
            file.write_text(text)
            file.chmod(0o755)

    def asked(self) -> list[str]:
        """What `uv` was asked to do, in order: `venv`, or what was installed."""
        log = Path(self.environment["UV_LOG"])
        lines = log.read_text().splitlines() if log.exists() else []
        return ["venv" if line.startswith("venv") else line.rpartition(" ")[2].rpartition("/")[2] for line in lines]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path / "a checkout"
    root.mkdir()
    shutil.copy(LAUNCHER, root)
    for file in ("constraints.txt", "constraints-dev.txt", "pyproject.toml"):
        (root / file).write_text(f"# {file}\n")
    path = tmp_path / "path"
    path.mkdir()
    for tool in TOOLS:
        (path / tool).symlink_to(shutil.which(tool))
    (path / "python3").symlink_to(Path(sys.executable).resolve())
    checkout = Checkout(root, path, {"PATH": str(path), "UV_LOG": str(tmp_path / "uv.log")})
    checkout.program("uv", UV)
    return checkout

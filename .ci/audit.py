"""Known vulnerabilities of everything that is pinned: each with the version that mends it.

Exit codes: 0 none is known, 1 some are, 75 nobody could say, for whoever knows them could not be asked. What follows
the file is passed on to pip-audit.
"""

import json
import subprocess
import sys
from typing import TypedDict

FOUND, NOT_ASKED = 1, 75
_WITHIN = 120  # seconds, for all


class Vulnerability(TypedDict):
    id: str
    fix_versions: list[str]


class Dependency(TypedDict, total=False):
    name: str
    version: str
    vulns: list[Vulnerability]
    skip_reason: str


def main(pins: str, *more: str) -> int:
    told = ["--progress-spinner=off", "--desc=off", "--aliases=off", "--timeout=5", "--format=json", *more]
    try:
        asked = subprocess.run(
            [sys.executable, "-m", "pip_audit", "--requirement", pins, "--require-hashes", "--disable-pip", *told],
            capture_output=True,
            text=True,
            timeout=_WITHIN,
            check=False,
        )
        dependencies: list[Dependency] = json.loads(asked.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return _not_asked("nobody who knows answers")
    return _told(dependencies)


def _told(dependencies: list[Dependency]) -> int:
    known = [(each, vulnerability) for each in dependencies for vulnerability in each.get("vulns", ())]
    skipped = [each["name"] for each in dependencies if "skip_reason" in each]
    for dependency, vulnerability in known:
        fixed = " or ".join(vulnerability["fix_versions"]) or "no version yet"
        print(f"{dependency['name']} {dependency['version']}: {vulnerability['id']}, fixed in {fixed}")
    if known:
        return FOUND
    if skipped:
        return _not_asked(f"{len(skipped)} of {len(dependencies)} packages could not be looked up")
    print(f"{len(dependencies)} packages, and no vulnerability is known of any.")
    return 0


def _not_asked(why: str) -> int:
    print(f"Not audited: {why}.")
    return NOT_ASKED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

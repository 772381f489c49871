"""Any bytes as an upload, mutated by what they make our code and zipfile do. Run by hand, for as long as you like:

    pip install atheris
    python tests/fuzz/uploads.py -max_total_time=600 -max_len=4096 -timeout=10 FOLDER

FOLDER keeps what was interesting; put an export or two there to begin with.
"""

import io
import sys
from datetime import UTC, datetime

import atheris  # type: ignore[import-not-found]

with atheris.instrument_imports(include=["spindle.sync_worker", "spindle.shared.spotify", "zipfile"]):
    from spindle.sync_worker.archive.cutting import Cut, Limits
    from spindle.sync_worker.archive.errors import ArchiveError

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LIMITS = Limits(bytes=2**20, rows=2000)


def survives(data: bytes) -> None:
    for name, upload in (("upload", data), ("endsong_0.json", b"[" + data)):
        cut = Cut([(name, io.BytesIO(upload))], LIMITS, NOW)
        try:
            slices = list(cut)
        except ArchiveError:
            continue
        plays = sum(len(rows.ended) for rows in slices)
        assert sum(file.rows for file in cut.files) == plays + sum(file.left.rows for file in cut.files)
        assert sum(len(rows.rejects) for rows in slices) == sum(file.left.invalid for file in cut.files)
        assert all(rows.model_dump_json() for rows in slices)


if __name__ == "__main__":
    atheris.Setup(sys.argv, survives)
    atheris.Fuzz()

"""Style sheets, scripts and the icon, at addresses that tell what they hold: so browsers may keep them for good."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOLDER = Path(__file__).parent / "static"


def static(name: str) -> str:
    """Where a page finds it. Raises `OSError` for a file that is not there."""
    return f"/static/{name}?v={_version(_FOLDER / name)}"


class Statics(StaticFiles):
    def __init__(self) -> None:
        super().__init__(directory=_FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("v")
        if asked == [_version(_FOLDER / path)]:
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


def _version(file: Path) -> str:
    """Of what it holds now: an update may come under a gateway that runs."""
    found = file.stat()
    return _hashed(file, found.st_mtime_ns, found.st_size)


@lru_cache
def _hashed(file: Path, *_: int) -> str:
    """Once, until it has changed."""
    return sha256(file.read_bytes()).hexdigest()[:12]

"""Style sheets, scripts and the icon, at addresses that tell what they hold: so browsers may keep them for good."""

from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOLDER = Path(__file__).parent / "static"
_VERSIONS = {file.name: sha256(file.read_bytes()).hexdigest()[:12] for file in sorted(_FOLDER.iterdir())}


def static(name: str) -> str:
    """Where a page finds it. Raises `KeyError` for a file that is not there."""
    return f"/static/{name}?v={_VERSIONS[name]}"


class Statics(StaticFiles):
    def __init__(self) -> None:
        super().__init__(directory=_FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("v")
        if asked == [_VERSIONS.get(path)]:
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer

"""Starting an import with the files of a form."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from spindle.gateway.api.answers.imports import Begun
from spindle.gateway.api.asked import Who
from spindle.gateway.api.telling import problems
from spindle.gateway.here import Here
from spindle.gateway.importing import begun
from spindle.people import asking
from spindle.people.shapes import Json

router = APIRouter(tags=["imports"])

_FILES = {
    "type": "array",
    "minItems": 1,
    "items": {"type": "string", "format": "binary"},
    "description": "The ZIP that Spotify sends, or JSON files out of it.",
}
_FORM = {"type": "object", "required": ["files"], "properties": {"files": _FILES}}

DryRun = Annotated[
    bool, Query(description="Only tell what it would bring. A field of this name in the form says the same.")
]


@router.post(
    "/users/{user}/imports",
    status_code=202,
    response_model=Begun,
    responses=problems(400, 404, 409, 413, 415, 507),
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}},
)
async def upload(
    gateway: Here, user: Who, request: Request, response: Response, dry_run: DryRun = False
) -> dict[str, Json]:
    """Import what Spotify sends to whoever asks for their data. When this is answered the import has begun:
    `GET /api/imports/{import}` says how far it is, and the events of its job tell of every step."""
    one = await asking.listener(gateway.client, user)
    found = await begun(gateway, one, request, dry_run)
    response.headers["Location"] = f"/api/imports/{found.job}"
    return {
        "import": found.job,
        "user": one.user,
        "name": one.name,
        "status": "running",
        "dry_run": found.dry_run,
        "files": [{"name": file.name, "bytes": file.size} for file in found.manifest.files],
    }

"""What of the description all endpoints share: which problems they may answer, and that they need the token."""

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPBearer

from spindle.gateway.api.answers.problems import MEDIA, ProblemDetails

BEARER = HTTPBearer(auto_error=False, description="The access token: `spindle token` prints it.")

_WHEN = {
    400: "What was sent cannot be read.",
    401: "The access token is missing, or another one.",
    403: "A browser sent this from a page that is not Spindle's.",
    404: "There is nobody and nothing of this name or id.",
    409: "It was asked for, and refused: `detail` says why.",
    413: "That is more than is taken at once.",
    415: "The files are not in a form.",
    422: "The question makes no sense: `detail` says what of it.",
    503: "NATS, the recorder or the scheduler does not answer; it may in a moment.",
    507: "NATS has no room for the upload just now.",
}

Responses = dict[int | str, dict[str, object]]


def problems(*statuses: int) -> Responses:
    """As FastAPI wants to be told which of them an endpoint may answer."""
    schema = {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"}
    return {
        status: {"description": _WHEN[status], "content": {MEDIA: {"schema": schema}}} for status in sorted(statuses)
    }


def describe(app: FastAPI) -> None:
    """FastAPI does not know that problems have a shape of their own."""

    def description() -> dict[str, object]:
        if not app.openapi_schema:
            told = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            schemas = told.setdefault("components", {}).setdefault("schemas", {})
            schemas[ProblemDetails.__name__] = ProblemDetails.model_json_schema()
            app.openapi_schema = told
        return app.openapi_schema

    app.openapi = description  # type: ignore[method-assign]

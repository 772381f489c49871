"""The bodies and headers of Spotify's refusals, as they were recorded (facts.md §2, §4)."""

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from spindle.simulator.logic.faults import Fault

API_HEADERS = {
    "cache-control": "private, max-age=0",
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "Accept, App-Platform, Authorization, Content-Type, Origin, Retry-After,"
    " Spotify-App-Version, X-Cloud-Trace-Context, client-token, content-access-token",
    "access-control-max-age": "604800",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
}
_UNKNOWN = "Missing/invalid/expired access token"
_UNAUTHORIZED = {
    "missing": (_UNKNOWN, "missing_token", "No token provided"),
    "invalid": (_UNKNOWN, "invalid_token", "Invalid access token"),
    "expired": ("The access token expired", "invalid_token", "The access token expired"),
}
_FORBIDDEN = {"forbidden": "Forbidden", "scope": "Insufficient client scope"}
_FORBIDDEN_TEXT = {
    "premium": "Active premium subscription required for the owner of the app. When the subscription status changes,"
    " it can take a few hours before requests are allowed again.",
    "not-registered": "User not registered in the Developer Dashboard",
}
_PAGE = (
    "<html><head><title>403 Forbidden</title></head><body><center>Access denied by your network.</center></body></html>"
)
"""What a proxy between us and Spotify says."""
_SERVER = {500: "Internal server error", 502: "Bad gateway.", 503: "Service unavailable", 504: "Gateway timeout"}


class Answer(JSONResponse):
    """JSON with the content type that Spotify gives it."""

    media_type = "application/json; charset=utf-8"


def refusal(status: int, message: str, headers: dict[str, str] | None = None, reason: str | None = None) -> Response:
    error: dict[str, object] = {"status": status, "message": message}
    if reason:
        error["reason"] = reason
    return Answer({"error": error}, status, {**API_HEADERS, **(headers or {})})


def unauthorized(variant: str) -> Response:
    message, error, description = _UNAUTHORIZED[variant]
    header = f'Bearer realm="spotify", error="{error}", error_description="{description}"'
    return refusal(401, message, {"www-authenticate": header})


def forbidden(variant: str) -> Response:
    if variant == "proxy":
        return HTMLResponse(_PAGE, 403)
    if variant in _FORBIDDEN_TEXT:
        return PlainTextResponse(_FORBIDDEN_TEXT[variant], 403, API_HEADERS)
    return refusal(403, _FORBIDDEN[variant])


def scripted(fault: Fault) -> Response:
    """The answer that a fault gives instead of the real one."""
    if fault.kind == "unauthorized":
        return unauthorized(fault.variant or "expired")
    if fault.kind == "forbidden":
        return forbidden(fault.variant or "forbidden")
    wait = {} if fault.retry_after is None else {"retry-after": fault.retry_after}
    if fault.kind == "quota":
        return refusal(429, fault.message or "Too many requests", wait, "QUOTA_EXCEEDED")
    if fault.kind == "rate":
        known = "Too many requests" if fault.body == "text" else "API rate limit exceeded"
        return _either(fault, 429, known, wait)
    return _either(fault, fault.status, _SERVER.get(fault.status, "Internal server error"), wait)


def _either(fault: Fault, status: int, known: str, headers: dict[str, str]) -> Response:
    message = fault.message or known
    if fault.body == "text":
        return PlainTextResponse(message, status, {**API_HEADERS, **headers})
    return refusal(status, message, headers)

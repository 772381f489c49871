"""What browsers are told to allow: nothing that is not ours."""

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spindle.gateway.settings import Settings


class Headers:
    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._told = _told(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._told.items():
                    headers.setdefault(name, value)
                # What names no version is asked for again, or a new version of Spindle would meet an old script.
                headers.setdefault("Cache-Control", "no-cache" if scope["path"].startswith("/static/") else "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


def _told(settings: Settings) -> dict[str, str]:
    accounts = urlsplit(settings.login_url)
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        # Browsers look where a form leads in the end, and the login's leads to Spotify.
        "form-action": f"'self' {accounts.scheme}://{accounts.netloc}",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    told = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        # Not `no-referrer`: with it browsers do not say either that a form is our own, where nothing is encrypted.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    return told | ({"Strict-Transport-Security": "max-age=31536000"} if settings.is_encrypted else {})

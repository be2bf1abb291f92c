"""What every HTTP answer tells browsers to refuse, and how large a request may be; below all routes, above none.

Bodies are cut off while they are read, because the framework reads them before it asks who sends them: without a limit
anybody could fill memory or disk without logging in.
"""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_MAX: Final = 2 * 1024 * 1024
UPLOAD_MAX: Final = 21 * 1024 * 1024
"""Of multipart bodies: the largest recording (features/prompts) and its fields."""

_DIRECTIVES: Final = (
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",  # components and charts set sizes and colours in style attributes
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "font-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
SAFETY_HEADERS: Final = {
    "Content-Security-Policy": "; ".join(_DIRECTIVES),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), display-capture=()",
    "Referrer-Policy": "same-origin",  # addresses carry numbers that people searched for
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # browsers that do not know frame-ancestors
}


class SafetyHeaders:
    """Adds `SAFETY_HEADERS` to every answer; what the API answers is kept by nobody unless its route says otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        of_api = scope["path"].startswith("/api/")

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SAFETY_HEADERS)
                if of_api:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_safely)


class BodyLimit:
    """Refuses bodies that are too large (413) without reading them whole, whether or not they announce their length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        upload = headers.get("content-type", "").startswith("multipart/form-data")
        most = UPLOAD_MAX if upload else BODY_MAX
        announced = headers.get("content-length", "")
        got = 0

        async def receive_some() -> Message:
            nonlocal got
            if announced.isdigit() and int(announced) > most:
                raise HTTPException(413)
            message = await receive()
            got += len(message.get("body", b""))
            if got > most:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_some, send)

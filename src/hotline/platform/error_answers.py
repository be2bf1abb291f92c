"""The one way in which refusals and bugs are answered: every handler renders the body that `errors` describes.

Bugs are not caught elsewhere: they are logged here and answered with `internal_error`.
"""

from typing import Any

import structlog
from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from hotline.core.requests import Refused
from hotline.platform.errors import (
    WEBSOCKET_REFUSED,
    DatabaseUnavailable,
    HotlineError,
    Invalid,
    NotFound,
    problem_text,
)
from hotline.platform.i18n import REFUSALS, Language, Text, language_of
from hotline.ports.journal import JournalUnavailable

log = structlog.stdlib.get_logger(__name__)


def install_error_handlers(app: FastAPI) -> None:
    """Render every refusal of `app` in the one shape."""
    app.add_exception_handler(HotlineError, _on_hotline_error)
    app.add_exception_handler(Refused, _on_refused)
    app.add_exception_handler(JournalUnavailable, _on_journal_unavailable)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_bug)


def _body_of(code: str, message: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an error body as JSON values."""
    return {"error": {"code": code, "message": message, "details": details or {}}}


def _language(connection: HTTPConnection) -> Language:
    return language_of(connection.headers.get("accept-language"))


async def _answer(
    connection: HTTPConnection, status: int, code: str, text: Text, details: dict[str, Any]
) -> JSONResponse | None:
    message = text.render(_language(connection), details)
    if isinstance(connection, WebSocket):
        # Accepted first: before that a browser learns nothing but "failed".
        await connection.accept(
            subprotocol="hotline" if "hotline" in connection.scope["subprotocols"] else None
        )
        await connection.close(WEBSOCKET_REFUSED + status - 400, code)
        return None
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(_body_of(code, message, details), status, headers)


async def _on_hotline_error(connection: Request, error: Exception) -> Any:
    assert isinstance(error, HotlineError)
    return await _answer(connection, error.status, error.code, error.text, error.details)


async def _on_journal_unavailable(connection: Request, _: Exception) -> Any:
    return await _on_hotline_error(connection, DatabaseUnavailable())


async def _on_refused(connection: Request, error: Exception) -> Any:
    assert isinstance(error, Refused)
    text = REFUSALS.get(error.code, HotlineError.text)
    return await _answer(connection, 409, error.code, text, {"detail": error.detail} if error.detail else {})


async def _on_invalid(connection: Request, error: Exception) -> Any:
    assert isinstance(error, RequestValidationError)
    language = _language(connection)
    fields = [
        {
            "field": ".".join(str(part) for part in problem["loc"][1:]),
            "message": problem_text(problem, language),
        }
        for problem in error.errors()
    ]
    return await _answer(connection, 422, Invalid.code, Invalid.text, {"fields": fields})


_HTTP_TEXTS = {
    404: ("not_found", NotFound.text),
    405: ("method_not_allowed", Text("不支持这种请求方法", "Method not allowed")),
    413: ("too_large", Text("内容过大", "The content is too large")),
}


async def _on_http(connection: Request, error: Exception) -> Any:
    assert isinstance(error, HTTPException)
    code, text = _HTTP_TEXTS.get(error.status_code, (HotlineError.code, HotlineError.text))
    return await _answer(connection, error.status_code, code, text, {})


async def _on_bug(connection: Request, error: Exception) -> Any:
    log.error("request_failed", path=connection.scope.get("path", ""), exc_info=error)
    return await _answer(
        connection, 500, "internal_error", Text("服务器内部错误，已记录", "Internal error; it was logged"), {}
    )

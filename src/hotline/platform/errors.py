"""Refused requests: one family of exceptions with stable codes (`error_answers` renders them).

Every answer that is no success has the body `{"error": {"code", "message", "details"}}` (contracts.md, "HTTP"); the message
is in the caller's language. Knows no web framework: command lines and helpers start without one.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel

from hotline.platform.i18n import FIELD_PROBLEMS, Language, Text

WEBSOCKET_REFUSED = 4400
"""Close codes of refused WebSockets are this plus the HTTP status minus 400: 4401 not logged in, 4403 no permission."""


class HotlineError(Exception):
    """A request that is refused. Subclasses give code, status and the sentence; details fill its gaps."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    text: ClassVar[Text] = Text("请求被拒绝", "The request was refused")

    def __init__(self, **details: Any) -> None:
        super().__init__(self.code)
        self.details = details


class NotFound(HotlineError):
    """There is no such thing, or not within the actor's sight: both look the same from outside."""

    code, status = "not_found", 404
    text = Text("没有找到", "Not found")


class NotLoggedIn(HotlineError):
    """No session, or one that has ended."""

    code, status = "not_logged_in", 401
    text = Text("请先登录", "Please log in")


class NotPermitted(HotlineError):
    """The actor's role lacks the permission."""

    code, status = "not_permitted", 403
    text = Text("您没有这项权限", "You do not have this permission")


class PasswordChangeNeeded(HotlineError):
    """A temporary password opens nothing but its own change."""

    code, status = "password_change_needed", 403
    text = Text("请先修改初始口令", "Please change your temporary password first")


class Conflict(HotlineError):
    """The change does not fit what is there."""

    code, status = "conflict", 409
    text = Text("与现有数据冲突", "This conflicts with existing data")


class Taken(Conflict):
    """A name or number that must be unique is in use."""

    code = "taken"
    text = Text("“{value}”已被使用", "“{value}” is in use")


class InUse(Conflict):
    """Something else refers to it."""

    code = "in_use"
    text = Text("正在被使用，不能停用：{uses}", "It is in use and cannot be removed: {uses}")


class Invalid(HotlineError):
    """A value is well-formed but makes no sense here. `details["fields"]` lists field and message."""

    code, status = "invalid_request", 422
    text = Text("提交的内容有误", "The request is not valid")

    def __init__(self, field: str, message: str) -> None:
        super().__init__(fields=[{"field": field, "message": message}])


def plain(refused: HotlineError) -> str:
    """A refusal in one Chinese sentence, for what happens while nobody waits for an answer."""
    if isinstance(refused, Invalid):
        return "；".join(str(one["message"]) for one in refused.details["fields"])
    return refused.text.render("zh-CN", refused.details)


class TooManyRequests(HotlineError):
    """A limit on attempts or load was reached."""

    code, status = "too_many_requests", 429
    text = Text("操作过于频繁，请稍后再试", "Too many requests; please try again later")


class DatabaseUnavailable(HotlineError):
    """The database cannot be reached just now. Calls go on without it."""

    code, status = "database_unavailable", 503
    text = Text(
        "数据库暂时不可用：通话照常进行，其余功能稍后自动恢复",
        "The database is away; calls go on, everything else comes back by itself",
    )


class ErrorDetail(BaseModel):
    """What went wrong, for programs (`code`) and people (`message`)."""

    code: str
    message: str
    details: dict[str, Any] = {}


class ErrorBody(BaseModel):
    """The body of every answer that is no success."""

    error: ErrorDetail


ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody, "description": description}
    for status, description in (
        (401, "not_logged_in"),
        (403, "not_permitted"),
        (404, "not_found"),
        (409, "conflict"),
        (422, "invalid_request"),
    )
}
"""For `include_router(…, responses=ERROR_RESPONSES)`: publishes the error body in the interface description."""


def problem_text(problem: Mapping[str, Any], language: Language) -> str:
    """Return what is wrong with a field, by pydantic's description of it."""
    text = FIELD_PROBLEMS.get(problem["type"])
    if text is not None:
        return text.render(language, problem.get("ctx"))
    return str(problem["msg"]).removeprefix("Value error, ")

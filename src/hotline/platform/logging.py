"""The log: structured facts, one line each, without anybody's personal data (style rule 15).

House rules keep numbers and names out of log calls; the mask here is the second lock: whatever looks like a telephone or
identity-card number in any text of an entry is replaced, exception texts included.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_PERSONAL = re.compile(
    r"(?<![0-9A-Za-z.\-])"  # not inside an id, a version, an address or a longer number
    r"(?:(?:\+?86)?1[3-9]\d{9}"  # mobile
    r"|0\d{2,3}-?\d{7,8}"  # landline with area code
    r"|[1-9]\d{16}[\dXx])"  # identity card (GB 11643)
    r"(?![0-9A-Za-z])"
)
MASK = "[masked]"


def mask(text: str) -> str:
    """Return `text` with everything that looks like a telephone or identity-card number replaced."""
    return _PERSONAL.sub(MASK, text)


def mask_personal_data(_: object, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that applies `mask` to every text in an entry, nested ones included."""
    for key, value in entry.items():
        entry[key] = _masked(value)
    return entry


def _masked(value: Any) -> Any:
    match value:
        case str():
            return mask(value)
        case dict():
            return {key: _masked(item) for key, item in value.items()}
        case list() | tuple():
            return [_masked(item) for item in value]
        case int() if not isinstance(value, bool) and _PERSONAL.fullmatch(str(value)):
            return MASK
        case _:
            return value


def configure_logging(style: str = "", level: str = "info") -> None:
    """Send structlog and the standard library's log to stderr as `console` or `json` lines.

    Without a style: console on a terminal, JSON elsewhere. May be called again.
    """
    chosen = style or ("console" if sys.stderr.isatty() else "json")
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        mask_personal_data,
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if chosen == "console"
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("uvicorn.access").setLevel(
        logging.WARNING
    )  # paths carry numbers that people searched for
    for chatty in (
        "aioice",
        "aiortc",
        "alembic",
        "httpcore",
        "httpx",
        "websockets",
    ):  # some log callers' addresses
        logging.getLogger(chatty).setLevel(logging.WARNING)

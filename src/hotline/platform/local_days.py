"""The local day of a moment, in the SQL of either database."""

from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import InstrumentedAttribute


def local_day(dialect: str, at: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The day in Beijing as text (YYYY-MM-DD)."""
    if dialect == "sqlite":
        return func.date(at, "+8 hours")
    return func.to_char(func.timezone("Asia/Shanghai", at), "YYYY-MM-DD")

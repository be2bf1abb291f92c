"""The table of opening hours."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base


class Hours(Base, Authority):
    """Opening hours (工作时段). `week`: seven lists of {start_min, end_min}, Monday first; `special`: {day, periods, note}."""

    __tablename__ = "hours"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    week: Mapped[list[Any]]
    special: Mapped[list[Any]]
    national_holidays: Mapped[bool]
    override: Mapped[str] = mapped_column(String(8))
    active: Mapped[bool] = mapped_column(default=True)

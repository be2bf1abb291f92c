"""The tables of opening hours, and of the national calendar as far as people had to enter it."""

from datetime import datetime
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
    override_until: Mapped[datetime | None] = mapped_column()
    override_by: Mapped[str] = mapped_column(String(64), default="")
    override_at: Mapped[datetime | None] = mapped_column()
    override_note: Mapped[str] = mapped_column(String(200), default="")
    active: Mapped[bool] = mapped_column(default=True)


class NationalDayRow(Base, Authority):
    """A day of the national calendar that the product does not know, or knows wrongly. `kind`: holiday, workday, or ordinary.

    It belongs to the root organisation and holds for all.
    """

    __tablename__ = "national_day"
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(64))

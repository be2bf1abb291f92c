"""The table of wall boards."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base


class WallBoard(Base, Authority):
    """A wall board (大屏): name, theme, pages that are turned over in order."""

    __tablename__ = "wall_board"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    theme: Mapped[str] = mapped_column(String(16))
    pages: Mapped[list[Any]]

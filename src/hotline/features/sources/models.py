"""The tables of data sources: systems that flows may ask, and the queries declared for databases."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base


class DataSource(Base, Authority):
    """A data source (数据源). `kind`: http, postgresql or sqlite. `sealed`: secrets by name, sealed; they are never shown again."""

    __tablename__ = "data_source"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    base_url: Mapped[str] = mapped_column(String(300))
    headers: Mapped[list[Any]]
    allow_loopback: Mapped[bool]
    host: Mapped[str] = mapped_column(String(200))
    port: Mapped[int]
    database: Mapped[str] = mapped_column(String(100))
    username: Mapped[str] = mapped_column(String(64))
    concurrency: Mapped[int]
    sealed: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(64))


class SourceQuery(Base, Authority):
    """A named query (命名查询) of a database: one SELECT with named parameters."""

    __tablename__ = "source_query"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("data_source.id"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    sql: Mapped[str] = mapped_column(Text)
    parameters: Mapped[list[Any]]
    row_limit: Mapped[int]
    timeout_s: Mapped[float]
    note: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(64))

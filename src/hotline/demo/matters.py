"""The demo's matters of citizens (社会保障卡, 养老保险关系转移): invented records, in a database of their own that flows read.

Where the product runs on SQLite they lie in `<data>/sources/matters.db`; on PostgreSQL in the schema `demo_matters` of its database.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import text

from hotline.platform.database import Database

FILE: Final = "matters.db"
SCHEMA: Final = "demo_matters"
CARDS: Final = (
    ("110105199003071239", "accepted", "2026-11-20"),
    ("110105198506152343", "made", "2026-11-12"),
    ("110105199211243453", "posted", "2026-11-25"),
)
"""ID number, state, since."""
PENSIONS: Final = (
    ("110105199003071239", "accepted", "2026-11-18", "2027-01-02", 0.0),
    ("110105198506152343", "moving", "2026-10-30", "2026-12-14", 0.0),
    ("110105199211243453", "done", "2026-08-03", "2026-09-17", 86_431.25),
)
"""ID number, state, accepted on, done by, amount."""
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS {0}card (id_number TEXT PRIMARY KEY, state TEXT NOT NULL, since TEXT NOT NULL)",
    (
        "CREATE TABLE IF NOT EXISTS {0}pension (id_number TEXT PRIMARY KEY, state TEXT NOT NULL,"
        " accepted_on TEXT NOT NULL, done_by TEXT NOT NULL, amount {1} NOT NULL)"
    ),
)


async def make_matters(database: Database, data: Path) -> None:
    """Make the records where they are not yet. Repeatable."""
    if database.sqlite:
        _make_file(data / "sources" / FILE)
        return
    async with database.writing() as work:
        await work.session.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        for statement in _TABLES:
            await work.session.execute(text(statement.format(f"{SCHEMA}.", "NUMERIC(12, 2)")))
        for number, state, since in CARDS:
            await work.session.execute(
                text(f"INSERT INTO {SCHEMA}.card VALUES (:n, :s, :d) ON CONFLICT DO NOTHING"),  # noqa: S608
                {"n": number, "s": state, "d": since},
            )
        for number, state, accepted, done, amount in PENSIONS:
            await work.session.execute(
                text(f"INSERT INTO {SCHEMA}.pension VALUES (:n, :s, :a, :d, :m) ON CONFLICT DO NOTHING"),  # noqa: S608
                {"n": number, "s": state, "a": accepted, "d": done, "m": amount},
            )


def _make_file(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in _TABLES:
            connection.execute(statement.format("", "REAL"))
        connection.executemany("INSERT OR IGNORE INTO card VALUES (?, ?, ?)", CARDS)
        connection.executemany("INSERT OR IGNORE INTO pension VALUES (?, ?, ?, ?, ?)", PENSIONS)

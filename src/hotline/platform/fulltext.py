"""Full-text search in Chinese inside the application's own database: pairs of neighbouring characters, the same on both databases.

A table for it has `seq` (the row's number, newest greatest) and `body`: on SQLite an FTS5 table, on PostgreSQL a `tsvector` with a GIN
index. A word of two or more characters is found wherever it stands; Latin words and numbers are found by their beginning.
"""

import re
import unicodedata
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import CTE, BigInteger, ColumnElement, TextClause, column, text
from sqlalchemy.ext.asyncio import AsyncSession

_PIECE: Final = re.compile(r"[0-9a-z]+|[\u3400-\u9fff\uf900-\ufaff]+")
_WORD_MAX: Final = 40
_TOKENS_MAX: Final = 8000


def tokens(words: str) -> list[str]:
    """Return what a text is found by: Latin words and numbers as they are, Chinese as pairs (a single character stays single)."""
    plain = unicodedata.normalize("NFKC", words).lower()
    found: list[str] = []
    for piece in _PIECE.findall(plain):
        if piece[0] < "\u3400" or len(piece) == 1:
            found.append(piece[:_WORD_MAX])
        else:
            found += [first + second for first, second in pairwise(piece)]
    return found[:_TOKENS_MAX]


def phrases(words: str) -> list[list[str]]:
    """Return a question as phrases all of which must be there: its pieces between spaces."""
    return [found for piece in words.split() if (found := tokens(piece))]


def create(table: str, dialect: str) -> list[str]:
    """The statements that make a search table, for migrations."""
    if dialect == "sqlite":
        return [
            f"CREATE VIRTUAL TABLE {table} USING fts5(body, tokenize='unicode61 remove_diacritics 0', prefix='1')"
        ]
    return [
        f"CREATE TABLE {table} (seq BIGINT PRIMARY KEY, body TSVECTOR NOT NULL)",
        f"CREATE INDEX ix_{table}_body ON {table} USING gin (body)",
    ]


async def put(session: AsyncSession, table: str, seq: int, body: str) -> None:
    """Let a row be found by a text; an earlier text of it is forgotten."""
    found = tokens(body)
    if session.get_bind().dialect.name == "sqlite":
        await session.execute(text(f"DELETE FROM {table} WHERE rowid = :seq"), {"seq": seq})  # noqa: S608 - our name
        insert = text(f"INSERT INTO {table} (rowid, body) VALUES (:seq, :body)")  # noqa: S608
        await session.execute(insert, {"seq": seq, "body": " ".join(found)})
        return
    insert = text(
        f"INSERT INTO {table} (seq, body) VALUES (:seq, CAST(:body AS TSVECTOR))"  # noqa: S608
        " ON CONFLICT (seq) DO UPDATE SET body = excluded.body"
    )
    await session.execute(insert, {"seq": seq, "body": vector(found)})


def vector(found: list[str]) -> str:
    """Tokens with their places as PostgreSQL writes a tsvector."""
    places: dict[str, list[int]] = {}
    for place, token in enumerate(found, start=1):
        places.setdefault(token, []).append(place)
    return " ".join(f"'{token}':{','.join(map(str, at[:255]))}" for token, at in places.items())


def some_matching(dialect: str, table: str, words: str, most: int) -> CTE | None:
    """The numbers (`found`) of at most `most` rows that `words` find, looked for once in a question that names them twice."""
    found = _found(dialect, table, words, f" LIMIT {most}")
    if found is None:
        return None
    return found.columns(column("found", BigInteger)).cte("words_found").prefix_with("MATERIALIZED")


def matching(dialect: str, table: str, words: str, seq: ColumnElement[Any]) -> ColumnElement[bool] | None:
    """The condition that the row numbered `seq` is found by `words`; None when there is nothing to look for."""
    found = _found(dialect, table, words)
    return None if found is None else seq.in_(found.columns(column("found")).scalar_subquery())


def _found(dialect: str, table: str, words: str, end: str = "") -> TextClause | None:
    wanted = phrases(words)
    if not wanted:
        return None
    if dialect == "sqlite":
        question = " AND ".join(_fts5(phrase) for phrase in wanted)
        found = f"SELECT rowid AS found FROM {table} WHERE {table} MATCH :words{end}"  # noqa: S608 - our name
        return text(found).bindparams(words=question)
    question = " & ".join(_tsquery(phrase) for phrase in wanted)
    found = f"SELECT seq AS found FROM {table} WHERE body @@ CAST(:words AS TSQUERY){end}"  # noqa: S608
    return text(found).bindparams(words=question)


def _fts5(phrase: list[str]) -> str:
    """Tokens hold letters, digits and Han characters only, so quoting is all there is to escape."""
    return f'"{" ".join(phrase)}"' + ("*" if _open_ended(phrase) else "")


def _tsquery(phrase: list[str]) -> str:
    quoted = [f"'{token}'" for token in phrase]
    if _open_ended(phrase):
        quoted[-1] += ":*"
    return f"({' <-> '.join(quoted)})"


def _open_ended(phrase: list[str]) -> bool:
    """Latin words, numbers and single characters are looked for by their beginning."""
    return phrase[-1][0] < "\u3400" or len(phrase[-1]) == 1

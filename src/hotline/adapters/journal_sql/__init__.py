"""The journal on SQL: the same code on SQLite and PostgreSQL."""

from hotline.adapters.journal_sql.journal import SqlJournal
from hotline.adapters.journal_sql.tables import JOURNAL

__all__ = ["JOURNAL", "SqlJournal"]

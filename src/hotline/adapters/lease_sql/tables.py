"""The lease's one row."""

from sqlalchemy import BigInteger, Boolean, Column, String, Table

from hotline.platform.database import metadata

LEASE = Table(
    "lease",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("authority_id", String(64), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("owner", String(200), nullable=False),
    Column("url", String(200), nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("released", Boolean, nullable=False),
    Column("spools_taken", BigInteger, nullable=False),
)
"""`beat` grows while the holder lives; `released` says that it left in order. `spools_taken` is the newest token whose spool has been
brought into the journal, or was given up: what its holder wrote aside later counts for nothing."""

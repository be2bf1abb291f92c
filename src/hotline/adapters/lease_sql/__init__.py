"""The lease in the database: one row, a token that grows, a beat that shows life."""

from hotline.adapters.lease_sql.lease import SqlLease
from hotline.adapters.lease_sql.tables import LEASE

__all__ = ["LEASE", "SqlLease"]

"""The application of the administration tests, for short messages and knowledge."""

from tests.integration.features_admin.conftest import (
    database,
    database_url,
    migrated_postgres,
    migrated_sqlite,
    world,
)

__all__ = ["database", "database_url", "migrated_postgres", "migrated_sqlite", "world"]

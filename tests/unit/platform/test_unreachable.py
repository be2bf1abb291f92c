"""A database that stops or starts is away; a question that was wrong is ours."""

import asyncpg
import pytest
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError

from hotline.platform.database import unreachable


@pytest.mark.req("OPS-2")
@pytest.mark.parametrize(
    ("said", "away"),
    [
        (asyncpg.CannotConnectNowError("the database system is shutting down"), True),
        (asyncpg.AdminShutdownError("terminating connection due to administrator command"), True),
        (asyncpg.TooManyConnectionsError("sorry, too many clients already"), True),
        (asyncpg.UndefinedTableError("relation does not exist"), False),
        (asyncpg.UniqueViolationError("duplicate key"), False),
    ],
)
def test_the_servers_state_says_whether_it_is_away(said: asyncpg.PostgresError, *, away: bool) -> None:
    translated = AsyncAdapt_asyncpg_dbapi.Error(str(said), said)
    assert unreachable(DBAPIError("SELECT 1", {}, translated)) is away

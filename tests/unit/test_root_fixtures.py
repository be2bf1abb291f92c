"""The root fixtures hold what they promise: forgotten tasks fail a test, and a PostgreSQL database is fresh."""

import asyncpg
import pytest

from tests.postgres import PostgresServer

pytest_plugins = ["pytester"]


def run_inner(pytester: pytest.Pytester, body: str) -> pytest.RunResult:
    pytester.makepyprojecttoml(
        '[tool.pytest.ini_options]\nasyncio_mode = "auto"\nasyncio_default_fixture_loop_scope = "function"\n'
    )
    pytester.makeconftest("from tests.conftest import _task_guard, no_leaked_tasks  # noqa: F401\n")
    pytester.makepyfile(body)
    return pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:xdist", "-p", "no:cacheprovider")


def test_a_forgotten_task_fails_its_test(pytester: pytest.Pytester) -> None:
    body = """
        import asyncio

        kept = []

        async def test_forgets():
            kept.append(asyncio.create_task(asyncio.Event().wait(), name="forgotten"))
    """
    result = run_inner(pytester, body)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*tasks left running: ?'forgotten'?*"])


def test_a_cancelled_task_may_finish(pytester: pytest.Pytester) -> None:
    body = """
        import asyncio

        async def test_cancels():
            task = asyncio.create_task(asyncio.Event().wait(), name="cancelled")
            await asyncio.sleep(0)
            task.cancel()

        def test_synchronous():
            pass
    """
    run_inner(pytester, body).assert_outcomes(passed=2)


@pytest.mark.postgres
async def test_each_test_gets_an_empty_database(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert tables == 0
        await connection.execute("CREATE TABLE mark (id int)")
    finally:
        await connection.close()


@pytest.mark.postgres
async def test_databases_of_one_server_are_apart(postgres_server: PostgresServer, postgres_url: str) -> None:
    other = postgres_server.create_database()
    try:
        await run_statement(postgres_url, "CREATE TABLE mark (id int)")
        await run_statement(postgres_server.url(other), "CREATE TABLE mark (id int)")
    finally:
        postgres_server.drop_database(other)


async def run_statement(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()

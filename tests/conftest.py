"""What every test may use: a guard against forgotten tasks, a PostgreSQL server, and requirement ids that exist.

Knows nothing of the product; fixtures of one suite live in that suite's own conftest.
"""

import asyncio
import inspect
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.e2e.ready_site import RUN_FOLDER
from tests.postgres import PostgresServer, PostgresUnavailableError, shared_server, stop_shared_server
from tests.requirements import known_requirements
from tests.scheduling import has_second_try, make_way, pytest_xdist_make_scheduler

__all__ = ["pytest_xdist_make_scheduler"]  # a hook: pytest finds it here

SHARED_FOLDER = pytest.StashKey[Path]()
TURNS_TO_FINISH = 5  # loop turns that a cancelled task may take to run its `finally` blocks

# Two shared cores say nothing about speed: no deadline per example; a failing example prints how to repeat it.
settings.register_profile(
    "hotline", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("hotline")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test that claims a requirement which the specification does not have; give a second try to what waits for programs."""
    known = known_requirements()
    for item in items:
        if has_second_try(item.nodeid):
            item.add_marker(pytest.mark.flaky(reruns=1))
        for mark in item.iter_markers("req"):
            unknown = [name for name in mark.args if name not in known]
            if unknown or not mark.args:
                message = f"{item.nodeid}: unknown requirement {unknown or '(none given)'}"
                raise pytest.UsageError(message)


@pytest.fixture(autouse=True)
def no_leaked_tasks(request: pytest.FixtureRequest) -> None:
    """Every asynchronous test ends with no task of its own still running (style rule 9)."""
    function = getattr(request, "function", None)
    if inspect.iscoroutinefunction(function):
        request.getfixturevalue("_task_guard")


@pytest.fixture
async def _task_guard() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    for _ in range(TURNS_TO_FINISH):
        await asyncio.sleep(0)
    leaked = [task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()]
    for task in leaked:
        task.cancel()
    assert not leaked, f"tasks left running: {[task.get_name() for task in leaked]}"


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """One private PostgreSQL cluster for the whole run, shared by all workers."""
    try:
        return shared_server(Path(os.environ[RUN_FOLDER]))
    except PostgresUnavailableError as missing:
        missing.skip_or_fail()
        raise


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A fresh, empty database as `postgresql://…`; dropped after the test."""
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that all workers of this run share; they inherit its name. Workers that only compute make way."""
    make_way()
    if not hasattr(config, "workerinput"):
        config.stash[SHARED_FOLDER] = Path(tempfile.mkdtemp(prefix="hotline-tests-"))
        os.environ[RUN_FOLDER] = str(config.stash[SHARED_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the shared cluster once every worker is done: only the controller outlives them all."""
    if folder := config.stash.get(SHARED_FOLDER, None):
        stop_shared_server(folder)
        shutil.rmtree(folder, ignore_errors=True)

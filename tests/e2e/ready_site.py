"""A demo site that was set up once, to be copied: setting one up takes longer than most tests need of it.

The first to ask makes it, by a whole start of the product; it lies in the folder that all workers of a run share.
"""

import fcntl
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

RUN_FOLDER = "HOTLINE_TEST_RUN_FOLDER"
_OF_A_RUN = shutil.ignore_patterns("run", "logs", "serve.log")
_READY = "ready"


async def copy_ready_site(data: Path, set_up: Callable[[Path], Awaitable[None]]) -> None:
    """Fill `data` with a demo site over which nothing has happened yet; `set_up` makes one in the folder it is given, and ends it."""
    shared = Path(os.environ[RUN_FOLDER])
    made = shared / "site"
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / _READY).exists():
            shutil.rmtree(made, ignore_errors=True)
            await set_up(made)
            (shared / _READY).touch()
    shutil.copytree(made, data, ignore=_OF_A_RUN, dirs_exist_ok=True)

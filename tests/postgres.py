"""A private PostgreSQL cluster for the tests: made, started and removed by the run that needs it.

PostgreSQL refuses to run as root, so as root it runs as the user `postgres` (or `nobody`). The cluster listens on
loopback only, on a port that nobody else takes, and trades durability for speed.
"""

import fcntl
import json
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from tests.ports import free_port

START_DEADLINE_S = 30
START_TRIES = 3
RECORD = "postgres.json"


class PostgresUnavailableError(Exception):
    """This machine has no PostgreSQL server to start."""

    def skip_or_fail(self) -> None:
        """Skip the test on a person's machine; in CI nothing is skipped unseen."""
        if os.environ.get("CI") == "true":
            pytest.fail(str(self))
        pytest.skip(str(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running cluster: its folder, the folder of its programs, and its port on loopback."""

    folder: str
    programs: str
    port: int

    def url(self, database: str) -> str:
        """The address of one database, as the setting HOTLINE_DATABASE takes it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Run one administrative statement outside a transaction."""
        subprocess.run(
            [f"{self.programs}/psql", "--no-psqlrc", "--quiet", "--command", statement, self.url("postgres")],
            check=True,
            capture_output=True,
            timeout=START_DEADLINE_S,
        )

    def create_database(self, template: str = "template0") -> str:
        """Make a database with a name of its own, empty or a copy of one that nobody is connected to; return the name."""
        name = f"test_{secrets.token_hex(6)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, ending what is still connected to it."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """End the server at once and remove its folder."""
        as_server_user(
            [f"{self.programs}/pg_ctl", "stop", "-D", f"{self.folder}/data", "-m", "immediate", "-w"]
        )
        shutil.rmtree(self.folder, ignore_errors=True)


def shared_server(run_folder: Path) -> PostgresServer:
    """The cluster of this run; the first worker to ask starts it.

    Raises:
        PostgresUnavailableError: no server programs are installed, or it would not start.
    """
    record = run_folder / RECORD
    with (run_folder / f"{RECORD}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not record.exists():
            record.write_text(json.dumps(asdict(_start())), encoding="utf-8")
        return PostgresServer(**json.loads(record.read_text(encoding="utf-8")))


def stop_shared_server(run_folder: Path) -> None:
    """Stop the cluster of this run, if any test asked for one."""
    with suppress(FileNotFoundError):
        record = run_folder / RECORD
        server = PostgresServer(**json.loads(record.read_text(encoding="utf-8")))
        record.unlink()
        server.stop()


def server_programs() -> str:
    """The folder with `initdb` and `pg_ctl`: the newest of Debian's, else where PATH has it."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if debian:
        return str(debian[-1].parent)
    on_path = shutil.which("initdb")
    if on_path is None:
        message = "no PostgreSQL server on this machine (apt-get install postgresql)"
        raise PostgresUnavailableError(message)
    return str(Path(on_path).resolve().parent)


def as_server_user(command: list[str]) -> "subprocess.CompletedProcess[str]":
    """Run a server program as a user it accepts; the output is returned, not raised."""
    user = _server_user()
    # Output goes to a file, not a pipe: the server inherits it and would hold a pipe open for ever.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=START_DEADLINE_S,
            check=False,
        )
        output.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, output.read())


def _server_user() -> str | None:
    if os.geteuid() != 0:
        return None
    users = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in users else "nobody"


def _start() -> PostgresServer:
    programs = server_programs()
    # Not below pytest's own folder: that one is closed to every user but ours.
    folder = Path(tempfile.mkdtemp(prefix="hotline-postgres-"))
    user = _server_user()
    if user:
        shutil.chown(folder, user)
    data = str(folder / "data")
    made = as_server_user(
        [f"{programs}/initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "-N"]
    )
    failure = made.stdout
    for _ in range(START_TRIES if made.returncode == 0 else 0):
        port = free_port()
        options = f"-p {port} -k '' -h 127.0.0.1 -F -c synchronous_commit=off -c full_page_writes=off"
        started = as_server_user(
            [f"{programs}/pg_ctl", "start", "-D", data, "-w", "-l", f"{folder}/log", "-o", options]
        )
        if started.returncode == 0:
            return PostgresServer(folder=str(folder), programs=programs, port=port)
        failure = started.stdout  # most likely another process took the port in between: choose again
    shutil.rmtree(folder, ignore_errors=True)
    message = f"PostgreSQL would not start: {failure[-400:]}"
    raise PostgresUnavailableError(message)

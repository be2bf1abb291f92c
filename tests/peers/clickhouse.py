"""A ClickHouse server for tests: the engine itself (chDB, in a process of its own) behind the part of its HTTP interface that clients use.

Queries in the address or the body, settings as parameters, inserts in Arrow, compressed bodies, errors with their code. What a server
does between nodes (replication, Distributed) it cannot do. It can lose what it is told: `lose` drops the connection at a later statement.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import urlopen

_OURS: Final = frozenset(
    "query database default_format client_protocol_version compress decompress query_id session_id session_timeout session_check "
    "wait_end_of_query buffer_size quota_key role".split()
)
"""Parameters that are the interface's own; all others are settings."""
ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class ClickHousePeer:
    """The peer as a test sees it."""

    port: int

    def address(self, database: str) -> str:
        """The setting that leads there."""
        return f"clickhouse+http://hotline@127.0.0.1:{self.port}/{database}"

    def make(self, database: str) -> str:
        """Make a database and return its name, as an operator does."""
        self._ask("make", database=database)
        return database

    def lose(self, containing: str, *, done: bool) -> None:
        """Lose the connection at the next statement with this text in it, once it is `done` or before it is begun."""
        self._ask("lose", containing=containing, done=str(int(done)))

    def _ask(self, what: str, **values: str) -> None:
        with urlopen(f"http://127.0.0.1:{self.port}/peer/{what}?{urlencode(values)}", timeout=60) as answer:
            assert answer.status == 200


@contextmanager
def clickhouse_peer() -> Iterator[ClickHousePeer]:
    """Start the peer, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.peers.clickhouse"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield ClickHousePeer(json.loads(process.stdout.readline())["port"])
    finally:
        process.kill()
        process.communicate()


class _Engine:
    """chDB, one statement at a time."""

    def __init__(self, folder: str) -> None:
        from chdb import session

        self._folder = Path(folder)
        self._session: Any = session.Session(folder)
        self._lock = threading.Lock()
        self._database = "default"
        self._settings: dict[str, str] = {}
        self.losing: tuple[str, bool] | None = None

    def make(self, database: str) -> None:
        with self._lock:
            self._session.query(f"CREATE DATABASE {database} ENGINE = Atomic")

    def answer(self, sql: str, params: dict[str, str], data: bytes) -> bytes:
        """Run one statement under its settings. Raises `chdb.ChdbError`."""
        settings = {name: value for name, value in params.items() if name not in _OURS}
        with self._lock:
            self._apply(params.get("database") or "default", settings)
            return self._run(sql, data)

    def _apply(self, database: str, settings: dict[str, str]) -> None:
        """The database and settings of this statement in place of those of the last."""
        if database != self._database:
            self._session.query(f"USE {database}")
            self._database = database
        for name in self._settings.keys() - settings.keys():
            self._session.query(f"SET {name} = DEFAULT")
        for name, value in settings.items():
            if self._settings.get(name) != value:
                self._session.query(f"SET {name} = '{value}'")
        self._settings = settings

    def _run(self, sql: str, data: bytes) -> bytes:
        if not data:
            return self._session.query(sql, "TabSeparated").bytes() or b""
        head, _, kind = sql.strip().rpartition("FORMAT ")
        table = head.strip().removeprefix("INSERT INTO ").split("(")[0].strip()
        columns = head[head.index("(") :].strip() if "(" in head else ""
        file = self._folder / "body"
        file.write_bytes(data)
        chosen = columns.strip("()") or "*"
        self._session.query(
            f"INSERT INTO {table} {columns} SELECT {chosen} FROM file('{file}', '{kind.strip()}')"
        )
        return b""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    engine: _Engine

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        body = self._body()
        match self.headers.get("Content-Encoding"):
            case "lz4":
                import lz4.frame

                body = lz4.frame.decompress(body)
            case "zstd":
                from backports import zstd

                body = zstd.decompress(body)
            case _:
                pass
        self._serve(body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _serve(self, body: bytes) -> None:
        address = urlsplit(self.path)
        params = dict(parse_qsl(address.query, keep_blank_values=True))
        match address.path:
            case "/peer/make":
                self.engine.make(params["database"])
                return self._send(200, b"")
            case "/peer/lose":
                self.engine.losing = params["containing"], params["done"] == "1"
                return self._send(200, b"")
            case _:
                pass
        sql, data = (params["query"], body) if "query" in params else (body.decode(), b"")
        losing = self.engine.losing
        if losing and losing[0] in sql.replace("`", ""):
            self.engine.losing = None
            if losing[1]:
                self.engine.answer(sql, params, data)
            self.close_connection = True
            return None
        try:
            return self._send(200, self.engine.answer(sql, params, data))
        except RuntimeError as error:
            code = str(error).partition("Code: ")[2].partition(".")[0]
            return self._send(500, str(error).encode(), {"X-ClickHouse-Exception-Code": code or "0"})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's
        """Say nothing."""


def _end_with_parent() -> None:
    """The parent's end closes our standard input."""
    sys.stdin.read()
    os._exit(0)


def main() -> None:
    """Serve until the parent ends."""
    with tempfile.TemporaryDirectory() as folder:
        _Handler.engine = _Engine(folder)
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        sys.stdout.write(json.dumps({"port": server.server_address[1]}) + "\n")
        sys.stdout.flush()
        threading.Thread(target=_end_with_parent, daemon=True).start()
        server.serve_forever()


if __name__ == "__main__":
    main()

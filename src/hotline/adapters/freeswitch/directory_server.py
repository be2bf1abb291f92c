"""The little HTTP server that FreeSWITCH's mod_xml_curl asks (`POST /freeswitch/directory`), on an address of its own.

It listens on a private address, apart from the pages that everybody reaches, and wants the event socket's password
(basic, compared in constant time). A question that comes before the first directory waits for it, shorter than the node does.
"""

import asyncio
import base64
import contextlib
import hmac
import socket
import time
from collections.abc import Iterator
from urllib.parse import parse_qsl

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hotline.adapters.freeswitch.directory import TRUNK_DOMAIN, Directory
from hotline.core.switching import Provision

log = structlog.stdlib.get_logger(__name__)

PATH = "/freeswitch/directory"
USER = "freeswitch"
BODY_MAX = 64 * 1024
FIELDS_MAX = 512
FIRST_DIRECTORY_S = 1.5
CLOSE_LIMIT_S = 2
TRY_AGAIN_S = 0.5


class DirectoryServer:
    """Serves `directory` between `start` and `close`."""

    def __init__(self, address: tuple[str, int], password: str) -> None:
        self.address = address
        self._key = password.encode()
        self._wanted = b"Basic " + base64.b64encode(f"{USER}:{password}".encode())
        self._directory = Directory()
        self._provisioned = asyncio.Event()
        self._listening = asyncio.Event()
        self._asked_for_peers = asyncio.Event()
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    def provision(self, provision: Provision) -> None:
        """Answer by this from now on. The nodes must be sent the orders of `digests` afterwards."""
        self._directory.provision(provision)
        self._provisioned.set()

    async def answering(self) -> None:
        """Wait until we listen, and know the directory."""
        await self._listening.wait()
        await self._provisioned.wait()

    def digests(self) -> dict[str, str]:
        """Return, for each order of a refresh, a digest of what a node remembers until it comes."""
        return self._directory.digests(self._key)

    async def asked_for_peers(self) -> None:
        """Wait until a node asks next for the peers of the trunks."""
        self._asked_for_peers.clear()
        await self._asked_for_peers.wait()

    async def start(self) -> None:
        """Begin to listen; an address that is still taken (by the application before us) is tried until it is free."""
        self._task = asyncio.create_task(self._run(), name="directory-server")

    async def close(self) -> None:
        """Stop listening."""
        if self._task is None:
            return
        if self._server is None:
            self._task.cancel()
        else:
            self._server.should_exit = True
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        listener = await self._listener()
        self._listening.set()
        config = uvicorn.Config(
            Starlette(routes=[Route(PATH, self._answer, methods=["POST"])]),
            loop="none",
            http="httptools",
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            limit_concurrency=512,
            timeout_graceful_shutdown=CLOSE_LIMIT_S,
        )
        self._server = _Server(config)
        with listener:
            await self._server.serve(sockets=[listener])

    async def _listener(self) -> socket.socket:
        told = False
        while True:
            try:
                return _listen(*self.address)
            except OSError as error:
                if not told:
                    log.warning("directory_cannot_listen", port=self.address[1], why=error.strerror)
                told = True
            await asyncio.sleep(TRY_AGAIN_S)

    async def _answer(self, request: Request) -> Response:
        given = request.headers.get("authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._wanted):
            log.warning("directory_refused", source=request.client.host if request.client else "")
            return PlainTextResponse("", 401, {"WWW-Authenticate": 'Basic realm="directory"'})
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > BODY_MAX:
            return PlainTextResponse("", 413)
        body = await request.body()
        try:
            asked = dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=FIELDS_MAX))
        except ValueError:
            return PlainTextResponse("", 400)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._provisioned.wait(), FIRST_DIRECTORY_S)
        if TRUNK_DOMAIN in (asked.get("domain"), asked.get("key_value")):
            self._asked_for_peers.set()
        text = self._directory.answer(asked, now=time.monotonic(), unix_now=time.time())
        return Response(text, media_type="text/xml")


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener

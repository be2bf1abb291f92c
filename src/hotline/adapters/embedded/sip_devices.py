"""Telephones of the engine: REGISTER, expiry, keep-alive by OPTIONS, and what is remembered over a restart.

A desk phone stays reachable when the engine restarts: its binding is in `run/registrations.json`, written aside and
renamed. Browsers and TCP phones come back by themselves, because their connection is gone. Expiry runs on the monotonic
clock, so that nobody is lost when the time of day jumps; only the file, which outlives the process, has the time of day.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog

from hotline.adapters.embedded.sip_admission import GUEST_PREFIX, Admission, Refused
from hotline.adapters.embedded.sip_settings import SipSettings
from hotline.adapters.embedded.sip_stack import SipStack, new_token
from hotline.core.ids import DeviceId
from hotline.core.switching import DeviceExpired, DeviceRegistered, SwitchEvent
from hotline.wire.sip.address import parse_name_addr, user_of
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.message import Request, Response, response_to
from hotline.wire.sip.registrar import EXPIRES_MIN_S, Binding, Registrar, RegistrationRefused

log = structlog.get_logger(__name__)

SILENT_MAX = 2
"""Unanswered OPTIONS in a row after which a telephone counts as gone."""


class Devices:
    """Who is registered, and where."""

    def __init__(
        self,
        settings: SipSettings,
        admission: Admission,
        emit: Callable[[SwitchEvent], None],
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._admission = admission
        self._emit = emit
        self._now = now
        self._registrar = Registrar()
        self._stack: SipStack | None = None
        self._silent: dict[tuple[str, str], int] = {}
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    # ── Life ────────────────────────────────────────────────────────────────────────────────────────────────

    async def open(self, stack: SipStack) -> None:
        """Bring back what was stored, then look after it."""
        self._stack = stack
        for binding in await asyncio.to_thread(_load, self._path, stack.udp.local):
            if binding.expires_at > time.monotonic():
                self._registrar.restore(binding)
        self._tasks = [
            asyncio.create_task(self._look_after(), name="sip-devices"),
            asyncio.create_task(self._store(), name="sip-devices-store"),
        ]

    async def close(self) -> None:
        """Stop looking after them; what is known is stored."""
        self._closing.set()
        self._changed.set()
        if self._tasks:
            await asyncio.wait(self._tasks)

    @property
    def _path(self) -> Path:
        return self._settings.data / "run" / "registrations.json"

    async def _store(self) -> None:
        """Write after changes, at most once a second, and at the end. One writer, so that writes never cross."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await asyncio.to_thread(_save, self._path, self._registrar.all())
            except OSError as error:
                log.error("sip_registrations_not_stored", reason=error.strerror)  # noqa: TRY400 - the reason is enough
            if self._closing.is_set():
                return
            await self._rest(1.0)

    async def _rest(self, seconds: float) -> None:
        """Wait, but not beyond the end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    async def _look_after(self) -> None:
        every_s = self._settings.options_every_s
        next_options = time.monotonic() + every_s
        while not self._closing.is_set():
            await self._rest(min(1.0, every_s))
            self._gone(self._registrar.expire(time.monotonic()), "expired")
            if time.monotonic() >= next_options:
                next_options += every_s
                for binding in self._registrar.all():
                    if binding.flow.transport == "UDP":
                        self._ask(binding)

    # ── Looking up ──────────────────────────────────────────────────────────────────────────────────────────

    def newest(self, device_id: DeviceId) -> Binding | None:
        """Where a device is reached now."""
        return self._registrar.newest(device_id)

    def is_registered(self, flow: Flow) -> bool:
        """Whether a telephone registered from exactly this source."""
        return self._registrar.by_source(flow) is not None

    def views(self) -> tuple[DeviceRegistered, ...]:
        """The registered devices, as the snapshot shows them."""
        newest = {b.device_id: b for b in self._registrar.all()}
        return tuple(self._registered(binding) for binding in newest.values())

    # ── REGISTER ────────────────────────────────────────────────────────────────────────────────────────────

    def register(self, request: Request, flow: Flow, monotonic: float) -> Response:
        """Carry out a REGISTER and return its answer."""
        device = self._admission.authenticate(request, flow, monotonic, time.time())
        if isinstance(device, Refused):
            return response_to(request, device.status, to_tag=new_token(), headers=device.headers)
        aor = user_of(parse_name_addr(request.get("to") or "").uri)
        if aor != device or device.startswith(GUEST_PREFIX):
            return response_to(request, 403, to_tag=new_token())
        try:
            outcome = self._registrar.register(request, device, flow, monotonic)
        except RegistrationRefused as refused:
            extra = (("min-expires", str(EXPIRES_MIN_S)),) if refused.status == 423 else ()
            return response_to(request, refused.status, to_tag=new_token(), headers=extra)
        if outcome.added is not None:
            self._silent.pop((outcome.added.device_id, outcome.added.contact), None)
            self._emit(self._registered(outcome.added))
        self._gone(outcome.removed, "unregistered")
        self._changed.set()
        contacts = tuple(("contact", value) for value in outcome.contacts)
        return response_to(request, 200, to_tag=new_token(), headers=contacts)

    def _registered(self, binding: Binding) -> DeviceRegistered:
        return DeviceRegistered(
            at=self._now(),
            device_id=DeviceId(binding.device_id),
            address=binding.flow.remote,
            transport=binding.flow.transport.lower(),
            user_agent=binding.user_agent,
            expires_s=max(0, int(binding.expires_at - time.monotonic())),
        )

    def forget_unlisted(self) -> None:
        """After a new directory: drop desk phones that it no longer has (browser log-ins run out by themselves)."""
        for binding in self._registrar.all():
            if not binding.flow.websocket and not self._admission.knows_device(binding.device_id):
                self._gone(self._registrar.drop(binding), "removed")

    def connection_closed(self, flow: Flow) -> None:
        """A connection is closed: what was reached by it is gone."""
        self._gone(self._registrar.drop_flow(flow), "connection_closed")

    def _gone(self, removed: list[Binding], reason: str) -> None:
        """Report devices that have no binding left."""
        for binding in removed:
            self._silent.pop((binding.device_id, binding.contact), None)
            self._changed.set()
            if self._registrar.newest(binding.device_id) is None:
                self._emit(
                    DeviceExpired(at=self._now(), device_id=DeviceId(binding.device_id), reason=reason)
                )

    # ── OPTIONS ─────────────────────────────────────────────────────────────────────────────────────────────

    def _ask(self, binding: Binding) -> None:
        """Ask a telephone whether it is there; any answer will do."""
        assert self._stack is not None
        us = f"sip:hotline@{binding.flow.local}"
        request = Request(
            method="OPTIONS",
            uri=binding.contact,
            headers=(
                ("max-forwards", "70"),
                ("from", f"<{us}>;tag={new_token()}"),
                ("to", f"<{binding.contact}>"),
                ("call-id", new_token()),
                ("cseq", "1 OPTIONS"),
                ("contact", f"<{us}>"),
                ("accept", "application/sdp"),
            ),
        )
        key = (binding.device_id, binding.contact)

        def on_response(response: Response | None) -> None:
            if response is not None:
                self._silent.pop(key, None)
                return
            self._silent[key] = self._silent.get(key, 0) + 1
            if self._silent[key] >= SILENT_MAX:
                self._gone(self._registrar.drop(binding), "unreachable")

        self._stack.request(request, binding.flow, on_response)


def _save(path: Path, bindings: list[Binding]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    to_unix_s = time.time() - time.monotonic()
    rows = [
        dataclasses.asdict(binding) | {"expires_at": binding.expires_at + to_unix_s}
        for binding in bindings
        if binding.flow.transport == "UDP"
    ]
    aside = path.with_suffix(".part")
    with aside.open("w", encoding="utf-8") as file:
        json.dump(rows, file)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _load(path: Path, local: str) -> list[Binding]:
    """Read what was stored; a broken file is as good as none, for telephones register again anyway."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        to_monotonic_s = time.monotonic() - time.time()
        return [
            Binding(
                **{
                    **row,
                    "expires_at": row["expires_at"] + to_monotonic_s,
                    "flow": Flow("UDP", row["flow"]["host"], int(row["flow"]["port"]), local),
                }
            )
            for row in rows
        ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, KeyError) as error:
        log.warning("sip_registrations_unreadable", reason=type(error).__name__)
        return []

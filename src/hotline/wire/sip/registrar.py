"""The registrar (RFC 3261 section 10.3): which telephone is reached where. Pure; authentication is done before.

A device may have several bindings (a desk phone that changed its address, a browser that came back); the newest rings.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hotline.wire.sip.address import BadAddress, NameAddr, parse_name_addr
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.message import Request

EXPIRES_DEFAULT_S = 600
EXPIRES_MAX_S = 3_600
EXPIRES_MIN_S = 30
BINDINGS_MAX = 4


class RegistrationRefused(Exception):
    """The REGISTER cannot be carried out; answer with `status`."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One place where a device is reached. `expires_at` is on the registrar's clock, in seconds."""

    device_id: str
    contact: str
    flow: Flow
    expires_at: float
    expires_s: int
    call_id: str
    cseq: int
    user_agent: str = ""


@dataclass(slots=True, kw_only=True)
class Registration:
    """What a REGISTER did: `added` (new or refreshed) and `removed` bindings, and the Contact values to answer with."""

    added: Binding | None = None
    removed: list[Binding] = field(default_factory=list[Binding])
    contacts: tuple[str, ...] = ()


class Registrar:
    """All bindings, oldest first for each device."""

    def __init__(self) -> None:
        self._bindings: dict[str, list[Binding]] = {}

    def register(self, request: Request, device_id: str, flow: Flow, now: float) -> Registration:
        """Carry out an authenticated REGISTER.

        Raises:
            RegistrationRefused: 400 for a broken Contact, 423 for an interval too short, 500 for an old CSeq.
        """
        outcome = Registration()
        contacts = request.all("contact")
        if any(value.strip() == "*" for value in contacts):
            self._remove_all(request, device_id, contacts, outcome)
        for value in contacts:
            if value.strip() != "*":
                self._bind(request, device_id, value, flow, now, outcome)
        outcome.contacts = tuple(
            f"<{b.contact}>;expires={max(0, int(b.expires_at - now))}"
            for b in self._bindings.get(device_id, ())
        )
        return outcome

    def _remove_all(
        self, request: Request, device_id: str, contacts: tuple[str, ...], outcome: Registration
    ) -> None:
        if len(contacts) > 1 or request.get("expires") != "0":
            raise RegistrationRefused(400)
        outcome.removed += self._bindings.pop(device_id, [])

    def _bind(
        self, request: Request, device_id: str, value: str, flow: Flow, now: float, outcome: Registration
    ) -> None:
        try:
            contact = parse_name_addr(value)
        except BadAddress:
            raise RegistrationRefused(400) from None
        expires_s = _expires(contact, request)
        known = self._bindings.setdefault(device_id, [])
        old = next(
            (b for b in known if b.contact == contact.uri or (b.flow == flow and flow.connection)), None
        )
        if old is not None and old.call_id == request.call_id and request.cseq_number <= old.cseq:
            raise RegistrationRefused(500)
        if old is not None:
            known.remove(old)
        if expires_s == 0:
            if old is not None:
                outcome.removed.append(old)
            if not known:
                del self._bindings[device_id]
            return
        if expires_s < EXPIRES_MIN_S:
            raise RegistrationRefused(423)
        binding = Binding(
            device_id=device_id,
            contact=contact.uri,
            flow=flow,
            expires_at=now + expires_s,
            expires_s=expires_s,
            call_id=request.call_id,
            cseq=request.cseq_number,
            user_agent=(request.get("user-agent") or "")[:120],
        )
        known.append(binding)
        outcome.added = binding
        if len(known) > BINDINGS_MAX:
            outcome.removed.append(known.pop(0))

    def restore(self, binding: Binding) -> None:
        """Put back a binding that was stored before a restart."""
        self._bindings.setdefault(binding.device_id, []).append(binding)

    def newest(self, device_id: str) -> Binding | None:
        """Where the device is reached, None when it is not registered."""
        known = self._bindings.get(device_id)
        return known[-1] if known else None

    def all(self) -> list[Binding]:
        """Return every binding."""
        return [binding for known in self._bindings.values() for binding in known]

    def by_source(self, flow: Flow) -> Binding | None:
        """The binding of exactly this source, None when nobody registered from there."""
        return next((b for b in self.all() if b.flow == flow), None)

    def expire(self, now: float) -> list[Binding]:
        """Remove and return what has run out."""
        return self._drop(lambda binding: binding.expires_at <= now)

    def drop_flow(self, flow: Flow) -> list[Binding]:
        """Remove and return what was reached by a connection that is closed."""
        return self._drop(lambda binding: binding.flow == flow)

    def drop(self, gone: Binding) -> list[Binding]:
        """Remove one binding (its telephone no longer answers)."""
        return self._drop(
            lambda binding: binding.contact == gone.contact and binding.device_id == gone.device_id
        )

    def _drop(self, doomed: object) -> list[Binding]:
        assert callable(doomed)
        removed = [binding for binding in self.all() if doomed(binding)]
        for binding in removed:
            known = self._bindings[binding.device_id]
            known.remove(binding)
            if not known:
                del self._bindings[binding.device_id]
        return removed


def _expires(contact: NameAddr, request: Request) -> int:
    text = contact.param("expires") or request.get("expires") or str(EXPIRES_DEFAULT_S)
    seconds = int(text[:12]) if text.isascii() and text.isdigit() else EXPIRES_DEFAULT_S
    return min(seconds, EXPIRES_MAX_S)

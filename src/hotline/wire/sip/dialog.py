"""Dialogs (RFC 3261 section 12): who the two ends are, how requests travel between them, and in which order. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hotline.wire.sip.address import BadAddress, NameAddr, SipUri, parse_name_addr, parse_uri
from hotline.wire.sip.message import Headers, Request, Response


class Order(StrEnum):
    """How an in-dialog request stands in the sequence of its sender."""

    NEW = "new"
    OLD = "old"  # answered with 500 (section 12.2.2)


@dataclass(frozen=True, slots=True)
class DialogId:
    """What finds a dialog: our view of the three identifiers."""

    call_id: str
    local_tag: str
    remote_tag: str


@dataclass(slots=True, kw_only=True)
class Dialog:
    """One dialog. `local` and `remote` are written as From/To (with tags), `target` is where the far end is reached."""

    call_id: str
    local: NameAddr
    remote: NameAddr
    target: str
    contact: str
    routes: tuple[str, ...] = ()
    local_cseq: int = 0
    remote_cseq: int = -1

    @property
    def id(self) -> DialogId:
        """What finds this dialog."""
        return DialogId(self.call_id, self.local.tag, self.remote.tag)

    @classmethod
    def from_invite(cls, invite: Request, *, local_tag: str, contact: str) -> Dialog:
        """The dialog of an INVITE that came to us (section 12.1.1). `contact` is our own Contact value."""
        to = parse_name_addr(invite.get("to") or "")
        local = NameAddr(uri=to.uri, display=to.display, params=(("tag", local_tag),))
        remote = parse_name_addr(invite.get("from") or "")
        return cls(
            call_id=invite.call_id,
            local=local,
            remote=remote,
            target=_contact_uri(invite) or remote.uri,
            contact=contact,
            routes=invite.all("record-route"),
            remote_cseq=invite.cseq_number,
        )

    @classmethod
    def from_response(cls, invite: Request, response: Response, *, contact: str) -> Dialog:
        """The dialog that a 101-299 to our INVITE makes (section 12.1.2): route set reversed, target from Contact."""
        return cls(
            call_id=invite.call_id,
            local=parse_name_addr(invite.get("from") or ""),
            remote=parse_name_addr(response.get("to") or ""),
            target=_contact_uri(response) or invite.uri,
            contact=contact,
            routes=tuple(reversed(response.all("record-route"))),
            local_cseq=invite.cseq_number,
        )

    def confirm(self, response: Response) -> None:
        """Learn target and routes anew from the 2xx (section 13.2.2.4), which may differ from the early ones."""
        self.target = _contact_uri(response) or self.target
        self.routes = tuple(reversed(response.all("record-route")))
        self.remote = parse_name_addr(response.get("to") or "")

    def refresh_target(self, message: Request | Response) -> None:
        """A re-INVITE or UPDATE, or its 2xx, may move the far end (section 12.2)."""
        self.target = _contact_uri(message) or self.target

    def order(self, request: Request) -> Order:
        """Take note of an in-dialog request of the far end and say whether it comes in order."""
        if request.cseq_number <= self.remote_cseq and request.method not in ("ACK", "CANCEL"):
            return Order.OLD
        self.remote_cseq = max(self.remote_cseq, request.cseq_number)
        return Order.NEW

    def request(self, method: str, headers: Headers = ()) -> Request:
        """Make the next request of ours in this dialog (section 12.2.1.1), without Via."""
        self.local_cseq += 1
        return self._build(method, self.local_cseq, headers)

    def ack(self, cseq: int, headers: Headers = ()) -> Request:
        """Make the ACK to a 2xx for our INVITE with number `cseq` (section 13.2.2.4), without Via."""
        return self._build("ACK", cseq, headers)

    def _build(self, method: str, cseq: int, headers: Headers) -> Request:
        uri, routes = self.target, self.routes
        if routes and not _is_loose(
            routes[0]
        ):  # a strict router: it becomes the Request-URI (RFC 2543 habit)
            uri, routes = parse_name_addr(routes[0]).uri, (*routes[1:], f"<{self.target}>")
        fields: list[tuple[str, str]] = [("route", route) for route in routes]
        fields += [
            ("max-forwards", "70"),
            ("from", str(self.local)),
            ("to", str(self.remote)),
            ("call-id", self.call_id),
            ("cseq", f"{cseq} {method}"),
        ]
        if method in ("INVITE", "UPDATE", "ACK", "REFER", "NOTIFY", "OPTIONS"):
            fields.append(("contact", self.contact))
        return Request(method=method, uri=uri, headers=(*fields, *headers))

    def next_hop(self) -> SipUri | None:
        """Where requests go: the first route, else the target; None when that is no SIP URI."""
        try:
            return parse_uri(parse_name_addr(self.routes[0]).uri if self.routes else self.target)
        except BadAddress:
            return None


def _is_loose(route: str) -> bool:
    try:
        return parse_uri(parse_name_addr(route).uri).param("lr") is not None
    except BadAddress:
        return True


def _contact_uri(message: Request | Response) -> str:
    contact = message.get("contact")
    if not contact or contact.strip() == "*":
        return ""
    try:
        return parse_name_addr(contact).uri
    except BadAddress:
        return ""


def dialog_id_of(request: Request) -> DialogId | None:
    """Return which dialog an incoming request belongs to, None when it is outside of any (no To tag)."""
    to_tag = parse_name_addr(request.get("to") or "").tag
    if not to_tag:
        return None
    return DialogId(request.call_id, to_tag, parse_name_addr(request.get("from") or "").tag)

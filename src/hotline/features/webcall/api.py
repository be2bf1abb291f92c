"""Public routes of the web call page. Nothing about the citizen is kept; how often an address may ask is limited."""

import secrets
from collections import OrderedDict, deque
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from hotline.platform.access import ThePlatform, address_of, provided, public
from hotline.platform.browser_phone import GUEST_LIFE, GUEST_PREFIX, SECRET_NAME, log_in_for
from hotline.platform.errors import NotFound, TooManyRequests
from hotline.platform.people import SIP_REALM
from hotline.platform.secrets import secret_named
from hotline.ports.call_control import CallControl

router = APIRouter(prefix="/webcall", tags=["webcall"])

Control = Annotated[CallControl, Depends(provided(CallControl))]

CALLS_PER_WINDOW = 20
WINDOW = timedelta(minutes=10)
ADDRESSES_MAX = 10_000


class WebHotline(BaseModel):
    """A hotline that can be called from a browser."""

    number: str
    name: str


class WebCallRequest(BaseModel):
    """The hotline to call."""

    number: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[0-9]+$")]


class WebCallLogIn(BaseModel):
    """How the citizen's browser reaches the switch (JsSIP), for one call within half an hour."""

    ws_url: str
    uri: str
    authorization_user: str
    password: str
    realm: str
    target: str
    ice_servers: list[str]


class Visitors:
    """How often each address asked lately; bounded, the longest silent is forgotten first."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, deque[datetime]] = OrderedDict()

    def admit(self, address: str, now: datetime) -> None:
        """Count one request. Raises `TooManyRequests` beyond the limit."""
        times = self._asked.setdefault(address, deque())
        self._asked.move_to_end(address)
        while times and now - times[0] > WINDOW:
            times.popleft()
        if len(times) >= CALLS_PER_WINDOW:
            raise TooManyRequests
        times.append(now)
        while len(self._asked) > ADDRESSES_MAX:
            self._asked.popitem(last=False)


_visitors = Visitors()


@router.get(
    "/hotlines", dependencies=[public("a citizen has no account; names and numbers of hotlines are public")]
)
async def list_web_hotlines(control: Control) -> list[WebHotline]:
    """Return the hotlines that can be called from a browser."""
    return [WebHotline(number=h.number, name=h.name) for h in control.site().hotlines if h.web_calls]


@router.post("/session", dependencies=[public("a citizen has no account; limited per address")])
async def open_web_call(
    body: WebCallRequest, connection: HTTPConnection, control: Control, platform: ThePlatform
) -> WebCallLogIn:
    """Return a log-in with which one browser may call this hotline, and nothing else."""
    now = platform.clock()
    _visitors.admit(address_of(connection), now)
    if not any(h.web_calls and h.number == body.number for h in control.site().hotlines):
        raise NotFound(number=body.number)
    device_id = GUEST_PREFIX + secrets.token_hex(8)
    log_in = log_in_for(device_id, await secret_named(platform.database, SECRET_NAME), now, GUEST_LIFE)
    return WebCallLogIn(
        ws_url="/sip",
        uri=f"sip:{device_id}@{SIP_REALM}",
        authorization_user=log_in.authorization_user,
        password=log_in.password,
        realm=SIP_REALM,
        target=f"sip:{body.number}@{SIP_REALM}",
        ice_servers=[],
    )

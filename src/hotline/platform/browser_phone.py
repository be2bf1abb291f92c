"""Short-lived SIP log-ins for browsers: user `<expiry>:<device>`, password base64(HMAC-SHA1(secret, user)).

The scheme of TURN REST credentials: the switch checks them with the secret alone, so it needs no list of browsers and no
database, and a leaked log-in is worthless after a day.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

SECRET_NAME = "browser_secret"  # noqa: S105 - a name
PHONE_LIFE = timedelta(hours=24)
GUEST_LIFE = timedelta(minutes=30)
GUEST_PREFIX = "guest-"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserLogIn:
    """What a browser authenticates with at the switch."""

    authorization_user: str
    password: str


def log_in_for(device_id: str, secret: str, now: datetime, life: timedelta) -> BrowserLogIn:
    """Return a log-in for a device that is good for `life` from `now`."""
    user = f"{int((now + life).timestamp())}:{device_id}"
    mac = hmac.new(secret.encode(), user.encode(), hashlib.sha1).digest()
    return BrowserLogIn(authorization_user=user, password=base64.b64encode(mac).decode())

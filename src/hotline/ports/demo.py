"""What the first page may say about the demo site; absent in production."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSite:
    """The number to call, the password equal for all, and how desk phones' passwords are made (`demo-1001` …)."""

    number: str
    password: str
    phone_password_pattern: str

"""Passwords: Argon2id hashes computed in worker threads, the policy for new ones, and ones made by us."""

import asyncio
import re
import secrets
import string
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from hotline.platform.errors import Invalid

LENGTH_MIN: Final = 8
LENGTH_MAX: Final = 128
KINDS_MIN: Final = 2
PARALLEL: Final = 2  # each hash takes 64 MiB and a core for some 50 ms; more at once would starve the calls
_READABLE = "".join(sorted(set(string.ascii_lowercase + string.digits) - set("il1o0")))


class Passwords:
    """Hashes and checks passwords off the event loop, few at a time."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._turn = asyncio.Semaphore(PARALLEL)

    async def hash(self, password: str) -> str:
        """Return the Argon2id hash of `password`."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether `password` fits. With None (no such user) the same work is done for nothing, so that time tells nothing."""
        async with self._turn:
            fits = await asyncio.to_thread(self._verify, password_hash, password)
        return fits and password_hash is not None

    @cached_property
    def _nobody(self) -> str:
        """The hash of a password that nobody knows. Made at the first question, in a worker thread: it costs as much as a check."""
        return self._hasher.hash(secrets.token_urlsafe(16))

    def _verify(self, password_hash: str | None, password: str) -> bool:
        nobody = self._nobody
        try:
            return self._hasher.verify(password_hash or nobody, password)
        except (VerificationError, InvalidHashError):
            return False


def check_policy(password: str, username: str, field: str = "password") -> None:
    """Refuse a weak new password.

    Raises:
        Invalid: shorter than eight characters, of one kind of character only, or containing the user name.
    """
    kinds = sum(bool(re.search(kind, password)) for kind in ("[a-z]", "[A-Z]", "[0-9]", "[^a-zA-Z0-9]"))
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise Invalid(field, f"口令长度应为 {LENGTH_MIN} 到 {LENGTH_MAX} 个字符")
    if kinds < KINDS_MIN:
        raise Invalid(field, "口令至少包含大写字母、小写字母、数字、符号中的两类")
    if username.lower() in password.lower():
        raise Invalid(field, "口令不能包含用户名")


def make_password(length: int = 12) -> str:
    """Return a random password that can be read out: small letters and digits without look-alikes, both kinds present."""
    while True:
        made = "".join(secrets.choice(_READABLE) for _ in range(length))
        if any(c.isdigit() for c in made) and any(c.isalpha() for c in made):
            return made

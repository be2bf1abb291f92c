"""The sealing port: values that are readable only with the installation's key."""

from typing import Protocol


class SealBroken(Exception):
    """A sealed value does not open: another key, or it was changed."""


class Seals(Protocol):
    """Seals and opens values; each is bound to its place, and opens nowhere else."""

    def seal(self, value: str, bound_to: str) -> str:
        """Return `value` sealed; "" stays ""."""
        ...

    def open(self, sealed: str, bound_to: str) -> str:
        """Return the value. Raises `SealBroken`."""
        ...

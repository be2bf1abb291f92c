"""Which numbers take short messages, and in which form gateways want them."""

from hotline.core.numbers import mobile_number

__all__ = ["mobile_number"]

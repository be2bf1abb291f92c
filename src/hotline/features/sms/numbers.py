"""Which numbers take short messages, and in which form gateways want them."""

from hotline.core.numbers import ABROAD, dialled

_MOBILE_DIGITS = 11
_ABROAD_DIGITS = range(7, 18)


def mobile_number(text: str) -> str:
    """Return a number that takes short messages: a Chinese mobile (11 digits) or one abroad (00…); "" for all others."""
    number = dialled(text)
    if number.startswith("86") and len(number) == _MOBILE_DIGITS + 2:
        number = number[2:]
    if number.startswith(ABROAD):
        return number if len(number) in _ABROAD_DIGITS else ""
    is_mobile = len(number) == _MOBILE_DIGITS and number[0] == "1" and number[1] in "3456789"
    return number if is_mobile else ""

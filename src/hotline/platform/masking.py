"""Telephone numbers and other personal data as they are shown to people who may not know them whole (ADM-4)."""

from typing import Final

WITHHELD: Final = "匿名来电"
"""What stands where a caller's number would, when they do not show it."""
_SHORT: Final = 5
"""Numbers up to this length are work numbers and services (12345): nobody's own."""
_HIDDEN_LEAST: Final = 4
_SHOWN_MOST: Final = 7


def masked(number: str) -> str:
    """Return `number` with its middle hidden: 13800138000 becomes 138****8000; short numbers stay."""
    if len(number) <= _SHORT:
        return number
    shown = min(len(number) - _HIDDEN_LEAST, _SHOWN_MOST)
    before = shown // 2
    return f"{number[:before]}{'*' * (len(number) - shown)}{number[before - shown :]}"


def masked_name(name: str) -> str:
    """Return a person's name with all but its first character hidden: 王小明 becomes 王**."""
    return name[:1] + "*" * (len(name) - 1)


def masked_text(text: str) -> str:
    """Return any personal text with all but its ends hidden: 110101199003070038 becomes 110**************8."""
    if len(text) <= 2:
        return "*" * len(text)
    before = min(3, len(text) // 3)
    return f"{text[:before]}{'*' * (len(text) - before - 1)}{text[-1]}"

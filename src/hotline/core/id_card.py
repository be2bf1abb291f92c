"""The resident identity number of GB 11643-1999: 17 digits and a check character by ISO 7064 MOD 11-2."""

from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def check_character(first_17: str) -> str:
    """Return the 18th character of a number whose first 17 digits are given."""
    assert len(first_17) == len(_WEIGHTS)
    return _CHECKS[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_17, strict=True)) % 11]


def is_valid(number: str) -> bool:
    """Tell whether this is a well-formed number: length, date of birth, check character (x counts as X)."""
    if len(number) != 18 or not (number[:17].isascii() and number[:17].isdigit()):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return check_character(number[:17]) == number[17].upper()

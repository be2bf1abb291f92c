"""Confidential values of a call (保密变量): what callers key in or data sources tell that must not be readable where it is kept.

A value that repeats part of a confidential one is confidential too, whatever the flow says: so a copy, a piece of an identity number or
the date in it cannot leak through another variable. Sealing itself is the shell's (`runtime.confidential`).
"""

from hotline.core.call import Call

SHARED_LEAST = 4
"""So many characters in a row are no coincidence."""
_SHOWN = ((12, 4), (8, 2), (0, 0))
"""From how many keys on how many of the last are shown."""


def keys_shown(keys: str) -> str:
    """Return keys as they are written down and shown: the last four of twelve and more, two of eight and more, else none."""
    shown = next(last for length, last in _SHOWN if len(keys) >= length)
    return "*" * (len(keys) - shown) + keys[len(keys) - shown :]


def tells(call: Call, text: str) -> bool:
    """Whether `text` tells a confidential value of the call, or part of one."""
    return any(_share(text, str(call.variables.get(name, ""))) for name in call.confidential)


def _share(text: str, value: str) -> bool:
    if len(value) < SHARED_LEAST:
        return bool(value) and text == value
    return any(value[start : start + SHARED_LEAST] in text for start in range(len(value) - SHARED_LEAST + 1))

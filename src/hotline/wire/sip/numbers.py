"""Telephone numbers as SIP carries them, brought into the one form the rest of the system uses (requirement TEL-1)."""

from __future__ import annotations

import re

from hotline.wire.sip.address import BadAddress, parse_name_addr, user_of
from hotline.wire.sip.message import Request

_MOBILE = re.compile(r"1[3-9]\d{9}\Z")


def normalise(number: str) -> str:
    """Return digits as a Chinese subscriber dials them: no separators, no +86/0086; "" when it is no number.

    `+86 138 0013 8000` becomes `13800138000`; `+861084000000` becomes `01084000000` (the trunk 0 of a landline).
    """
    text = re.sub(r"[\s().\-]", "", number)
    match = re.fullmatch(r"(?:\+|00)86(\d{3,})", text)
    if match is not None:
        national = match[1]
        return (
            national
            if _MOBILE.match(national) or national.startswith("0") or len(national) < 9
            else f"0{national}"
        )
    if text.startswith("+"):
        text = "00" + text[1:]
    return text if re.fullmatch(r"[0-9*#]{1,32}", text) else ""


def caller_of(request: Request) -> str:
    """Return the caller's number from P-Asserted-Identity (RFC 3325), else From; "" when withheld or no number."""
    if {"id", "user", "header"} & {
        word.strip() for word in (request.get("privacy") or "").lower().split(";")
    }:
        return ""
    for value in (*request.all("p-asserted-identity"), request.get("from") or ""):
        try:
            user = user_of(parse_name_addr(value).uri)
        except BadAddress:
            continue
        number = normalise(user)
        if number:
            return number
    return ""


def called_of(request: Request) -> str:
    """Return the number called: the Request-URI's user, normalised where it is a number."""
    user = user_of(request.uri) or user_of(parse_name_addr(request.get("to") or "").uri)
    return normalise(user) or user

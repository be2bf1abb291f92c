"""A trunk's codec list (requirement TEL-1), applied to the session descriptions that cross it. Pure text work.

The media plane speaks G.711 in both laws and takes the first that is offered; here an offer is cut to what the trunk
may carry, in the trunk's order. Telephone events and everything that is no audio stay as they are.
"""

from __future__ import annotations

import re

_STATIC = {"0": "PCMU", "8": "PCMA", "3": "GSM", "4": "G723", "9": "G722", "18": "G729"}
_MAP = re.compile(r"^a=rtpmap:(\d{1,3})\s+([\w.\-]+)/", re.MULTILINE)
_AUDIO = re.compile(r"^(m=audio\s+\S+\s+\S+)((?:\s+\d{1,3})+)(\s*)$", re.MULTILINE)
_BESIDE = frozenset({"TELEPHONE-EVENT", "CN"})


def keep_codecs(sdp: str, codecs: tuple[str, ...]) -> str:
    """Return the description with only these codecs in its audio lines, in this order.

    Where nothing would be left the description comes back as it was, for the media plane to refuse (488).
    """
    if not codecs:
        return sdp
    names = _STATIC | {found[1]: found[2].upper() for found in _MAP.finditer(sdp)}
    order = {codec.upper(): index for index, codec in enumerate(codecs)}

    def arrange(line: re.Match[str]) -> str:
        formats = line[2].split()
        speech = sorted(
            (kind for kind in formats if names.get(kind, "") in order), key=lambda kind: order[names[kind]]
        )
        beside = [kind for kind in formats if names.get(kind, "") in _BESIDE]
        return f"{line[1]} {' '.join([*speech, *beside])}{line[3]}" if speech else line[0]

    return _AUDIO.sub(arrange, sdp)

"""Our orders in FreeSWITCH's words: the text of commands. Pure; whatever comes from outside is cleaned before it becomes a command."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from hotline.core.ids import LegId, RecordingId
from hotline.core.switching import Originate, ToDevice, TrunkEntry

PROFILE_AGENTS = "agents"
PROFILE_TRUNKS = "trunks"
ROOM_PROFILE = "hotline"
PARTS = "recordings/.parts"
"""Where FreeSWITCH writes while a call goes, relative to the data folder; the name of a part says everything about it."""
ALL_KEYS = "0123456789*#ABCD"
DEFAULTS: Final = {
    "park_after_bridge": "true",
    "playback_terminators": "none",
    "hold_music": "silence",
    "send_silence_when_idle": "-1",
    "uuid_bridge_park_on_cancel": "true",
    "media_timeout": "30000",
    "media_hold_timeout": "1800000",
}
"""What holds for every channel. FreeSWITCH looks for a channel's variable among its own ones and then here, so that no order need repeat
them: it reads orders byte by byte, and gives its core away after each. A leg that sends nothing for the media timeout (ms) is gone though
nobody said so: a browser that died, a cut network."""
_SILENT_TRUNK_MS: Final = "60000"
"""A carrier may be silent longer, while it rings. As `dialplan/hotline.xml` has it for calls that come in."""
_SOUND = re.compile(r"[\w./\-]{1,240}\Z")
_HEADER = re.compile(r"[A-Za-z0-9\-]{1,60}\Z")
_CONTACT = re.compile(
    r"sips?:(?:[\w.~%+\-]{1,64}@)?[\w.:\[\]\-]{1,255}(?:;[\w\-]{1,32}(?:=[\w.~%:\[\]\-]{1,512})?){0,16}\Z",
    re.ASCII,
)
"""A telephone says itself where it is: anything that a dial string could read as more than an address is not dialled."""
_GATEWAY = re.compile(r"[\w.\-\[\]:]{1,255}\Z", re.ASCII)
_NUMBER = re.compile(r"[0-9A-Za-z*#+._\-]{1,64}\Z")
_UNSAFE = re.compile(r"""[\s{}\[\]<>"'`\\$|^&;,]+""")
_FILES_MAX: Final = 120
"""FreeSWITCH cuts a list of files at 128."""
_LOG_IN_MAX: Final = 160
"""User name and password together: mod_sofia keeps them with scheme and realm in 256 bytes."""
_LAYERS: Final = ("=", ",", " ")
"""An `originate` is taken apart three times, from within: name and value, one variable and the next, one argument and the next."""


@dataclass(frozen=True, slots=True)
class Part:
    """A recording in the making, as its file's name tells it."""

    recording_id: RecordingId
    leg_id: LegId
    path: str

    @property
    def name(self) -> str:
        """The file's name."""
        told = json.dumps([self.recording_id, self.leg_id, self.path], separators=(",", ":"))
        return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=") + ".wav"


def part_of(name: str) -> Part | None:
    """Read the name of a file in `PARTS`; None when it is none of ours."""
    text = PurePosixPath(name).name.removesuffix(".wav")
    try:
        told = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        recording_id, leg_id, path = told
    except (ValueError, TypeError, binascii.Error):
        return None
    return Part(RecordingId(str(recording_id)), LegId(str(leg_id)), str(path))


def clean(text: str) -> str:
    """Return text that can stand in a channel variable without being read as anything else."""
    return _UNSAFE.sub(" ", text).strip()


def is_sound(path: str) -> bool:
    """Whether a path may be given to FreeSWITCH as a sound of the data folder."""
    return bool(_SOUND.match(path)) and not path.startswith("/") and ".." not in PurePosixPath(path).parts


@dataclass(frozen=True, slots=True)
class Sounds:
    """What to play: one file argument and how often FreeSWITCH runs it (-1: for ever)."""

    argument: str
    loops: int


def sounds(root: str, paths: tuple[str, ...], repeat: int) -> Sounds:
    """Return the argument for `playback`. A whole sequence is one file to FreeSWITCH, so that there is one beginning and one end."""
    one = [f"{root}/{path}" for path in paths]
    if repeat > 0 and len(one) * repeat <= _FILES_MAX:
        return Sounds(_joined(one * repeat), 1)
    # Repeated runs end by themselves when one is shorter than half a second, so a run is made long.
    times = max(1, 16 // len(one)) if repeat == 0 else 1
    return Sounds(_joined(one * times), -1 if repeat == 0 else repeat)


def _joined(files: list[str]) -> str:
    return files[0] if len(files) == 1 else "file_string://" + "!".join(files)


def originate(command: Originate, realm: str, trunk: TrunkEntry | None, contact: str = "") -> str | None:
    """Return the `originate` for a new leg, which is parked as soon as it rings; None when the target cannot be put into words.

    `contact` is where a telephone is that has registered at another node.
    """
    variables = {"origination_uuid": str(command.leg_id), "return_ring_ready": "true"}
    for name, value in command.headers:
        if _HEADER.match(name):
            variables[f"sip_h_{name}"] = clean(value)
    if command.auto_answer:
        variables |= {
            "sip_auto_answer": "true",
            "sip_h_Alert-Info": "info=alert-autoanswer",
            "sip_h_X-Hotline-Auto-Answer": "1",
        }
    if isinstance(command.to, ToDevice):
        device = str(command.to.device_id)
        if not _NUMBER.match(device) or (contact and not _CONTACT.match(contact)):
            return None
        variables["hotline_device"] = device
        target = f"sofia/{PROFILE_AGENTS}/{contact or f'{device}%{realm}'}"
    else:
        if trunk is None or not _NUMBER.match(command.to.number) or not can_be_said(trunk):
            return None
        variables |= _trunk_variables(trunk, shown=command.shown_number)
        transport = "" if trunk.transport == "udp" else f";transport={trunk.transport}"
        target = f"sofia/{PROFILE_TRUNKS}/{command.to.number}@{trunk.gateway}{transport}"
    number = _word(command.shown_number) or "anonymous"
    shown = f"{_word(command.shown_name) or number} {number} {max(1, round(command.timeout_s))}"
    return f"bgapi originate {braces(variables.items())}{target} &park() XML default {shown}"


def _word(text: str) -> str:
    """Return text as one argument."""
    return clean(text).replace(" ", r"\s")


def _trunk_variables(trunk: TrunkEntry, shown: str) -> dict[str, str]:
    variables = {
        "hotline_trunk": clean(str(trunk.trunk_id)),
        "absolute_codec_string": "\\,".join(trunk.codecs),
        "sip_cid_type": "pid" if shown else "none",
        "media_timeout": _SILENT_TRUNK_MS,
    }
    if trunk.username:
        variables |= {
            "sip_auth_username": quoted(trunk.username),
            "sip_auth_password": quoted(trunk.password),
        }
        if (
            "$" in trunk.username + trunk.password
        ):  # otherwise a value that looks like a reference is left out
            variables["origination_nested_vars"] = "true"
    return variables


def defaults() -> Iterator[str]:
    """Return the commands that set `DEFAULTS`; a node that was started anew has forgotten them."""
    for name, value in DEFAULTS.items():
        yield f"global_setvar {name}={value}"


def can_be_said(trunk: TrunkEntry) -> bool:
    """Whether FreeSWITCH can dial through this trunk.

    A colon ends the password in sofia-sip's own notation and `:_:` an order, so it cannot stand in a log-in (nor can control characters).
    """
    words = trunk.username + trunk.password
    said = words.isprintable() and ":" not in words and len(words.encode()) <= _LOG_IN_MAX
    return bool(_GATEWAY.match(trunk.gateway)) and said


def quoted(value: str) -> str:
    """Return any printable text so that it comes out of `originate` as it is, but for braces, which `braces` weighs out.

    FreeSWITCH splits at each of `_LAYERS` in turn and takes one level of escapes away each time (`cleanup_separated_string`).
    """
    for delimiter in _LAYERS:
        value = "".join("\\s" if c == " " else f"\\{c}" if c in f"\\'\"{delimiter}" else c for c in value)
    return value


def braces(variables: Iterable[tuple[str, str]]) -> str:
    """Return channel variables as they stand before a dial string.

    FreeSWITCH looks for the closing brace by counting, whatever is quoted: odd ones in a value are evened out by a variable before and one behind.
    """
    inside = ",".join(f"{name}='{value}'" if " " in value else f"{name}={value}" for name, value in variables)
    depth = lowest = 0
    for c in inside:
        depth += (c == "{") - (c == "}")
        lowest = min(lowest, depth)
    before, behind = -lowest, depth - lowest
    if before:
        inside = f"hotline_even={'{' * before},{inside}"
    if behind:
        inside = f"{inside},hotline_even={'}' * behind}"
    return f"{{{inside}}}"

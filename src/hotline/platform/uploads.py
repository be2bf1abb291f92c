"""What may be attached, told by its content and not by its name: pictures, documents, sound, text; nothing that runs.

Refused: programs and scripts of any system, web pages and drawings that carry scripts, office files with macros, archives that
hold any of these or unpack to more than they should. Whatever is taken is only ever handed out as a download.
"""

import io
import unicodedata
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from hotline.platform.errors import HotlineError
from hotline.platform.i18n import Text

ATTACHMENT_MAX: Final = 20 * 1024 * 1024
_UNPACKED_MAX: Final = 200 * 1024 * 1024
_MEMBERS_MAX: Final = 2000
_NAME_MAX: Final = 120
_RUNS: Final = frozenset(
    "exe com scr pif msi msp dll sys cpl bat cmd ps1 psm1 vbs vbe js jse mjs wsf wsh hta lnk reg inf jar apk ipa app dmg pkg deb rpm"
    " sh bash zsh csh run elf so py pyc pl rb php asp aspx jsp html htm xhtml mht mhtml svg xml xsl swf docm xlsm pptm dotm xltm"
    " xlam ppam iso img vhd chm gadget url scf".split()
)
_PROGRAMS: Final = (
    b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"#!", b"\x4c\x00\x00\x00\x01\x14\x02\x00",
)  # fmt: skip
_MARKUP: Final = (b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"<head", b"<body", b"<?php")
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg jpeg"),
    (b"GIF8", "image/gif", "gif"),
    (b"BM", "image/bmp", "bmp"),
    (b"%PDF-", "application/pdf", "pdf"),
    (b"ID3", "audio/mpeg", "mp3"),
    (b"\xff\xfb", "audio/mpeg", "mp3"),
    (b"#!AMR", "audio/amr", "amr"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage", "doc xls ppt wps et dps"),
    (b"Rar!", "application/vnd.rar", ""),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed", ""),
)
_OFFICE: Final = {
    "word/": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    "xl/": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "ppt/": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
}


class UploadRefused(HotlineError):
    """A file that is not taken. The message says why."""

    code, status = "upload_refused", 422
    text = Text("不能上传“{name}”：{why}", "“{name}” cannot be attached: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vetted:
    """A file that may be kept: its name made harmless, its media type told by its content."""

    name: str
    media_type: str


def vet(name: str, content: bytes) -> Vetted:
    """Look at a file. Raises `UploadRefused`."""
    name = clean_name(name)
    if not content:
        raise UploadRefused(name=name, why="文件是空的")
    if len(content) > ATTACHMENT_MAX:
        raise UploadRefused(name=name, why=f"超过 {ATTACHMENT_MAX // 1024 // 1024} MB")
    suffixes = [part.lower() for part in name.split(".")[1:]]
    if _RUNS & set(suffixes) or _is_program(content):
        raise UploadRefused(name=name, why="可执行文件、脚本和网页不允许上传")
    found = _media_type(name, content)
    if found is None:
        raise UploadRefused(name=name, why="只支持图片、PDF、Office 文档、文本、录音、视频和 ZIP")
    media_type, endings = found
    if endings and (not suffixes or suffixes[-1] not in endings.split()):
        name = f"{name}.{endings.split()[0]}"  # the content says what it is, whatever the name claims
    return Vetted(name=name, media_type=media_type)


def clean_name(name: str) -> str:
    """A file name without folders, control and direction characters, not too long."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(c for c in bare if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*/').strip(" .")
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[: _NAME_MAX - 10]}{dot}{ending[:9]}" if len(kept) > _NAME_MAX else kept or "附件"


def _is_program(content: bytes) -> bool:
    if content.startswith(b"#!AMR"):
        return False
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return content.startswith(_PROGRAMS) or head.startswith(_MARKUP)


def _media_type(name: str, content: bytes) -> tuple[str, str] | None:
    if content.startswith(b"PK\x03\x04"):
        return _packed(name, content)
    if content[:4] == b"RIFF":
        return {b"WAVE": ("audio/wav", "wav"), b"WEBP": ("image/webp", "webp")}.get(content[8:12])
    if content[4:8] == b"ftyp":
        audio = content[8:11] == b"M4A"
        return ("audio/mp4", "m4a") if audio else ("video/mp4", "mp4 mov m4v 3gp heic")
    for signature, media_type, endings in _SIGNATURES:
        if content.startswith(signature):
            if media_type.endswith("ole-storage") and "_VBA_PROJECT".encode("utf-16-le") in content:
                raise UploadRefused(name=name, why="文档里含有宏")
            return (media_type, endings) if endings else None
    return ("text/plain", "txt csv log md json") if _is_text(content) else None


def _is_text(content: bytes) -> bool:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(unicodedata.category(c) == "Cc" and c not in "\t\r\n\f" for c in text[:100_000])
    return False


def _packed(name: str, content: bytes) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as broken:
        raise UploadRefused(name=name, why="压缩文件已损坏") from broken
    if len(members) > _MEMBERS_MAX or sum(member.file_size for member in members) > _UNPACKED_MAX:
        raise UploadRefused(name=name, why="解压后过大")
    names = [member.filename for member in members]
    if any(part.lower().endswith("vbaproject.bin") for part in names):
        raise UploadRefused(name=name, why="文档里含有宏")
    for folder, kind in _OFFICE.items():
        if "[Content_Types].xml" in names and any(part.startswith(folder) for part in names):
            return kind
    if _holds_programs(names):
        raise UploadRefused(name=name, why="压缩包里有可执行文件、脚本或网页")
    return "application/zip", "zip"


def _holds_programs(names: Iterable[str]) -> bool:
    return any(set(PurePosixPath(part).name.lower().split(".")[1:]) & _RUNS for part in names)

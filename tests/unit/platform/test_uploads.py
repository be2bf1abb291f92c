"""What may be attached, and what is refused whatever it is called."""

import io
import zipfile

import pytest

from hotline.platform import uploads
from hotline.platform.uploads import ATTACHMENT_MAX, UploadRefused, clean_name, vet

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


def packed(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.req("TKT-1")
@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("照片.png", PNG, "image/png"),
        ("报告.pdf", b"%PDF-1.7 ...", "application/pdf"),
        ("说明.txt", "市民诉求".encode("gb18030"), "text/plain"),
        ("录音.wav", b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        ("表.xlsx", packed("[Content_Types].xml", "xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("材料.zip", packed("身份证.jpg", "申请.pdf"), "application/zip"),
    ],
)  # fmt: skip
def test_documents_pictures_and_sound_are_taken(name: str, content: bytes, media_type: str) -> None:
    vetted = vet(name, content)
    assert (vetted.name, vetted.media_type) == (name, media_type)


@pytest.mark.req("TKT-1")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("工具.exe", b"MZ\x90\0"),
        ("照片.jpg", b"MZ\x90\0"),  # a program by its content
        ("照片.jpg.exe", PNG),  # a program by its name
        ("说明.txt", b"\xef\xbb\xbf  <!DOCTYPE html><script>alert(1)</script>"),
        ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("run", b"#!/bin/sh\nrm -rf /\n"),
        ("a.elf", b"\x7fELF\x02"),
        ("宏.docx", packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
        ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT".encode("utf-16-le")),
        ("材料.zip", packed("申请.pdf", "安装.bat")),
        ("谜.bin", bytes(range(256))),
        ("空.txt", b""),
        ("大.txt", b"a" * (ATTACHMENT_MAX + 1)),
    ],
)
def test_what_runs_is_empty_or_too_large_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(UploadRefused):
        vet(name, content)


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_UNPACKED_MAX", 1_000_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.txt", b"0" * 1_000_001)
    with pytest.raises(UploadRefused) as refused:
        vet("材料.zip", out.getvalue())
    assert "过大" in str(refused.value.details["why"])


def test_the_content_decides_what_a_file_is_called() -> None:
    assert vet("照片.txt", PNG).name == "照片.txt.png"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\a\\b.txt", "b.txt"),
        ('x"<>\r\n\u202e.txt', "x.txt"),
        ("..", "附件"),
    ],
)
def test_names_lead_nowhere(given: str, kept: str) -> None:
    assert clean_name(given) == kept

"""Articles out of files that people have: Word (.docx), Excel (.xlsx), web pages (.html).

Files are strangers: sizes unpacked are limited, nothing in them is executed, and whatever comes out is made harmless like everything else.
Pictures of Word files and pictures written into a web page come along when they pass what other uploads must pass; those that lie elsewhere
are left out, and it is said how many.

Word and HTML: each heading begins an article (a file without headings is one article named after the file). Excel: columns 标题, 内容, and
if wanted 相似问 (split by ; or lines) and 分类.
"""

import base64
import hashlib
import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

import mammoth

from hotline.features.knowledge.models import Article, Attachment
from hotline.features.knowledge.rich_text import PICTURES, harmless, plain_text
from hotline.features.knowledge.schemas import ImportItem, ImportPreview
from hotline.platform.errors import Invalid
from hotline.platform.ids import new_id
from hotline.platform.uploads import UploadRefused, Vetted, vet
from hotline.ports.files import StoredFile

FILE_MAX: Final = 20 * 1024 * 1024
UNPACKED_MAX: Final = 100 * 1024 * 1024
RATIO_MAX: Final = 200
ITEMS_MAX: Final = 500
PICTURES_MAX: Final = 200
PICTURE_MAX: Final = 5 * 1024 * 1024
PICTURES_BYTES: Final = 20 * 1024 * 1024
_LEFT_OUT: Final = re.compile(r'<img\b[^>]*src=""[^>]*>')
_WRITTEN_IN: Final = re.compile(
    r"""<img\b([^<>]{0,999}?)\bsrc=(["'])data:image/[a-z.+-]{1,20};base64,([^"'<>]*)\2([^<>]{0,999})>""",
    re.IGNORECASE,
)  # bounded: a hostile page must not take minutes
_SHOWN: Final = re.compile(r"<img\b[^<>]*", re.IGNORECASE)
_IMG: Final = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_COLUMNS: Final = {"标题": "title", "问题": "title", "标准问": "title", "内容": "html", "答案": "html", "正文": "html",
                   "相似问": "similar", "相似问题": "similar", "分类": "category", "类别": "category"}  # fmt: skip
_HEADING: Final = re.compile(r"<h[1-3][^>]*>(.*?)</h[1-3]>", re.IGNORECASE | re.DOTALL)
_BODY: Final = re.compile(r"<body[^>]*>(.*)</body>", re.IGNORECASE | re.DOTALL)
_NOISE: Final = re.compile(r"<(script|style|head)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TITLE_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of a file: `vetted` like an upload, under the id that the text of its article names it by."""

    id: str
    vetted: Vetted
    content: bytes


@dataclass(slots=True, kw_only=True)
class _Pictures:
    """Takes in the pictures of a file, a picture that is used twice once; those that are not taken leave no trace in the text."""

    kept: dict[str, Picture] = field(default_factory=dict)
    size: int = 0
    refused: int = 0

    def take(self, image: Any) -> dict[str, str]:
        with image.open() as opened:
            content: bytes = opened.read(PICTURE_MAX + 1)
        return {"src": self.address_of(content), "alt": (image.alt_text or "")[:200]}

    def address_of(self, content: bytes) -> str:
        """Return what the text names the picture by, "" when it is not taken."""
        digest = hashlib.sha256(content).hexdigest()
        if digest in self.kept or self._keep(digest, content):
            return f"{PICTURES}{self.kept[digest].id}"
        self.refused += 1
        return ""

    def tell(self, found: ImportPreview) -> None:
        """Say how many were taken, and how many not."""
        found.pictures = len(self.kept)
        if self.refused:
            found.problems.append(
                f"{self.refused} 张图片不能导入（只支持 5 MB 以内的 PNG、JPEG、GIF、BMP、WebP，最多 {PICTURES_MAX} 张），请在编辑器里补上"
            )

    def _keep(self, digest: str, content: bytes) -> bool:
        self.size += len(content)
        if len(self.kept) >= PICTURES_MAX or len(content) > PICTURE_MAX or self.size > PICTURES_BYTES:
            return False
        try:
            vetted = vet("图片", content)
        except UploadRefused:
            return False
        if not vetted.media_type.startswith("image/"):
            return False
        self.kept[digest] = Picture(id=new_id(), vetted=vetted, content=content)
        return True


def preview(name: str, content: bytes) -> ImportPreview:
    """Return what a file would make, without its pictures. Raises `Invalid`, `UploadRefused`."""
    found, _ = read_file(name, content)
    for item in found.items:
        item.html = _IMG.sub("", item.html)
    return found


def read_file(name: str, content: bytes) -> tuple[ImportPreview, list[Picture]]:
    """Return the articles of a file, and the pictures they name. Runs for seconds on large files: call it in a thread.

    Raises `Invalid`, `UploadRefused`.
    """
    if len(content) > FILE_MAX:
        raise Invalid("file", "文件超过 20 MB")
    lowered = name.lower()
    if lowered.endswith((".html", ".htm")):
        return _from_html(name, _decoded(content))
    if lowered.endswith(".docx"):
        vet(name, content)
        _refuse_bombs(content)
        return _from_word(name, content)
    if lowered.endswith(".xlsx"):
        vet(name, content)
        _refuse_bombs(content)
        return _from_excel(content), []
    raise Invalid("file", "只支持 .docx、.xlsx、.html 文件；旧的 .doc、.xls 请先另存为新格式")


def place_picture(article: Article, picture: Picture, stored: StoredFile, by: str) -> Attachment | None:
    """Return the picture as one of `article`, which names it by the new id; None where the article does not show it."""
    named = f"{PICTURES}{picture.id}"
    if named not in article.html:
        return None
    row = Attachment(
        id=new_id(),
        authority_id=article.authority_id,
        article_id=article.id,
        name=picture.vetted.name,
        media_type=picture.vetted.media_type,
        file_key=stored.key,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        picture=True,
        added_by=by,
        added_at=article.created_at,
        removed_at=None,
    )
    article.html = article.html.replace(named, f"{PICTURES}{row.id}")
    return row


def _refuse_bombs(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            sizes = [(member.file_size, member.compress_size) for member in packed.infolist()]
    except zipfile.BadZipFile as broken:
        raise Invalid("file", "文件已损坏，打不开") from broken
    if sum(size for size, _ in sizes) > UNPACKED_MAX:
        raise Invalid("file", "文件解压后过大")
    if any(size > 1_000_000 and size > RATIO_MAX * max(1, packed) for size, packed in sizes):
        raise Invalid("file", "文件压缩得不正常，不能导入")


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("file", "文字编码无法识别，请存为 UTF-8")


def _from_html(name: str, text: str) -> tuple[ImportPreview, list[Picture]]:
    pictures = _Pictures()

    def taken(written: re.Match[str]) -> str:
        try:
            content = base64.b64decode(written[3])
        except ValueError:
            content = b""
        address = pictures.address_of(content)
        return f'<img src="{address}"{written[1]}{written[4]}>' if address else ""

    body = _BODY.search(text)
    html = _WRITTEN_IN.sub(taken, _NOISE.sub("", body[1] if body else text))
    found = _split(name, html)
    pictures.tell(found)
    elsewhere = sum(PICTURES not in picture for picture in _SHOWN.findall(html))
    if elsewhere:
        found.problems.append(f"{elsewhere} 张图片在别的网站上，没有导入，请在编辑器里补上")
    return found, list(pictures.kept.values())


def _from_word(name: str, content: bytes) -> tuple[ImportPreview, list[Picture]]:
    pictures = _Pictures()
    try:
        made: Any = mammoth.convert_to_html(
            io.BytesIO(content), convert_image=mammoth.images.img_element(pictures.take)
        )
    except Exception as broken:
        raise Invalid("file", "Word 文件读不出来，请用 Word 打开并另存后再试") from broken
    found = _split(name, _LEFT_OUT.sub("", made.value))
    pictures.tell(found)
    return found, list(pictures.kept.values())


def _split(name: str, html: str) -> ImportPreview:
    clean = harmless(html)
    found = ImportPreview(items=[], problems=[])
    headings = list(_HEADING.finditer(clean))
    if not headings:
        title = plain_text(unquote(name).rsplit(".", 1)[0])[:_TITLE_MAX]
        _add(found, title, clean, "全文")
        return found
    if plain_text(clean[: headings[0].start()]):
        found.problems.append("第一个标题之前的文字没有导入")
    for n, heading in enumerate(headings):
        end = headings[n + 1].start() if n + 1 < len(headings) else len(clean)
        title = plain_text(heading[1]).replace("\n", " ")[:_TITLE_MAX]
        _add(found, title, clean[heading.end() : end], f"“{title[:20]}”")
    return found


def _add(found: ImportPreview, title: str, html: str, where: str, **more: Any) -> None:
    if len(found.items) >= ITEMS_MAX:
        raise Invalid("file", f"一次最多导入 {ITEMS_MAX} 条")
    if len(title) < 2:
        found.problems.append(f"{where}：没有标题")
    elif not plain_text(html) and not _IMG.search(html):
        found.problems.append(f"{where}：没有正文，未导入")
    else:
        found.items.append(ImportItem(title=title, html=html, **more))


def _from_excel(content: bytes) -> ImportPreview:
    import openpyxl  # loaded when somebody imports: not at every start

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = [[_cell(value) for value in row[:20]] for row in _rows(book)]
    except Invalid:
        raise
    except Exception as broken:
        raise Invalid("file", "Excel 文件读不出来，请另存后再试") from broken
    columns = [_COLUMNS.get(cell.strip()) for cell in rows[0]] if rows else []
    if "title" not in columns or "html" not in columns:
        raise Invalid("file", "第一行应为列名，并且要有“标题”和“内容”两列（还可以有：相似问、分类）")
    found = ImportPreview(items=[], problems=[])
    for line, row in enumerate(rows[1:], 2):
        given = {
            name: cell.strip() for name, cell in zip(columns, row, strict=False) if name and cell.strip()
        }
        if given:
            similar = [one.strip()[:200] for one in re.split(r"[;；\n]", given.get("similar", ""))]
            _add(
                found,
                given.get("title", "")[:_TITLE_MAX],
                _paragraphs(given.get("html", "")),
                f"第 {line} 行",
                similar=[one for one in similar if len(one) > 1][:30],
                category=given.get("category", "")[:200],
            )
    return found


def _rows(book: Any) -> Any:
    sheet = book.worksheets[0]
    for count, row in enumerate(sheet.iter_rows(values_only=True, max_col=20)):
        if count > ITEMS_MAX * 2:
            raise Invalid("file", f"一次最多导入 {ITEMS_MAX} 条")
        yield row


def _cell(value: object) -> str:
    return "" if value is None else str(value)[:100_000]


def _paragraphs(text: str) -> str:
    if "<" in text and ">" in text:
        return harmless(text)
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"<p>{line}</p>" for line in escaped.splitlines() if line.strip())

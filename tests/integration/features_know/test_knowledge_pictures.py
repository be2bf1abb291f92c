"""Word files with pictures: they come along with the article that shows them; what is no picture, or too large, does not."""

import base64
import io
import zipfile

import pytest

from hotline.features.knowledge import importing
from tests.integration.features_admin.conftest import World
from tests.integration.features_know.test_knowledge import branch

PNG = b"\x89PNG\r\n\x1a\n picture"
_NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def word(parts: list[str | bytes]) -> bytes:
    """A Word file: text that begins with # is a heading, bytes are a picture."""
    body, relations, media = "", "", list[bytes]()
    for part in parts:
        if isinstance(part, str):
            style = '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>' if part.startswith("#") else ""
            body += f"<w:p>{style}<w:r><w:t>{part.lstrip('#')}</w:t></w:r></w:p>"
            continue
        media.append(part)
        n = len(media)
        relations += f'<Relationship Id="p{n}" Type="{_OFFICE}/image" Target="media/{n}.png"/>'
        blip = f'<a:graphic><a:graphicData><pic:pic><pic:blipFill><a:blip r:embed="p{n}"/></pic:blipFill></pic:pic></a:graphicData></a:graphic>'
        body += f'<w:p><w:r><w:drawing><wp:inline><wp:docPr id="{n}" descr="示意图"/>{blip}</wp:inline></w:drawing></w:r></w:p>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="png" ContentType="image/png"/></Types>',
        )
        packed.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="d" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        )
        packed.writestr("word/document.xml", f"<w:document {_NAMES}><w:body>{body}</w:body></w:document>")
        packed.writestr(
            "word/_rels/document.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>',
        )
        for n, content in enumerate(media, 1):
            packed.writestr(f"word/media/{n}.png", content)
    return file.getvalue()


@pytest.mark.req("KNW-1")
async def test_pictures_of_a_word_file_come_along_with_their_articles(knowledge: World) -> None:
    category = await branch(knowledge)
    leader = await knowledge.log_in("leader")
    content = word(["#换领证件", "在窗口取号", PNG, "#办事流程", PNG, b"MZ program", b"<svg onload='x()'/>"])
    shown = (await leader.post("/knowledge/import/preview", files={"file": ("指南.docx", content)})).json()
    assert shown["pictures"] == 1
    assert "<img" not in str(shown["items"])
    assert shown["problems"][0].startswith("2 张图片不能导入")
    sent = {"data": {"category_id": category}, "files": {"file": ("指南.docx", content)}}
    assert (await leader.post("/knowledge/import/file", **sent)).json() == {"made": 2}
    listed = (await leader.get("/knowledge/articles")).json()["items"]
    named = set[str]()
    for one in listed:
        article = (await leader.get(f"/knowledge/articles/{one['id']}")).json()
        named.add(article["html"].split('src="/api/v1')[1].split('"')[0])
    assert len(named) == 2, "each article has its own"
    for path in named:
        picture = await leader.get(path)
        assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    assert (await leader.post("/knowledge/import/file", **sent)).json() == {"made": 0}


@pytest.mark.parametrize("name", ["PICTURE_MAX", "PICTURES_MAX", "PICTURES_BYTES"])
def test_pictures_beyond_a_limit_stay_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = word(["#换领证件", "在窗口取号", PNG, PNG + b"2"])
    least = {"PICTURE_MAX": len(PNG), "PICTURES_MAX": 1, "PICTURES_BYTES": len(PNG)}[name]
    monkeypatch.setattr(importing, name, least)
    found, pictures = importing.read_file("指南.docx", content)
    assert ([one.content for one in pictures], found.pictures) == ([PNG], 1)
    assert found.problems[0].startswith("1 张图片不能导入")
    assert found.items[0].html.count("<img") == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"\x00" * 100])
async def test_a_broken_file_makes_nothing(knowledge: World, content: bytes) -> None:
    category = await branch(knowledge)
    leader = await knowledge.log_in("leader")
    sent = {"data": {"category_id": category}, "files": {"file": ("指南.docx", content)}}
    assert (await leader.post("/knowledge/import/file", **sent)).status_code == 422
    assert (await leader.get("/knowledge/articles")).json()["items"] == []


@pytest.mark.req("KNW-1")
async def test_pictures_written_into_a_web_page_come_along_and_of_others_it_is_said_how_many(
    knowledge: World,
) -> None:
    category = await branch(knowledge)
    leader = await knowledge.log_in("leader")
    written = base64.b64encode(PNG).decode()
    page = (
        f"<body><h1>换领证件</h1><p>在窗口取号</p><img alt='图' src='data:image/png;base64,{written}'><img src='data:image/png;base64,TVo='>"
        "<img src='https://example.org/x.png'></body>"
    )
    files = {"file": ("指南.html", page.encode())}
    shown = (await leader.post("/knowledge/import/preview", files=files)).json()
    assert (shown["pictures"], len(shown["problems"])) == (1, 2)
    assert shown["problems"][1].startswith("1 张图片在别的网站上")
    sent = {"data": {"category_id": category}, "files": files}
    assert (await leader.post("/knowledge/import/file", **sent)).json() == {"made": 1}
    (one,) = (await leader.get("/knowledge/articles")).json()["items"]
    html = (await leader.get(f"/knowledge/articles/{one['id']}")).json()["html"]
    assert html.count("<img") == 1
    assert (await leader.get(html.split('src="/api/v1')[1].split('"')[0])).content == PNG

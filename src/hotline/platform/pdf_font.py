"""A font that a PDF can carry: the glyphs of the characters that documents use, from Noto Sans SC.

The package brings the font with cubic outlines (CFF), the PDF library embeds quadratic ones (TrueType): the glyphs in use are
converted. That takes seconds for hundreds of characters, so the font is kept and made again only when a new character comes.
"""

import io
import threading
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import newTable
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

_FILE = Path(pylopdf_fonts_zh_cn.__file__).parent / "NotoSansSC-Regular.otf"
_ALWAYS = {chr(code) for code in range(32, 127)} | set("—–·，。：；（）“”、《》×÷−≤≥％→　")
_MAX_ERROR = 1.0  # font units, of 1000 per em: unseen on paper
_UNUSED = ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG"]
_LIMITS = (
    "maxPoints maxContours maxCompositePoints maxCompositeContours maxComponentDepth maxTwilightPoints maxStorage "
    "maxFunctionDefs maxInstructionDefs maxStackElements maxSizeOfInstructions maxComponentElements"
).split()
_lock = threading.Lock()
_known: set[str] = set()
_name = ""


def font_for(text: str) -> str:
    """Return the name of a registered font that has every character of `text` (those that Noto Sans SC has). For threads."""
    global _name  # noqa: PLW0603 - one font for the whole process
    with _lock:
        if not _name or not _known.issuperset(text):
            _known.update(_ALWAYS, text)
            _name = f"hotline-{len(_known)}"
            pdfmetrics.registerFont(TTFont(_name, io.BytesIO(_true_type("".join(sorted(_known)), _name))))
        return _name


def _true_type(text: str, name: str) -> bytes:
    options = subset.Options(
        hinting=False, layout_features=[], notdef_outline=True, recalc_bounds=True, name_IDs=[1, 2, 4, 6]
    )
    options.drop_tables += _UNUSED
    font: Any = subset.load_font(str(_FILE), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=text)
    subsetter.subset(font)
    _convert(font)
    for record in font["name"].names:  # the library takes fonts of one name for one font
        record.string = name
    out = io.BytesIO()
    font.save(out)
    font.close()
    return out.getvalue()


def _convert(font: Any) -> None:
    """Replace cubic outlines by quadratic ones (OpenType 1.9, `glyf` instead of `CFF `)."""
    outlines, order = font.getGlyphSet(), font.getGlyphOrder()
    glyphs: dict[str, Any] = {}
    for name in order:
        pen = TTGlyphPen(outlines)
        outlines[name].draw(Cu2QuPen(pen, _MAX_ERROR, reverse_direction=True))
        glyphs[name] = pen.glyph()
    table: Any = newTable("glyf")
    table.glyphOrder, table.glyphs = order, glyphs
    font["loca"] = newTable("loca")  # typos: off
    font["glyf"] = table
    del font["CFF "]
    limits = font["maxp"]
    limits.tableVersion, limits.maxZones = 0x00010000, 1
    for field in _LIMITS:
        setattr(limits, field, 0)
    font["post"].formatType = 3.0
    font.sfntVersion = "\x00\x01\x00\x00"

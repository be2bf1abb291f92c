"""How a Chinese text is read aloud: numerals to characters, characters to syllables, syllables to model symbols.

Knows the spelling that the model was trained on (International Phonetic Alphabet with arrows for tones, words apart),
and the words of public service that general dictionaries read wrongly. Knows no audio.
"""

from __future__ import annotations

import logging
import re

import jieba
from misaki.zh import ZHG2P  # pyright: ignore[reportMissingImports] - of the `speech` extra
from pypinyin import (
    Style,
    lazy_pinyin,
    load_phrases_dict,
)

from hotline.core.reading_aloud import in_words

READINGS = {
    "重听": "chóng tīng",
    "重按": "chóng àn",
    "重播": "chóng bō",
    "重拨": "chóng bō",
    "挂机": "guà jī",
    "坐席": "zuò xí",
    "为您": "wèi nín",
    "正在为您": "zhèng zài wèi nín",
    "为保证": "wèi bǎo zhèng",
    "转接": "zhuǎn jiē",
    "转人工": "zhuǎn rén gōng",
    "星号键": "xīng hào jiàn",
    "井号键": "jǐng hào jiàn",
    "非工作时间": "fēi gōng zuò shí jiān",
    "约为": "yuē wéi",
    "身份证号码": "shēn fèn zhèng hào mǎ",
    "还在": "hái zài",
    "睡不着觉": "shuì bù zháo jiào",
    "吵得": "chǎo de",
    "麻烦": "má fan",
    "银行": "yín háng",
    "幺": "yāo",
    "办理": "bàn lǐ",
    "什么": "shén me",
    "怎么": "zěn me",
    "还没": "hái méi",
    "还需要": "hái xū yào",
    "调取": "diào qǔ",
    "补缴": "bǔ jiǎo",
    "行政": "xíng zhèng",
    "还是": "hái shì",
    "得去": "děi qù",
    "都是": "dōu shì",
    "好了": "hǎo le",
}
"""Phrases whose reading the general dictionary misses or leaves open: 重听 is 'listen again' here, not 'hard of hearing'."""

MIXED = re.compile(r"[\u4e00-\u9fff]+|[^\u4e00-\u9fff]+")
PUNCTUATION = str.maketrans(
    {
        "、": ", ",
        "，": ", ",
        "。": ". ",
        "！": "! ",
        "：": ": ",
        "；": "; ",
        "？": "? ",
        "（": " (",
        "）": ") ",
        "“": " “",
        "”": "” ",
        "…": "…",
        "\n": ". ",
    }
)


def prepare() -> None:
    """Load the dictionaries. Takes about a second; further calls cost nothing."""
    if prepare.__dict__.get("done"):
        return
    jieba.setLogLevel(logging.WARNING)
    load_phrases_dict(
        {phrase: [[syllable] for syllable in said.split()] for phrase, said in READINGS.items()}
    )
    for phrase in READINGS:
        jieba.add_word(phrase)
    jieba.initialize()
    prepare.__dict__["done"] = True


def pinyin(text: str) -> str:
    """Return the reading of `text` in numbered pinyin, words apart: for people who check a prompt."""
    prepare()
    return " ".join(
        "".join(lazy_pinyin(run, style=Style.TONE3, neutral_tone_with_five=True))
        if not _is_chinese(run)
        else " ".join("".join(syllables) for syllables in _words(run))
        for run in MIXED.findall(in_words(text))
    )


def symbols(text: str) -> str:
    """Return `text` in the symbols of the model's vocabulary; what cannot be read is left out."""
    prepare()
    spoken = (
        " ".join("".join(ZHG2P.py2ipa(syllable) for syllable in word) for word in _words(run))
        if _is_chinese(run)
        else run.translate(PUNCTUATION)
        for run in MIXED.findall(in_words(text))
    )
    return re.sub(r" +", " ", "".join(spoken).replace(chr(0x32F), "")).strip()


def _is_chinese(run: str) -> bool:
    return "\u4e00" <= run[0] <= "\u9fff"


def _words(run: str) -> list[list[str]]:
    """Return the syllables of each word of a run of Chinese characters.

    The reading is taken from the whole run, since a character such as 为 is read by its neighbours.
    """
    syllables = lazy_pinyin(run, style=Style.TONE3, neutral_tone_with_five=True)
    words: list[list[str]] = []
    start = 0
    for word in jieba.lcut(run):
        words.append(syllables[start : start + len(word)])
        start += len(word)
    return words

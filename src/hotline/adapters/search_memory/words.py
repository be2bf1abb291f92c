"""Chinese text as terms: words, pairs of characters, and how both sound.

Wrong characters of the right sound (户/护), blurred sounds of dialects (zh/z, n/l, ing/in) and typed pinyin meet the same terms.
"""

import itertools
import re
import tempfile
import threading
import unicodedata
import warnings
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

_HAN: Final = re.compile(r"[\u3400-\u9fff]+")
_LATIN: Final = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?")
_STOP: Final = frozenset(
    "的 了 怎么 我 在 是 有 吗 能 要 不 去 哪 啊 办 怎样 什么 这 那 你 我们 你们 他 她 它 呢 吧 就 都 还 也 给 和 与 或 及 可以 一个 如何"
    " 多少 哪里 哪儿 怎么办 办理 请问 想 想要 需要 应该 到 把 被 让 跟 对 从 用 上 下 个 几 啥 咋 没 没有 不是 谁 为什么 一下 一 人".split()
)
_BLURRED: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))
_lock = threading.Lock()
_cutter: Any = None
_cache_folder: Path | None = None


def keep_dictionary_in(folder: Path) -> None:
    """Let the prepared dictionary be kept in a folder of ours; it makes later starts quicker."""
    global _cache_folder  # noqa: PLW0603 - one dictionary for the process
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _cache_folder = folder


def _jieba() -> Any:
    global _cutter  # noqa: PLW0603 - one dictionary for the process, loaded at the first need
    with _lock:
        if _cutter is None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of its age: escape sequences and pkg_resources
                import jieba  # at the first need: it and its dictionary take a second
            jieba.setLogLevel(60)  # silent: it tells of its dictionary on standard error
            made: Any = jieba.Tokenizer()
            made.tmp_dir = str(
                _cache_folder or tempfile.mkdtemp(prefix="hotline-words-")
            )  # never the shared /tmp: whoever writes there would choose our dictionary
            made.initialize()
            _cutter = made
    return _cutter


def plain(text: str) -> str:
    """Text as it is compared: full-width forms made narrow, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def words(text: str) -> list[str]:
    """The words of a text, long ones with the words inside them, without those that say nothing."""
    found = _jieba().cut_for_search(plain(text))
    return [word for word in found if word not in _STOP and (_HAN.search(word) or _LATIN.fullmatch(word))]


def pairs(text: str) -> list[str]:
    """Neighbouring characters of Chinese passages: they find what the dictionary cuts otherwise."""
    return [run[n : n + 2] for run in _HAN.findall(plain(text)) for n in range(len(run) - 1)]


def sounds(text: str) -> list[str]:
    """How neighbouring characters sound, blurred: 过户 and 过护 are both `guo'hu`."""
    return [f"{a}'{b}" for run in _HAN.findall(plain(text)) for a, b in _neighbours(_syllables(run))]


def initials(text: str) -> list[str]:
    """First letters of Chinese passages, from two letters on: 社保卡 is `sbk` (and `sb`, `bk`)."""
    found: list[str] = []
    for run in _HAN.findall(plain(text)):
        letters = "".join(one[:1] for one in _pinyin(run))
        found += [
            letters[start:end]
            for start in range(len(letters))
            for end in range(start + 2, min(len(letters), start + 6) + 1)
        ]
    return found


def typed_sounds(text: str) -> list[str]:
    """Pinyin that somebody typed (`guohu`, `she bao ka`) as the same terms."""
    found: list[str] = []
    for run in re.findall(r"[a-z]{2,}(?:[ '][a-z]+)*", plain(text)):
        cut = _cut_pinyin(run.replace("'", "").replace(" ", ""))
        found += [f"{a}'{b}" for a, b in _neighbours([blurred(one) for one in cut])]
    return found


def latin(text: str) -> list[str]:
    """Letters and figures of a text."""
    return _LATIN.findall(plain(text))


@lru_cache(maxsize=8192)
def blurred(syllable: str) -> str:
    """A syllable with the sounds joined that people mix up."""
    for exact, blur in _BLURRED:
        syllable = syllable.replace(exact, blur)
    return f"n{syllable[1:]}" if syllable.startswith("l") else syllable


def _syllables(run: str) -> list[str]:
    return [blurred(one) for one in _pinyin(run)]


def _pinyin(run: str) -> list[str]:
    from pypinyin import lazy_pinyin  # at the first need: its dictionaries take half a second

    return lazy_pinyin(run)


def _neighbours(items: list[str]) -> Iterable[tuple[str, str]]:
    return itertools.pairwise(items)


_VOWELS: Final = "aeiouv"
_SYLLABLE: Final = re.compile(
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|van|ai|ei|ui|ao|ou|iu|ie|ue|ve|er|an|en|in|un|vn|ia|ua|uo|a|o|e|i|u|v)"
)


def _cut_pinyin(letters: str) -> list[str]:
    """Cut typed pinyin into syllables, the longest first; nothing when it is no pinyin."""
    found: list[str] = []
    at = 0
    while at < len(letters):
        match = _SYLLABLE.match(letters, at)
        if match is None:
            return []
        end = match.end()
        # `dangan` is dang'an or dan'gan; a consonant is given to what follows when that begins with a vowel otherwise
        if end < len(letters) and letters[end] in _VOWELS and letters[end - 1] in "gn" and end - at > 2:
            end -= 1
        found.append(letters[at:end])
        at = end
    return found

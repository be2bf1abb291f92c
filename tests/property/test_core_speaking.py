"""Laws of spoken numbers: what is said can be understood in one way only, and every word has its recording."""

import json
from datetime import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hotline
from hotline.core import speaking
from hotline.core.speaking import Word, text_of

pytestmark = pytest.mark.req("IVR-6")

VALUES = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}
SMALL_PLACES = {"十": 10, "百": 100, "千": 1_000}
LARGE_PLACES = {"万": 10**4, "亿": 10**8}
NUMBERS = st.integers(0, speaking.NUMBER_MAX) | st.integers(0, 12).flatmap(
    lambda zeros: st.integers(0, speaking.NUMBER_MAX // 10**zeros).map(lambda head: head * 10**zeros)
)


def understood(said: str) -> int:
    """Listen like a person: sum places within a section, multiply at 万 and 亿."""
    total = section = digit = 0
    for character in said:
        if character in VALUES:
            digit = VALUES[character]
        elif character in SMALL_PLACES:
            section += (digit or 1) * SMALL_PLACES[character]
            digit = 0
        else:
            total += (section + digit) * LARGE_PLACES[character]
            section = digit = 0
    return total + section + digit


@given(NUMBERS)
def test_listener_understands_the_number(number: int) -> None:
    assert understood(text_of(speaking.cardinal(number))) == number


@given(NUMBERS)
def test_no_zero_is_doubled_or_last(number: int) -> None:
    words = speaking.cardinal(number)
    assert (Word.ZERO, Word.ZERO) not in set(pairwise(words))
    assert number == 0 or words[-1] is not Word.ZERO


@given(NUMBERS)
def test_two_is_liang_before_hundred_and_thousand_only(number: int) -> None:
    for word, following in pairwise(speaking.cardinal(number)):
        if following in {Word.HUNDRED, Word.THOUSAND}:
            assert word is not Word.TWO
        if word is Word.LIANG:
            assert following in {Word.HUNDRED, Word.THOUSAND, Word.WAN, Word.YI}


@given(st.from_regex(r"[0-9]{17}[0-9X]", fullmatch=True))
def test_id_number_keeps_every_place(number: str) -> None:
    heard = "".join(
        character if character == "X" else str(VALUES[character])
        for character in text_of(word for word in speaking.id_number(number)).replace("幺", "一")
    )
    assert heard == number


@given(st.integers(0, 99_999_999))
def test_amount_adds_up(fen: int) -> None:
    total = 0
    rest = text_of(speaking.amount(fen))
    for unit, worth in (("元", 100), ("角", 10), ("分", 1)):
        if unit in rest:
            number, rest = rest.split(unit)
            total += understood(number) * worth
    assert total == fen
    assert not rest


@given(st.times(), st.times())
def test_different_minutes_sound_different(one: time, other: time) -> None:
    same = (one.hour, one.minute) == (other.hour, other.minute)
    assert (speaking.clock_time(one) == speaking.clock_time(other)) is same


def test_every_word_has_a_recording_that_says_it() -> None:
    prompts = Path(hotline.__file__).parent / "demo" / "prompts"
    entries = {
        entry["key"]: entry for entry in json.loads((prompts / "manifest.json").read_text("utf-8"))["prompts"]
    }
    for word in Word:
        assert (prompts / f"{word}.wav").is_file(), word
        assert entries[word]["text"] == (word.text or "（停顿）")

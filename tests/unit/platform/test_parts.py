"""The small parts of the platform: ids, masks, languages, passwords, cursors, differences for the audit, partial schemas."""

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import ValidationError

from hotline.platform.actor import make_cursor, read_cursor
from hotline.platform.audit import differing
from hotline.platform.errors import Invalid
from hotline.platform.i18n import Text, language_of
from hotline.platform.ids import new_id
from hotline.platform.logging import MASK, mask, mask_personal_data
from hotline.platform.passwords import check_policy, make_password
from hotline.platform.schemas import ApiModel, given, partial
from hotline.platform.times import moment


def test_ids_are_unique_and_ordered_by_time() -> None:
    made = [new_id() for _ in range(5_000)]
    assert made == sorted(set(made))
    assert all(one[14] == "7" and one[19] in "89ab" for one in made)  # RFC 9562: version 7, variant 10


@pytest.mark.req("ADM-4")
@pytest.mark.parametrize(
    "text",
    ["13800138000", "call from +8613800138000 ended", "010-84000000", "01084000000", "id 11010519491231002X"],
)
def test_personal_numbers_are_masked(text: str) -> None:
    assert MASK in mask(text)
    assert not any(part in mask(text) for part in ("138001", "840000", "194912"))


@pytest.mark.parametrize(
    "text", ["01a203f5-b132-763e-9e4e-d968b111cd07", "127.0.0.1:5060", "seq 1234567", "2026-11-22T15:52:43Z"]
)
def test_ids_addresses_and_times_are_left_alone(text: str) -> None:
    assert mask(text) == text


def test_the_log_masks_nested_values_and_numbers() -> None:
    entry = mask_personal_data(
        None, "info", {"event": "x", "facts": {"list": ["13800138000"]}, "n": 13800138000}
    )
    assert entry == {"event": "x", "facts": {"list": [MASK]}, "n": MASK}


@pytest.mark.parametrize(
    "header,language",
    [
        (None, "zh-CN"),
        ("en-GB,en;q=0.9", "en"),
        ("fr, en;q=0.3, zh;q=0.8", "zh-CN"),
        ("de", "zh-CN"),
        ("en;q=x", "zh-CN"),
    ],
)
def test_the_best_language_we_speak_is_chosen(header: str | None, language: str) -> None:
    assert language_of(header) == language


def test_a_missing_detail_does_not_hide_the_message() -> None:
    assert Text("还有 {minutes} 分钟", "").render("zh-CN", {}) == "还有 {minutes} 分钟"


@pytest.mark.req("ADM-2")
@pytest.mark.parametrize(
    "password", ["short1", "alllowercase", "12345678901", "x" * 129 + "1", "ZhangWei-99"]
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(Invalid):
        check_policy(password, "zhangwei")


@pytest.mark.req("ADM-2")
def test_made_passwords_meet_the_policy_and_differ() -> None:
    made = {make_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_policy(password, "zhangwei")


@for_all(
    st.lists(
        st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"])), min_size=1, max_size=3
    )
)
def test_a_cursor_comes_back_as_it_was(values: list[str]) -> None:
    assert read_cursor(make_cursor(*values), len(values)) == values


@for_all(st.text(max_size=40))
def test_a_cursor_of_others_is_refused_or_read_but_never_breaks(text: str) -> None:
    with suppress(Invalid):
        read_cursor(text, 2)


@pytest.mark.req("ADM-3")
def test_the_audit_keeps_what_differs_and_shows_no_secret() -> None:
    before, after = differing(
        {"name": "a", "size": 1, "password": "x"}, {"name": "a", "size": 2, "password": "y"}
    )
    assert (before, after) == ({"size": 1, "password": "••••"}, {"size": 2, "password": "••••"})
    assert differing(None, {"token": "t"}) == (None, {"token": "••••"})


class Thing(ApiModel):
    name: str
    size: int = 3
    note: str | None = None


class ThingUpdate(partial(Thing)):
    """Changes of a thing."""


def test_a_partial_schema_keeps_the_rules_of_each_field() -> None:
    assert given(ThingUpdate.model_validate({"note": None})) == {"note": None}
    for wrong in ({"name": None}, {"size": None}, {"size": "x"}, {"other": 1}):
        with pytest.raises(ValidationError):
            ThingUpdate.model_validate(wrong)


def test_a_partial_schema_publishes_no_required_field_and_no_default() -> None:
    schema = ThingUpdate.model_json_schema()
    assert "required" not in schema
    assert not any("default" in field for field in schema["properties"].values())


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", "9999-12-31T23:59:59-08:00"])
def test_a_moment_at_the_end_of_time_is_refused_not_a_fault(text: str) -> None:
    with pytest.raises(Invalid):
        moment(datetime.fromisoformat(text))

"""Designed forms: what values they take, and which designs make no sense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.core.forms import FieldKind, FormField, Value, checked, design_problems

FORM = (
    FormField(key="matter", label="事项", kind=FieldKind.CHOICE, options=("查询", "投诉"), required=True),
    FormField(key="unit", label="被投诉单位", required=True, shown_when=("matter", "投诉")),
    FormField(key="fee", label="费用", kind=FieldKind.MONEY, minimum=0, summed=True),
    FormField(key="id", label="身份证号", kind=FieldKind.ID_CARD, required_to_close=True),
)


def codes(values: dict[str, Value], *, closing: bool = False) -> dict[str, str]:
    return {problem.key: problem.code for problem in checked(FORM, values, closing=closing)[1]}


@pytest.mark.req("TKT-1")
def test_required_fields_are_asked_for_when_they_are_shown() -> None:
    assert codes({}) == {"matter": "required"}
    assert codes({"matter": "投诉"}) == {"unit": "required"}
    assert codes({"matter": "查询"}) == {}


@pytest.mark.req("TKT-1")
def test_fields_required_to_close_are_asked_for_at_the_end_only() -> None:
    assert codes({"matter": "查询"}, closing=True) == {"id": "required"}
    assert codes({"matter": "查询", "id": "11010119900307783X"}, closing=True) in (
        {},
        {"id": "not_an_id_card"},
    )


def test_a_hidden_field_keeps_nothing() -> None:
    assert checked(FORM, {"matter": "查询", "unit": "x"})[0] == {"matter": "查询"}


@pytest.mark.req("TKT-1")
@pytest.mark.parametrize(
    ("value", "code"),
    [(-1, "too_small"), (1.005, "two_decimals"), ("5", "not_a_number"), (True, "not_a_number"), (float("nan"), "not_a_number")],
)  # fmt: skip
def test_money_is_a_number_with_two_decimals(value: Value, code: str) -> None:
    assert codes({"matter": "查询", "fee": value}) == {"fee": code}


@given(
    st.dictionaries(
        st.sampled_from(["matter", "unit", "fee", "id", "other"]),
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text())),
    )
)
def test_whatever_is_given_is_kept_clean_or_named_as_a_problem(values: dict[str, Value]) -> None:
    kept, problems = checked(FORM, values)
    assert not set(kept) & {problem.key for problem in problems}
    assert checked(FORM, kept)[0] == kept


def test_designs_that_make_no_sense_are_named() -> None:
    twice = FormField(key="a", label="甲", kind=FieldKind.CHOICE)
    assert design_problems([twice, twice]) == [
        "key_twice:甲", "key_twice:甲", "label_twice:甲", "no_options:甲", "no_options:甲"
    ]  # fmt: skip
    later = FormField(key="b", label="乙", shown_when=("c", "x"), summed=True)
    assert design_problems([later]) == ["shown_after:乙", "cannot_sum:乙"]
    assert design_problems(FORM) == []

"""Confidential values: how much of the keys is shown, and what counts as telling one."""

import pytest

from hotline.core import events as e
from hotline.core.confidential import keys_shown, tells
from tests.unit.core_bench import Bench, site
from tests.unit.test_core_inbound import COLLECT

NUMBER = "11010519491231002*"


@pytest.mark.req("IVR-6", "ADM-4")
@pytest.mark.parametrize(
    "keys,shown",
    [
        ("", ""),
        ("1234", "****"),
        ("123456", "******"),
        ("12345678", "******78"),
        ("110105194912310028", "*" * 14 + "0028"),
    ],
)
def test_of_a_short_number_no_key_is_shown(keys: str, shown: str) -> None:
    assert keys_shown(keys) == shown


@pytest.mark.req("ADM-4")
@pytest.mark.parametrize(
    "expression,confidential",
    [
        ("id_number", True), ("right(id_number, 4)", True), ("'nr ' + id_number", True), ("'ok'", False), ("dnis", False),
    ],
)  # fmt: skip
def test_what_is_made_of_a_confidential_value_is_confidential(expression: str, confidential: bool) -> None:
    nodes = {
        "ask": COLLECT["ask"] | {"next": "set"},
        "set": {"kind": "set", "variables": {"made": expression}, "next": "bye"},
        "bye": COLLECT["bye"],
        "q": COLLECT["q"],
    }
    bench = Bench(site(nodes))
    call = bench.call_in()
    bench.press(call, NUMBER)
    made = bench.last(e.VariableSet)
    assert (made.name, made.secret) == ("made", confidential)
    assert tells(bench.call(call), made.value) is confidential

"""Whatever is entered into the audit trail has a name that a person reads, in both languages of the page."""

import re
from pathlib import Path

import pytest

from hotline.core.events import Role
from hotline.core.tickets.flow import TicketAction
from hotline.platform.permissions import Permission

SOURCES = Path("src/hotline")
NAMES = Path("web/src/features/audit")
CALL = re.compile(r"(?:record|note_of|_audit\w*|_log|_ask|_save|_change\w*)\(")
ACTION = re.compile(r'"([a-z_]+)\.([a-z_]+)"')
NEAR = 400
"""Characters after a call's name in which its action stands."""
NO_ACTIONS = {"statistics.duckdb", "statistics.pid", "statistics.sock", "customer.id", "forwarding.to"}


def entered() -> set[tuple[str, str]]:
    """Every action written out in the sources whose family is given to the trail somewhere."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SOURCES.rglob("*.py")))
    near = [ACTION.search(text[call.end() : call.end() + NEAR]) for call in CALL.finditer(text)]
    told = {(found[1], found[2]) for found in near if found and found[0].strip('"') not in NO_ACTIONS}
    families = {family for family, _ in told}
    others = {str(permission) for permission in Permission} | NO_ACTIONS
    written = {(family, verb) for family, verb in ACTION.findall(text) if family in families}
    written = {one for one in written if one in told or ".".join(one) not in others}
    made_up = {("tickets", str(action)) for action in TicketAction} | {
        ("calls", str(role)) for role in (Role.MONITOR, Role.WHISPER, Role.BARGE, Role.INTERCEPT)
    }
    return written | made_up | {("recordings", "play"), ("recordings", "download")}


def named(file: str, block: str) -> set[str]:
    """The keys of one object of names."""
    found = re.search(
        rf"export const {block} = \{{\n(.*?)\n\}}", (NAMES / file).read_text(encoding="utf-8"), re.DOTALL
    )
    assert found, block
    return set(re.findall(r"^  (\w+): ", found[1], re.MULTILINE))


@pytest.mark.req("ADM-3")
@pytest.mark.parametrize("file", ["names.ts", "namesEnglish.ts"])
def test_every_action_has_a_name(file: str) -> None:
    actions = entered()
    assert {("users", "create"), ("reports", "export"), ("recordings", "play")} <= actions
    families, verbs = named(file, "families"), named(file, "verbs")
    assert {family for family, _ in actions} - families == set()
    assert {f"{family}.{verb}" for family, verb in actions if verb not in verbs} == set()

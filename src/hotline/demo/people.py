"""The people of the demo site, with invented names."""

from dataclasses import dataclass

from hotline.platform.people import ROOT_AUTHORITY


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A demo user; the user name is the work number where there is one."""

    username: str
    name: str
    role: str
    authority_id: str = ROOT_AUTHORITY

    @property
    def user_id(self) -> str:
        """A fixed id, so that the demo site is the same everywhere."""
        return f"user-{self.username}"


_AGENT_NAMES = (
    "李婷", "王磊", "张静", "刘洋", "陈晨", "杨柳", "赵倩", "黄凯", "周洁", "吴昊", "徐丽", "孙博",
)  # fmt: skip

PEOPLE: tuple[Person, ...] = (
    *(Person(username=str(1001 + place), name=name, role="agent") for place, name in enumerate(_AGENT_NAMES)),
    Person(username="2001", name="马红", role="leader"),
    Person(username="2002", name="朱强", role="leader"),
    Person(username="3001", name="胡月", role="inspector"),
    Person(username="4001", name="郭峰", role="manager"),
    Person(username="5001", name="何平", role="officer", authority_id="social-office"),
    Person(username="6001", name="郑岚", role="client"),
    Person(username="admin", name="系统管理员", role="admin"),
)

AGENTS: frozenset[str] = frozenset(person.username for person in PEOPLE if person.role in {"agent", "leader"})

_ALL = (("operator", 1), ("realestate", 1), ("social", 1))
MEMBERSHIPS: dict[str, tuple[tuple[str, int], ...]] = (
    {str(number): _ALL for number in range(1001, 1005)}
    | {str(number): (("realestate", 1), ("operator", 2)) for number in range(1005, 1009)}
    | {str(number): (("social", 1), ("operator", 2)) for number in range(1009, 1013)}
    | dict.fromkeys(("2001", "2002"), (("operator", 3),))
)
"""Queue and skill level of each agent. The first four serve every queue, so that one person can try everything."""

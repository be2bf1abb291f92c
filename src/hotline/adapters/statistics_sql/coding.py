"""Facts as rows of whole numbers: texts become codes, combinations become classes, numbers of callers become numbers.

The codes live in memory and in two kinds of table; what is new is handed out once to be written with the rows that use it.
"""

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from struct import Struct
from typing import Any, Final
from zlib import crc32

from hotline.adapters.statistics_sql.tables import TABLES, FactTable
from hotline.core.metrics import facts as f
from hotline.core.metrics.evaluate import TABLE_OF_FACT, moment_of
from hotline.core.metrics.measures import Table
from hotline.core.metrics.query import LOCAL_OFFSET, epoch_ms
from hotline.core.metrics.settling import Stamp
from hotline.platform.regions import region_of

_HALVES: Final = Struct(">qq")
UNKNOWN: Final = -9
"""A code that no row has: of a text never seen."""
_DIGITS_MOST: Final = 17
_OFFSET_MS: Final = int(LOCAL_OFFSET.total_seconds() * 1000)
_DAY_MS: Final = 86_400_000
_SLOT_MS: Final = 900_000


@dataclass(slots=True)
class News:
    """Codes given out since they were last taken."""

    words: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    teams: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    classes: dict[Table, list[tuple[Any, ...]]] = field(
        default_factory=lambda: defaultdict[Table, list[tuple[Any, ...]]](list)
    )


_Known = tuple[tuple[int, ...], int]
_Extra = Callable[[Any, Stamp, list[Any]], tuple[Any, ...]]
_Plan = tuple[Table, FactTable, Callable[[Any], datetime], dict[tuple[Any, ...], _Known], _Extra | None]
"""How facts of a kind become rows: with the codes and classes of those seen before, and what completes the row."""
LEARNT_MOST: Final = 200_000


class Coding:
    """Codes of texts and classes, both ways."""

    def __init__(self) -> None:
        self._codes: dict[str | None, int] = {"": 0, None: 0}
        self._texts: list[str] = [""]
        self._classes: dict[Table, dict[tuple[Any, ...], int]] = {table: {} for table in TABLES}
        extra: dict[Table, _Extra] = {
            Table.CALL: self._of_call, Table.TALK: self._of_talk, Table.AGENT: self._of_agent,
            Table.SIGN_IN: self._of_sign_in, Table.OPERATION: self._of_operation, Table.CALLBACK: self._of_callback,
        }  # fmt: skip
        self._plans: dict[type, _Plan] = {
            kind: (table, TABLES[table], moment_of(table), {}, extra.get(table))
            for kind, table in TABLE_OF_FACT.items()
        }
        self._stamped: tuple[Stamp | None, tuple[int, int, int]] = (None, (0, 0, 0))
        self._teams: set[int] = set()
        self._team_codes: dict[tuple[str, ...], int] = {}
        self._months: dict[int, int] = {}
        self._regions: dict[str, tuple[int, int]] = {}
        self._odd: set[int] = {0}
        self.news = News()

    @property
    def odd_callers(self) -> int:
        """How many callers there are at most whose number is no row of digits."""
        return len(self._odd)

    def load(
        self,
        words: list[tuple[int, str]],
        teams: list[int],
        classes: dict[Table, list[tuple[Any, ...]]],
        odd_callers: list[int],
    ) -> None:
        """Take over what a store holds; `odd_callers` are the codes of callers without a row of digits."""
        self._odd.update(odd_callers)
        for code, text in sorted(words):
            assert code == len(self._texts), "codes count up"
            self._codes[text] = code
            self._texts.append(text)
        self._teams.update(teams)
        for table, rows in classes.items():
            self._classes[table] = {tuple(row[1:]): row[0] for row in rows}

    def take_news(self) -> News:
        """What has been given out and is not yet in the store."""
        news, self.news = self.news, News()
        return news

    def text(self, code: int) -> str | None:
        """The text of a code; None for no text."""
        return self._texts[code] or None

    def known(self, text: str) -> int:
        """The code of a text in a question."""
        return self._codes.get(text, UNKNOWN)

    def word(self, text: str | None) -> int:
        """The code of a text; a new one if need be. No text is 0."""
        code = self._codes.get(text)
        if code is None:
            text = str(text)
            code = self._codes[text] = len(self._texts)
            self._texts.append(text)
            self.news.words.append((code, text))
        return code

    def caller(self, number: str, *, known_only: bool = False) -> int:
        """A caller's number as a whole number that can be read back: digits behind a 1, anything else by its code, negative."""
        if number.isascii() and number.isdigit() and len(number) <= _DIGITS_MOST:
            return int("1" + number)
        if known_only:
            return -self.known(number)
        code = self.word(number)
        self._odd.add(code)
        return -code

    def caller_text(self, value: int) -> str | None:
        """The number that `caller` made a whole number of."""
        return str(value)[1:] if value > 0 else self.text(-value)

    def call_key(self, call_id: str | None, *, known_only: bool = False) -> tuple[int, int]:
        """A call's id as two numbers: the halves of a UUID (RFC 9562), of any other text 0 and its code."""
        if not call_id:
            return 0, 0
        digits = call_id.replace("-", "")
        if len(call_id) == 36 and len(digits) == 32 and call_id[8:24:5] == "----":
            with suppress(ValueError):
                halves = bytes.fromhex(digits)
                if halves.hex() == digits:
                    high, low = _HALVES.unpack(halves)
                    if high:
                        return high, low
        return 0, self.known(call_id) if known_only else self.word(call_id)

    def call_text(self, high: int, low: int) -> str:
        """The id that `call_key` made two numbers of; "" for none."""
        return uuid_text(high, low) if high else self.text(low) or ""

    # ── rows ──

    def row(self, fact: f.Fact, stamp: Stamp) -> tuple[Table, tuple[Any, ...]]:
        """A fact as a row of its table, in the order of its columns."""
        table, spec, moment, learnt, extra = self._plans[type(fact)]
        key = spec.repeating(fact)
        known = learnt.get(key)
        if known is None:
            known = self._learn(table, spec, fact)
            if len(learnt) > LEARNT_MOST:
                learnt.clear()
            learnt[key] = known
        t_ms = epoch_ms(moment(fact))
        day, in_day = divmod(t_ms + _OFFSET_MS, _DAY_MS)
        codes, class_code = known
        month = self._months.get(day) or self._month(day)
        stamps = self._stamp(stamp) if spec.stamped else ()
        slot, numbers = in_day // _SLOT_MS, spec.numbers(fact)
        if extra is None:
            return table, (stamp.number, t_ms, month, day, slot, *codes, *stamps, class_code, *numbers)
        row = [stamp.number, t_ms, month, day, slot, *codes, *stamps, class_code, *numbers]
        return table, extra(fact, stamp, row)

    def _learn(self, table: Table, spec: FactTable, fact: f.Fact) -> tuple[tuple[int, ...], int]:
        """The codes and the class of facts with these texts."""
        return tuple(self.word(text) for text in spec.texts(fact)), self._class(table, spec, fact)

    def _stamp(self, stamp: Stamp) -> tuple[int, int, int]:
        """The codes of a stamp; the rows of a call come together."""
        if stamp is not self._stamped[0]:
            coded = self.word(stamp.called), self.caller(stamp.caller), self.word(stamp.business_type)
            self._stamped = stamp, coded
        return self._stamped[1]

    def _month(self, day: int) -> int:
        month = self._months[day] = _month_of(day)
        return month

    def _class(self, table: Table, spec: FactTable, fact: f.Fact) -> int:
        return self._class_of(table, tuple([one.value(fact) for one in spec.classes.values()]))

    def class_value(self, table: Table, code: int, name: str) -> Any:
        """What the class with this code has in a column."""
        return self._class_key(table, code)[[*TABLES[table].classes].index(name)]

    def class_with(self, table: Table, code: int, name: str, *, value: bool) -> int:
        """The class that is like this one but for a flag."""
        place = [*TABLES[table].classes].index(name)
        was = self._class_key(table, code)
        return self._class_of(table, (*was[:place], int(value), *was[place + 1 :]))

    def _class_key(self, table: Table, code: int) -> tuple[Any, ...]:
        return next(key for key, known in self._classes[table].items() if known == code)

    def _class_of(self, table: Table, key: tuple[Any, ...]) -> int:
        known = self._classes[table]
        code = known.get(key)
        if code is None:
            code = known[key] = len(known)
            self.news.classes[table].append((code, *key))
        return code

    def _of_call(self, fact: Any, stamp: Stamp, row: list[Any]) -> tuple[Any, ...]:
        return (*row, *self._region(stamp.caller), *self.call_key(fact.call_id), None, -1, -1, 0, 0)

    def _of_talk(self, fact: Any, _stamp: Stamp, row: list[Any]) -> tuple[Any, ...]:
        row[-1] = talk_number(fact.talk_id)
        return tuple(row)

    def _of_agent(self, fact: Any, _stamp: Stamp, row: list[Any]) -> tuple[Any, ...]:
        row[-1] = self._team_codes.get(fact.team) or self._team(fact.team)
        return tuple(row)

    def _of_sign_in(self, fact: Any, _stamp: Stamp, row: list[Any]) -> tuple[Any, ...]:
        row[-1] = -1 if fact.to_at is None else epoch_ms(fact.to_at)
        return tuple(row)

    def _of_operation(self, fact: Any, _stamp: Stamp, row: list[Any]) -> tuple[Any, ...]:
        return (*row, fact.detail, *self.call_key(fact.call_id))

    def _of_callback(self, fact: Any, _stamp: Stamp, row: list[Any]) -> tuple[Any, ...]:
        return (*row, fact.number, fact.call_id, fact.done_in_ms)

    def _team(self, queues: tuple[str, ...]) -> int:
        code = self._team_codes[queues] = self.word("|".join(sorted(queues)))
        if code not in self._teams:
            self._teams.add(code)
            self.news.teams.extend((code, self.word(queue)) for queue in queues or ("",))
        return code

    def _region(self, number: str) -> tuple[int, int]:
        found = self._regions.get(number)
        if found is None:
            province, city = province_and_city(number)
            found = self._regions[number] = self.word(province), self.word(city)
            if len(self._regions) > 100_000:
                self._regions.clear()
        return found


def uuid_text(high: int, low: int) -> str:
    """A UUID as text, from its two halves."""
    digits = _HALVES.pack(high, low).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def talk_number(talk_id: str) -> int:
    """A talk's number within its call: 31 bits of its id (CRC-32), enough to tell the few talks of one call apart."""
    return crc32(talk_id.encode()) >> 1


def province_and_city(number: str) -> tuple[str, str]:
    """Where a number is from; "" for unknown. A municipality is its own city."""
    province, _, city = region_of(number).partition(" ")
    return province, city or province


def _month_of(day: int) -> int:
    at = date(1970, 1, 1) + timedelta(days=day)
    return at.year * 12 + at.month - 1

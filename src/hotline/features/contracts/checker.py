"""Recompute a contract acceptance from its evidence package, in plain Python 3.9 or later.

用法：python3 check.py 证据包.zip [验收报告上印的 manifest.json 的 SHA-256]。核对每个文件的摘要，按 plan.json 的条件重新计数
facts/*.csv，与 result.json 的每一天、每个指标、每笔扣款比较。全部一致时返回 0，否则 1。与产品不共用任何代码。
"""

import csv
import hashlib
import io
import json
import sys
import zipfile
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

problems, QUARTER = [], timedelta(minutes=15)
WORDS = {True: "达标", False: "不达标", None: "无数据", "at_least": "≥", "at_most": "≤"}
DAY = {"day": "日期", "numerator": "分子", "denominator": "分母", "requests": "人工请求量", "value": "数值"}
DAY.update(left_out="未计入原因", passed="结论")
NAMES = {**DAY, "counted_days": "计入天数", "failing_days": "不达标日", "worst_from": "起点"}


def compare(what, claimed, computed):
    if claimed != computed:
        problems.append(f"{what}：报告为 {claimed}，按数据应为 {computed}")


def half_up(value, places):
    return Decimal((value * 10**places + Fraction(1, 2)) // 1).scaleb(-places)


def shown(figure, top, bottom):  # in the unit shown; None where there is nothing to divide by
    if top is None or bottom == 0:
        return None
    value = Fraction(top) / Fraction(1 if bottom is None else bottom) * Fraction(figure["factor"])
    return str(half_up(value, figure["places"]))


def check_files(package, expected):
    digest = hashlib.sha256(package.read("manifest.json")).hexdigest()
    print("manifest.json 的 SHA-256：", digest)
    compare("manifest.json 的摘要", expected.lower() or digest, digest)
    listed = json.loads(package.read("manifest.json"))["files"]
    compare("包内的文件", sorted([*listed, "manifest.json"]), sorted(package.namelist()))
    for name in sorted(listed.keys() & set(package.namelist())):
        compare(f"{name} 的摘要", listed[name]["sha256"], hashlib.sha256(package.read(name)).hexdigest())


def read_facts(package, table):
    rows = list(csv.DictReader(io.StringIO(package.read(f"facts/{table}.csv").decode("utf-8-sig"))))
    compare(f"facts/{table}.csv 不重复的行数", len(rows), len({row["key"] for row in rows}))
    return rows


def holds(row, column, op, value):
    if op == "in":
        return row[column] in value
    signs = {"le": int.__le__, "lt": int.__lt__, "ge": int.__ge__, "gt": int.__gt__}
    return row[column] != "" and signs[op](int(row[column]), value)


def excluded(plan, at_ms):
    return any(one["from_ms"] <= at_ms < one["to_ms"] for one in plan["exclusions"])


def counted(figure, plan, facts, zone):  # local time of each row that counts, its measure, how much
    days, (opens, closes) = set(figure["days"]), figure["minutes"]
    for key, measure in figure["measures"].items():
        for row in facts[measure["table"]]:
            at_ms = int(row["at_ms"])
            local = datetime.fromtimestamp(at_ms // 1000, zone)
            inside = opens <= local.hour * 60 + local.minute < closes and not excluded(plan, at_ms)
            ours = row["hotline_id"] in plan["contract"]["hotline_ids"] and local.date().isoformat() in days
            if inside and ours and all(holds(row, *where) for where in measure["where"]):
                yield local, key, int(row[measure["column"]]) if measure["kind"] == "sum" else 1


def worst_24_hours(figure, plan, facts, zone):  # the first 96 quarters in a row with the lowest share
    first, sums = datetime.fromisoformat(plan["period"]["first"]), [[0, 0] for _ in figure["days"] * 96]
    for local, key, much in counted(figure, plan, facts, zone):
        for side, terms in enumerate((figure["numerator"], figure["denominator"])):
            sums[(local.replace(tzinfo=None) - first) // QUARTER][side] += much * terms.get(key, 0)
    spans = [[*map(sum, zip(*sums[at : at + 96])), at] for at in range(len(sums) - 95)]
    worst = min((one for one in spans if one[1]), key=lambda one: Fraction(one[0], one[1]), default=None)
    return (*worst[:2], (first + worst[2] * QUARTER).isoformat(" ", "minutes")) if worst else (None,) * 3


def good(figure, value):
    holds_against = Decimal.__ge__ if figure["direction"] == "at_least" else Decimal.__le__
    return None if value is None else holds_against(Decimal(value), Decimal(str(figure["target"])))


def one_day(figure, plan, zone, day, counts):
    top = sum(factor * counts[key] for key, factor in figure["numerator"].items())
    terms, capacity = figure["denominator"], figure["capacity"]
    bottom = None if terms is None else sum(factor * counts[key] for key, factor in terms.items())
    requests = counts[capacity["measure"]] if capacity else None
    midnight_ms = int(datetime.fromisoformat(day).replace(tzinfo=zone).timestamp()) * 1000
    gone = all(excluded(plan, midnight_ms + minute * 60_000) for minute in range(*figure["minutes"]))
    beyond = capacity and not capacity["least"] <= requests <= (capacity["most"] or requests)
    left_out = "excluded" if gone else "capacity" if beyond else ""
    value = shown(figure, top, bottom)
    passed = good(figure, value) if figure["per"] == "day" and not left_out else None
    return dict(zip(DAY, (day, top, bottom, requests, value, left_out, passed)))


def recompute(figure, plan, facts, zone):
    days, included, failing, mine = [], [], [], {}
    given = figure.get("declared") or {}
    top, bottom = given.get("numerator"), given.get("denominator")
    if figure.get("rolling"):
        top, bottom, mine["worst_from"] = worst_24_hours(figure, plan, facts, zone)
    elif figure["source"] == "metric":
        sums = {day: dict.fromkeys(figure["measures"], 0) for day in figure["days"]}
        for local, key, much in counted(figure, plan, facts, zone):
            sums[local.date().isoformat()][key] += much
        days = [one_day(figure, plan, zone, *pair) for pair in sums.items()]
        included = [day for day in days if not day["left_out"]]
        failing = [day["day"] for day in included if day["passed"] is False]
        top = sum(day["numerator"] for day in included) if included else None
        if included and figure["denominator"] is not None:
            bottom = sum(day["denominator"] for day in included)
    value = shown(figure, top, bottom)
    passed = good(figure, value)
    if figure["per"] == "day":
        judged = any(day["passed"] is not None for day in included)
        passed = len(failing) <= figure["allowed_days"] if judged else None
    names = ("numerator", "denominator", "counted_days", "value", "passed", "days", "failing_days")
    return {**mine, **dict(zip(names, (top, bottom, len(included), value, passed, days, failing)))}


def times(rule, plan, figures, failed):
    if rule["when"] == "repeated":
        history = [*plan["earlier_failures"], failed][-rule["after"] if rule["in_a_row"] else 0 :]
        return int(failed and sum(history) >= rule["after"])
    if rule["figure"] is None:
        return int(failed)
    figure = figures[rule["figure"]]
    if rule["when"] == "per_day":
        return len(figure["failing_days"])
    if rule["when"] == "failed" or figure["passed"] is not False:
        return int(figure["passed"] is False)
    target = next(Fraction(str(one["target"])) for one in plan["figures"] if one["key"] == rule["figure"])
    off = abs(Fraction(figure["value"]) - target) / Fraction(rule["step"])
    return -(-off // 1) if rule["begun"] else off // 1


def money(plan, figures, failed):
    fee, entries = Decimal(plan["contract"]["period_fee"]), []
    sums = {"deduct": Decimal(0), "withhold": Decimal(0), "terminate": Decimal(0), "warn": Decimal(0)}
    for number, rule in enumerate(plan["consequences"]):
        often = times(rule, plan, figures, failed)
        amount = min(half_up(Fraction(rule["each"]) * often, 2), Decimal(rule["most"] or "Infinity"))
        sums[rule["kind"]] += amount
        if often:
            entries.append((number, often, f"{amount:.2f}"))
    deducted = min(sums["deduct"], fee or sums["deduct"])
    withheld = min(sums["withhold"], fee - deducted if fee else sums["withhold"])
    return entries, f"{deducted:.2f}", f"{withheld:.2f}"


def check_result(package):
    plan, result = (json.loads(package.read(name)) for name in ("plan.json", "result.json"))
    zone = timezone(timedelta(minutes=plan["period"]["utc_offset_minutes"]))
    tables = {m["table"] for figure in plan["figures"] for m in figure.get("measures", {}).values()}
    facts = {table: read_facts(package, table) for table in tables}
    figures = {figure["key"]: recompute(figure, plan, facts, zone) for figure in plan["figures"]}
    compare("指标清单", [figure["key"] for figure in result["figures"]], list(figures))
    for figure, claimed in zip(plan["figures"], result["figures"]):
        mine, name, sign = figures[figure["key"]], figure["name"], WORDS[figure["direction"]]
        said = {day["day"]: day for day in claimed["days"]}
        for ours, theirs in [(mine, claimed), *((day, said.pop(day["day"], {})) for day in mine["days"])]:
            for key in sorted(ours.keys() - {"days"}):
                compare(f"{name} {ours.get('day', '合计')} 的{NAMES[key]}", theirs.get(key), ours[key])
        compare(f"{name} 多出的日期", list(said), [])
        print(name, mine["value"], "目标", sign, figure["target"], WORDS[mine["passed"]])
    states = [figure["passed"] for figure in figures.values()]
    compare("总的结论", result["passed"], False if False in states else None if None in states else True)
    follows = money(plan, figures, False in states)
    claimed = [(one["rule"], one["times"], one["amount"]) for one in result["entries"]]
    compare("后果与金额", (claimed, result["deducted"], result["withheld"]), follows)
    print(f"扣款 {follows[1]} 元，暂缓支付 {follows[2]} 元")


def main(path, expected=""):
    with zipfile.ZipFile(path) as package:
        check_files(package, expected)
        try:
            check_result(package)
        except (KeyError, ValueError, TypeError, ArithmeticError) as broken:
            problems.append(f"包内文件前后不符，算不下去：{type(broken).__name__} {broken}")
    verdict = "有出入\nDIFFERS" if problems else "完全一致\nAGREES"
    print(*(f"不符：{problem}" for problem in problems), verdict, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))

"""Recompute a contract acceptance from its evidence package. Plain Python 3.9 or later, nothing to install.

    python3 check.py PACKAGE.zip [SHA256-of-manifest.json as printed on the acceptance report]

Checks every file against manifest.json, counts every row of facts/*.csv by the conditions of plan.json, and compares each
day, figure and deduction with result.json. Ends with 0 when all agree, else 1. It shares no code with the product.
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

problems = []


def half_up(value, places):
    scaled = value * 10**places
    return Decimal((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)).scaleb(-places)


def shown(figure, top, bottom):
    """The value in the unit shown; None where there is nothing to divide by."""
    if top is None or bottom == 0:
        return None
    value = Fraction(top) / Fraction(1 if bottom is None else bottom) * Fraction(figure["factor"])
    return str(half_up(value, figure["places"]))


def check_files(package, expected):
    content = package.read("manifest.json")
    digest = hashlib.sha256(content).hexdigest()
    print("manifest.json SHA-256:", digest)
    if expected and expected.lower() != digest:
        problems.append("the manifest is not the one that the acceptance report names")
    listed = json.loads(content)["files"]
    names = [name for name in package.namelist() if name != "manifest.json"]
    if sorted(names) != sorted(listed):
        problems.append(f"files listed: {sorted(listed)}; files there: {sorted(names)}")
    for name in sorted(set(names) & set(listed)):
        if hashlib.sha256(package.read(name)).hexdigest() != listed[name]["sha256"]:
            problems.append(f"{name}: its content is not what the manifest lists")


def read_facts(package, table):
    rows = list(csv.DictReader(io.StringIO(package.read(f"facts/{table}.csv").decode("utf-8-sig"))))
    if len({row["key"] for row in rows}) != len(rows):
        problems.append(f"facts/{table}.csv: a row is there twice")
    return rows


def holds(row, column, op, value):
    found = row[column]
    if op == "in":
        return found in value
    signs = {"le": int.__le__, "lt": int.__lt__, "ge": int.__ge__, "gt": int.__gt__}
    return found != "" and signs[op](int(found), value)


def excluded(plan, at_ms):
    return any(one["from_ms"] <= at_ms < one["to_ms"] for one in plan["exclusions"])


def count(figure, plan, facts, zone):
    """For each local day the count of each measure."""
    days = {day: dict.fromkeys(figure["measures"], 0) for day in figure["days"]}
    opens, closes = figure["minutes"]
    for key, measure in figure["measures"].items():
        for row in facts[measure["table"]]:
            at_ms = int(row["at_ms"])
            local = datetime.fromtimestamp(at_ms // 1000, zone)
            day = days.get(local.date().isoformat())
            inside = opens <= local.hour * 60 + local.minute < closes and not excluded(plan, at_ms)
            ours = row["hotline_id"] in plan["contract"]["hotline_ids"]
            if day is not None and inside and ours and all(holds(row, *where) for where in measure["where"]):
                day[key] += int(row[measure["column"]]) if measure["kind"] == "sum" else 1
    return days


def good(figure, value):
    if value is None:
        return None
    target = Decimal(str(figure["target"]))
    return Decimal(value) >= target if figure["direction"] == "at_least" else Decimal(value) <= target


def one_day(figure, plan, zone, day, counts):
    top = sum(factor * counts[key] for key, factor in figure["numerator"].items())
    terms, capacity = figure["denominator"], figure["capacity"]
    bottom = None if terms is None else sum(factor * counts[key] for key, factor in terms.items())
    requests = counts[capacity["measure"]] if capacity else None
    midnight_ms = int(datetime.fromisoformat(day).replace(tzinfo=zone).timestamp()) * 1000
    left_out = ""
    if all(excluded(plan, midnight_ms + minute * 60_000) for minute in range(*figure["minutes"])):
        left_out = "excluded"
    elif capacity and not capacity["least"] <= requests <= (capacity["most"] or requests):
        left_out = "capacity"
    value = shown(figure, top, bottom)
    passed = good(figure, value) if figure["per"] == "day" and not left_out else None
    names = ("day", "numerator", "denominator", "requests", "value", "left_out", "passed")
    return dict(zip(names, (day, top, bottom, requests, value, left_out, passed)))


def recompute(figure, plan, facts, zone):
    days, counted, failing = [], [], []
    given = figure.get("declared") or {}
    top, bottom = given.get("numerator"), given.get("denominator")
    if figure["source"] == "metric":
        days = [one_day(figure, plan, zone, *pair) for pair in count(figure, plan, facts, zone).items()]
        counted = [day for day in days if not day["left_out"]]
        failing = [day["day"] for day in counted if day["passed"] is False]
        if counted:
            top = sum(day["numerator"] for day in counted)
            bottom = None if figure["denominator"] is None else sum(day["denominator"] for day in counted)
    value = shown(figure, top, bottom)
    passed = good(figure, value)
    if figure["per"] == "day":
        judged = any(day["passed"] is not None for day in counted)
        passed = len(failing) <= figure["allowed_days"] if judged else None
    names = ("numerator", "denominator", "counted_days", "value", "passed", "days", "failing_days")
    return dict(zip(names, (top, bottom, len(counted), value, passed, days, failing)))


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


def compare(what, claimed, computed):
    if claimed != computed:
        problems.append(f"{what}: the report says {claimed}, the data say {computed}")


def check_result(package):
    plan, result = (json.loads(package.read(name)) for name in ("plan.json", "result.json"))
    zone = timezone(timedelta(minutes=plan["period"]["utc_offset_minutes"]))
    tables = {m["table"] for figure in plan["figures"] for m in figure.get("measures", {}).values()}
    facts = {table: read_facts(package, table) for table in tables}
    figures = {figure["key"]: recompute(figure, plan, facts, zone) for figure in plan["figures"]}
    compare("list of figures", [figure["key"] for figure in result["figures"]], list(figures))
    for figure, claimed in zip(plan["figures"], result["figures"]):
        mine, name = figures[figure["key"]], figure["name"]
        for ours, theirs in zip(mine["days"], claimed["days"]):
            compare(f"{name} {ours['day']}", theirs, ours)
        compare(name, {key: claimed[key] for key in mine}, mine)
        print(f"{name}: {mine['value']}, target {figure['direction']} {figure['target']}: {mine['passed']}")
    states = [figure["passed"] for figure in figures.values()]
    compare("the whole", result["passed"], False if False in states else None if None in states else True)
    entries, deducted, withheld = money(plan, figures, False in states)
    claimed = [(one["rule"], one["times"], one["amount"]) for one in result["entries"]]
    compare("consequences", claimed, entries)
    compare("sums", (result["deducted"], result["withheld"]), (deducted, withheld))
    print(f"deducted {deducted}, withheld {withheld}")


def main(path, expected=""):
    with zipfile.ZipFile(path) as package:
        check_files(package, expected)
        try:
            check_result(package)
        except (KeyError, ValueError, TypeError, ArithmeticError) as broken:
            problems.append(f"the package does not hold together: {type(broken).__name__} {broken}")
    print(*(f"WRONG: {problem}" for problem in problems), "DIFFERS" if problems else "AGREES", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))

"""An acceptance as a document to print and sign: figures in words, counted numbers, failing days, what follows, the package's hash."""

from datetime import datetime

from hotline.features.contracts import words
from hotline.features.contracts.plan import Json
from hotline.features.contracts.schemas import AcceptanceRead
from hotline.platform.pdf import Block, Document, Heading, Paragraph, Table, to_pdf
from hotline.platform.tabular import clock_text, local

STATES = {"draft": "草稿（未提交，仅供核对）", "submitted": "已提交，待甲方确认", "confirmed": "甲方已确认"}
VERDICTS = {True: "达标", False: "不达标", None: "无数据"}


def acceptance_pdf(read: AcceptanceRead, made_at: datetime, maker: str) -> bytes:
    """Return the acceptance report as PDF."""
    plan, result = read.plan, read.result
    contract = plan["contract"]
    blocks: list[Block] = [
        Paragraph(f"合同：{contract['name']}　{contract['number']}"),
        Paragraph(f"甲方：{contract['client']}　乙方：{contract['contractor']}"),
        Paragraph(f"考核期：{read.label}（{read.first} 至 {read.last}）　状态：{STATES[read.state]}"),
        Paragraph(f"结论：{VERDICTS[result['passed']]}"),
        Heading("一、考核指标"),
        _figures(plan, result),
        Heading("二、后果"),
        *_consequences(read),
        Heading("三、指标公式与条件"),
        *_formulas(read),
        Heading("四、不达标日与未计入的日"),
        *_days(plan, result),
        Heading("五、剔除时段"),
        *_exclusions(plan),
        Heading("六、依据与确认"),
        *_signatures(read),
    ]
    foot = f"{contract['name']} {read.label} 考核验收报告　制表 {local(made_at):%Y-%m-%d %H:%M}　{maker}"
    return to_pdf(Document(title=f"{read.label}考核验收报告", blocks=blocks, foot=foot))


def _pairs(plan: Json, result: Json) -> list[tuple[Json, Json]]:
    return list(zip(plan["figures"], result["figures"], strict=True))


def _figures(plan: Json, result: Json) -> Table:
    rows = [
        [
            figure["name"],
            counted_text(figure, found["numerator"]),
            words.NOTHING
            if found["denominator"] is None
            else counted_text(figure, found["denominator"], below=True),
            words.with_unit(figure, found["value"]),
            words.target(figure),
            _where_it_fails(found),
            VERDICTS[found["passed"]],
        ]
        for figure, found in _pairs(plan, result)
    ]
    header = ["指标", "分子", "分母", "结果", "目标", "不达标日 / 计入日", "结论"]
    return Table(header=header, rows=rows, widths=(46, 26, 26, 22, 22, 24, 16), right_from=1)


def _where_it_fails(found: Json) -> str:
    if begins := found.get("worst_from"):
        return f"自 {begins[5:]} 起"
    return f"{len(found['failing_days'])} / {found['counted_days']}" if found["days"] else words.NOTHING


def counted_text(figure: Json, value: object, *, below: bool = False) -> str:
    """A counted number: sums of time as h:mm:ss above the line, counts as they are."""
    if value is None:
        return words.NOTHING
    if figure["unit"] == "duration" and figure["source"] == "metric" and not below:
        seconds = int(str(value)) / 1000
        return clock_text(datetime.resolution * round(seconds * 1_000_000))
    return words.plain_number(value)


def _consequences(read: AcceptanceRead) -> list[Block]:
    plan, result = read.plan, read.result
    sentences = read.words["consequences"]
    if not sentences:
        return [Paragraph("合同没有约定后果。", muted=True)]
    found = {entry["rule"]: entry for entry in result["entries"]}
    rows = [
        [
            str(number + 1),
            sentence,
            f"{found[number]['times']} 次" if number in found else words.NOTHING,
            found[number]["amount"] if number in found and float(found[number]["amount"]) else words.NOTHING,
        ]
        for number, sentence in enumerate(sentences)
    ]
    table = Table(
        header=["序号", "约定", "本期适用", "金额（元）"], rows=rows, widths=(14, 112, 24, 32), right_from=2
    )
    sums = f"扣款合计 {result['deducted']} 元，暂缓支付 {result['withheld']} 元"
    if result["payable"] is not None:
        sums += f"；当期服务费 {plan['contract']['period_fee']} 元，本期应付 {result['payable']} 元"
    ending = [Paragraph("已达到可终止合同的条件。")] if result["terminate"] else []
    return [table, Paragraph(sums), *ending]


def _formulas(read: AcceptanceRead) -> list[Block]:
    blocks: list[Block] = []
    for figure in read.plan["figures"]:
        blocks.append(Paragraph(f"{figure['name']}（目标 {words.target(figure)}）"))
        blocks += [Paragraph(f"　{line}", muted=True) for line in read.words[figure["key"]]]
        if given := figure.get("declared"):
            blocks.append(Paragraph(f"　依据：{given['evidence']}", muted=True))
    return blocks


def _days(plan: Json, result: Json) -> list[Block]:
    rows = [
        [
            figure["name"],
            day["day"],
            counted_text(figure, day["numerator"]),
            words.NOTHING
            if day["denominator"] is None
            else counted_text(figure, day["denominator"], below=True),
            words.with_unit(figure, day["value"]),
            words.NOTHING if day["requests"] is None else str(day["requests"]),
            words.LEFT_OUT.get(day["left_out"], "不达标"),
        ]
        for figure, found in _pairs(plan, result)
        for day in found["days"]
        if day["passed"] is False or day["left_out"]
    ]
    if not rows:
        return [Paragraph("没有不达标的日子，也没有未计入的日子。", muted=True)]
    header = ["指标", "日期", "分子", "分母", "结果", "人工请求量", "说明"]
    return [Table(header=header, rows=rows, widths=(46, 24, 24, 24, 22, 20, 22), right_from=2)]


def _exclusions(plan: Json) -> list[Block]:
    if not plan["exclusions"]:
        return [Paragraph("没有剔除的时段。", muted=True)]
    rows = [
        [
            words.EXCLUSIONS[one["kind"]],
            _moment(one["from_ms"]),
            _moment(one["to_ms"]),
            one["reason"],
            one["evidence"],
        ]
        for one in plan["exclusions"]
    ]
    return [Table(header=["类别", "开始", "结束", "原因", "依据"], rows=rows, widths=(22, 30, 30, 50, 50))]


def _moment(ms: int) -> str:
    return f"{local(datetime.fromisoformat('1970-01-01T00:00:00+00:00') + datetime.resolution * ms * 1000):%Y-%m-%d %H:%M}"


def _signatures(read: AcceptanceRead) -> list[Block]:
    lines = [f"说明：{read.note}"] if read.note else []
    if read.package_sha256:
        lines += [
            f"证据包清单（manifest.json）SHA-256：{read.package_sha256}",
            "复算：解开证据包，运行 python3 check.py 证据包.zip 上述摘要；程序只用 Python 标准库，不需要本系统。",
        ]
    if read.submitted_at:
        lines.append(f"提交：{read.submitted_by}　{local(read.submitted_at):%Y-%m-%d %H:%M}")
    if read.decided_at:
        lines.append(
            f"{'确认' if read.state == 'confirmed' else '退回'}：{read.decided_by}　{local(read.decided_at):%Y-%m-%d %H:%M}　{read.decision_note}"
        )
    lines.append(
        "甲方（签章）：____________________　　乙方（签章）：____________________　　日期：______________"
    )
    return [Paragraph(line) for line in lines]

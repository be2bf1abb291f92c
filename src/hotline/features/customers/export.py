"""Customers as a table that people open in a spreadsheet, and that the import takes again."""

from collections.abc import Iterable
from typing import Final

from hotline.core.forms import FieldKind, shown_text
from hotline.features.customers.schemas import CustomerClass, CustomerKind, CustomerRead
from hotline.platform.forms import FormFieldSchema
from hotline.platform.tabular import Cell, Sheet

CLASS_NAMES: Final = {
    CustomerClass.ORDINARY: "普通",
    CustomerClass.VIP: "VIP",
    CustomerClass.CONTRACT: "合同客户",
    CustomerClass.CARE: "特殊关怀",
    CustomerClass.BLACKLIST: "黑名单",
}
KIND_NAMES: Final = {CustomerKind.PERSON: "个人", CustomerKind.ORGANISATION: "单位"}
COLUMNS: Final = {
    "name": "姓名/名称", "kind": "类型", "customer_class": "客户类别", "numbers": "电话", "id_number": "证件号",
    "gender": "性别", "organisation": "所属单位", "position": "职务", "address": "地址", "email": "邮箱", "tags": "标签",
    "note": "备注",
}  # fmt: skip
"""The columns of an import and an export, by field."""


def customer_header(fields: Iterable[FormFieldSchema]) -> list[str]:
    """The columns, those of an organisation's own fields last."""
    return [*COLUMNS.values(), *(field.label for field in fields)]


def customer_row(row: CustomerRead, fields: Iterable[FormFieldSchema]) -> list[Cell]:
    """One customer's cells."""
    return [*_cells(row), *(_own_cell(row, field) for field in fields)]


def customer_sheet(rows: Iterable[CustomerRead], fields: Iterable[FormFieldSchema]) -> Sheet:
    """Return customers as a table."""
    own = list(fields)
    return Sheet(
        title="客户", about=(), header=customer_header(own), rows=[customer_row(row, own) for row in rows]
    )


def _cells(row: CustomerRead) -> list[Cell]:
    return [
        row.name, KIND_NAMES[row.kind], CLASS_NAMES[row.customer_class], "、".join(one.number for one in row.numbers),
        row.id_number, row.gender, row.organisation_name, row.position, row.address, row.email, "、".join(row.tags), row.note,
    ]  # fmt: skip


def _own_cell(row: CustomerRead, field: FormFieldSchema) -> str | int | float:
    value = row.values.get(field.key)
    if field.kind in {FieldKind.NUMBER, FieldKind.MONEY} and isinstance(value, int | float):
        return value
    return shown_text(value)

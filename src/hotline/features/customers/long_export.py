"""The customers of any number as a table made in the background: each once, in a form that the import takes again."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final, cast

from pydantic import Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.customers.export import customer_header, customer_row
from hotline.features.customers.reading import CustomerReader
from hotline.features.customers.repository import CustomerFilter
from hotline.features.customers.schemas import CustomerClass, CustomerKind
from hotline.features.customers.service import form_of
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.errors import Invalid
from hotline.platform.exports import ExportKind, LongTable, Rows
from hotline.platform.forms import FormFieldSchema
from hotline.platform.permissions import Permission
from hotline.platform.schemas import ApiModel
from hotline.platform.sealing import Sealer

PIECE: Final = 500


class CustomerQuestion(ApiModel):
    """The question as `GET /customer-export` takes it."""

    search: str = Field(default="", max_length=64)
    kind: CustomerKind | None = None
    customer_class: CustomerClass | None = None
    tag: str | None = Field(default=None, max_length=32)
    organisation_id: str | None = None
    assistant_id: str | None = None


def customers_kind(platform: Platform) -> ExportKind:
    """The customers as a kind of long table."""

    async def make(session: AsyncSession, actor: Actor, question: Mapping[str, Any]) -> LongTable:
        sealed = cast("Sealer", platform.services[Sealer])
        wanted = filter_of(question, sealed)
        fields = list((await form_of(session, actor, actor.authority_id)).fields)
        return LongTable(
            title="客户",
            about=(),
            header=customer_header(fields),
            total=await CustomerReader(session, actor, sealed).customers.exact_total(wanted),
            pieces=lambda: _pieces(platform, actor, wanted, fields, platform.clock()),
        )

    return ExportKind(key="customers", permissions=frozenset({Permission.CUSTOMERS_EXPORT}), make=make)


def filter_of(question: Mapping[str, Any], sealed: Sealer) -> CustomerFilter:
    """Read a question. Raises `Invalid`."""
    try:
        given = CustomerQuestion.model_validate(question)
    except ValidationError as wrong:
        raise Invalid("question", "导出的条件不完整") from wrong
    words = given.search.strip()
    return CustomerFilter(
        **given.model_dump(exclude={"search"}), search=words, id_digest=sealed.digest(words.upper())
    )


async def _pieces(
    platform: Platform, actor: Actor, wanted: CustomerFilter, fields: list[FormFieldSchema], until: datetime
) -> AsyncIterator[Rows]:
    sealed = cast("Sealer", platform.services[Sealer])
    after = ""
    while True:
        async with platform.database.reading() as session:
            reader = CustomerReader(session, actor, sealed)
            found = await reader.customers.piece(wanted, until, after, PIECE)
            rows: Rows = [customer_row(one, fields) for one in await reader.read(found)]
        if not found:
            return
        yield rows
        after = found[-1].id

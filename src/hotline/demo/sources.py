"""The demo's data sources: cards over HTTP from the demo's own service, transfers of pension by a named query of a database."""

from typing import Final

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.demo import matters
from hotline.demo.matters_service import KEY_HEADER, PATH, demo_key
from hotline.features.sources.models import DataSource, SourceQuery
from hotline.features.sources.service import PASSWORD
from hotline.platform.clock import Clock
from hotline.platform.people import ROOT_AUTHORITY
from hotline.platform.sealing import sealer_of
from hotline.platform.settings import Settings

CARDS: Final = "demo-cards"
MATTERS: Final = "demo-matters"
PENSION: Final = "demo-pension"
_SQL: Final = "SELECT state, accepted_on, done_by, amount FROM {}pension WHERE id_number = :id_number"


async def add_sources(session: AsyncSession, settings: Settings, clock: Clock) -> None:
    """Make what is missing; the card service's address follows where the product listens."""
    cards = await session.get(DataSource, CARDS)
    base_url = f"http://{_local(settings.http)}{PATH}"
    if cards is not None:
        cards.base_url = base_url if cards.base_url.endswith(PATH) else cards.base_url
    else:
        session.add(_cards(settings, base_url, clock))
    if await session.get(DataSource, MATTERS) is None:
        session.add(_matters(settings, clock))
        await session.flush()
        sqlite = settings.database_url.startswith("sqlite")
        session.add(
            SourceQuery(
                id=PENSION,
                authority_id=ROOT_AUTHORITY,
                source_id=MATTERS,
                name="养老保险关系转移进度",
                sql=_SQL.format("" if sqlite else f"{matters.SCHEMA}."),
                parameters=[{"name": "id_number", "type": "text"}],
                row_limit=1,
                timeout_s=3.0,
                note="演示数据",
                active=True,
                changed_at=clock(),
                changed_by="系统",
            )
        )


def _local(http: str) -> str:
    """Return where this machine reaches the address it listens on."""
    host, _, port = http.rpartition(":")
    return f"127.0.0.1:{port}" if host in {"0.0.0.0", "", "[::]"} else http  # noqa: S104 - compared, not bound


def _plain(source_id: str, name: str, kind: str, clock: Clock) -> DataSource:
    return DataSource(
        id=source_id,
        authority_id=ROOT_AUTHORITY,
        name=name,
        kind=kind,
        base_url="",
        headers=[],
        allow_loopback=False,
        host="",
        port=5432,
        database="",
        username="",
        concurrency=10,
        sealed={},
        note="演示数据",
        active=True,
        changed_at=clock(),
        changed_by="系统",
    )


def _cards(settings: Settings, base_url: str, clock: Clock) -> DataSource:
    row = _plain(CARDS, "社会保障卡制卡进度（演示）", "http", clock)
    row.base_url, row.allow_loopback = base_url, True
    row.headers = [{"name": KEY_HEADER, "secret": True, "value": ""}]
    secret = f"header:{KEY_HEADER.lower()}"
    sealer = sealer_of(settings.data)
    row.sealed = {secret: sealer.seal(demo_key(settings.data), f"{CARDS}:{secret}")}
    return row


def _matters(settings: Settings, clock: Clock) -> DataSource:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        row = _plain(MATTERS, "社会保险业务库（演示）", "sqlite", clock)
        row.database = matters.FILE
        return row
    row = _plain(MATTERS, "社会保险业务库（演示）", "postgresql", clock)
    row.host, row.port, row.database = url.host or "127.0.0.1", url.port or 5432, url.database or ""
    row.username = url.username or ""
    row.sealed = {PASSWORD: sealer_of(settings.data).seal(url.password or "", f"{MATTERS}:{PASSWORD}")}
    return row

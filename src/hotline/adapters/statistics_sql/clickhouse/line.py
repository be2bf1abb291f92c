"""The line to ClickHouse over HTTP: one client that several threads may use, and its failures in the store's words."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error, InterfaceError, OperationalError

from hotline.adapters.statistics_sql.fact_store import StoreUnavailable
from hotline.platform.statistics_address import StatisticsAddress

CONNECT_S, ANSWER_S = 5, 300
_SETTINGS: Final = {
    "do_not_merge_across_partitions_select_final": "1",  # a row stays in its month
    "join_use_nulls": "1",
    "max_query_size": str(2**26),
    "max_partitions_per_insert_block": "0",
}
_IN_CLUSTER: Final = {
    "distributed_product_mode": "global",
    "distributed_foreground_insert": "1",  # a row is stored before the watermark moves
    "load_balancing": "in_order",  # what was written is read from the replica that has it
}
_LATEST: Final = {"final": "1"}
"""Rows as their newest versions have them."""


class Line:
    """Queries and inserts."""

    def __init__(self, address: StatisticsAddress) -> None:
        """Connect to the first node that answers. Raises `StoreUnavailable`."""
        self.cluster = address.cluster
        self._client = _connected(address)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a SELECT."""
        with _in_our_words():
            return [tuple(row) for row in self._client.query(sql, settings=_LATEST).result_rows]

    def run(self, sql: str) -> None:
        """A statement without rows."""
        with _in_our_words():
            self._client.command(sql, settings=_LATEST)

    def insert(self, table: str, columns: Sequence[pa.Array], schema: pa.Schema, token: str) -> None:
        """Rows, all or none; sent again with the same token, they are there once."""
        with _in_our_words():
            self._client.insert_arrow(
                table,
                pa.Table.from_arrays(list(columns), schema=schema),
                settings={"insert_deduplication_token": token},
            )


def _connected(address: StatisticsAddress) -> Client:
    settings = {**_SETTINGS, **(_IN_CLUSTER if address.cluster else {}), **dict(address.settings)}
    why: Error | None = None
    for host, port in address.nodes:
        try:
            return clickhouse_connect.get_client(
                interface=address.interface,
                host=host,
                port=port,
                username=address.user,
                password=address.password,
                database=address.database,
                settings=settings,
                autogenerate_session_id=False,  # a session does one thing at a time
                connect_timeout=CONNECT_S,
                send_receive_timeout=ANSWER_S,
                client_name="hotline",
            )
        except Error as error:
            why = error
    raise StoreUnavailable(f"ClickHouse: {str(why)[:300]}") from why


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise StoreUnavailable(f"ClickHouse: {str(error)[:300]}") from error

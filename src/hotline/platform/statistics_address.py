"""Where the statistics are kept when they are not in a file of our own: `clickhouse+http://user@host:8123,host2:8123/database?cluster=NAME&setting=value`."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = {"clickhouse+http": 8123, "clickhouse+https": 8443}
"""What an address may begin with, and the port that it means when it names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsAddress:
    """Nodes of one ClickHouse; any of them will do. `cluster`: "" for a single server; `settings`: sent with every query."""

    interface: str
    nodes: tuple[tuple[str, int], ...]
    user: str
    password: str = field(repr=False)
    database: str
    cluster: str = ""
    settings: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str, password: str) -> Self:
        """Read an address. Raises `ValueError` with a text in plain Chinese."""
        parts = urlsplit(text)
        user, at, hosts = parts.netloc.rpartition("@")
        if parts.scheme not in SCHEMES or ":" in user:
            raise ValueError(
                "应写成 clickhouse+http://用户@主机:端口/数据库，口令另填 HOTLINE_STATISTICS_PASSWORD"
            )
        nodes = tuple(_node(one, SCHEMES[parts.scheme]) for one in hosts.split(","))
        database = unquote(parts.path.strip("/"))
        if not database.isidentifier():
            raise ValueError("地址里要写数据库名，例如 clickhouse+http://hotline@10.0.0.5:8123/hotline")
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        cluster = options.pop("cluster", "")
        if cluster and not cluster.isidentifier():
            raise ValueError("cluster 只能由字母、数字和下划线组成")
        return cls(
            interface=parts.scheme.removeprefix("clickhouse+"),
            nodes=nodes,
            user=unquote(user) if at else "default",
            password=password,
            database=database,
            cluster=cluster,
            settings=tuple(options.items()),
        )


def _node(text: str, port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("地址里缺少主机")
    return parts.hostname, parts.port or port

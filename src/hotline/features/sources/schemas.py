"""What the page of data sources sends and gets. Secrets go in only."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from hotline.platform.schemas import Answer, ApiModel, Id, Name, Note, Page

HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
HeaderValue = Annotated[str, StringConstraints(max_length=1_000, pattern=r"^[^\r\n]*$")]
SourceKind = Literal["http", "postgresql", "sqlite"]
ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
_PARAMETER = re.compile(r"(?<![:\w]):([a-z][a-z0-9_]*)")
_STRINGS = re.compile(r"'(?:[^']|'')*'")


class HeaderWrite(ApiModel):
    """A header of every request. A secret one is kept sealed; None as its value: as it was."""

    name: HeaderName
    value: HeaderValue | None = None
    secret: bool = False


class SourceWrite(ApiModel):
    """A data source as a person wants it."""

    name: Name
    kind: SourceKind
    base_url: Annotated[str, StringConstraints(max_length=300)] = ""
    headers: Annotated[list[HeaderWrite], Field(max_length=20, default_factory=list)]
    allow_loopback: Annotated[bool, Field(description="允许访问本机（只在数据源就在这台机器上时）")] = False
    host: Annotated[str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9._:-]*$")] = ""
    port: Annotated[int, Field(ge=1, le=65_535)] = 5432
    database: Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9._-]*$")] = ""
    username: Annotated[str, StringConstraints(max_length=64)] = ""
    password: Annotated[str | None, Field(max_length=200, description="只写不读；不给则保持原样")] = None
    concurrency: Annotated[int, Field(ge=1, le=100, description="同时查询的上限")] = 10
    note: Note = ""
    authority_id: Id | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.kind == "http":
            parts = urlsplit(self.base_url)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
                raise ValueError("地址应当形如 https://主机/路径，不带账号和参数")
        elif not self.database:
            raise ValueError("请填写数据库名（SQLite：数据目录 sources 里的文件名）")
        elif self.kind == "postgresql" and not self.host:
            raise ValueError("请填写数据库主机")
        return self


class HeaderRead(Answer):
    """A header; the value of a secret one is not shown."""

    name: str
    value: str | None
    secret: bool


class SourceRead(Answer):
    """A data source. `has_password`: one is kept."""

    id: str
    authority_id: str
    name: str
    kind: str
    base_url: str
    headers: list[HeaderRead]
    allow_loopback: bool
    host: str
    port: int
    database: str
    username: str
    has_password: bool
    concurrency: int
    note: str
    changed_at: datetime
    changed_by: str


class SourcePage(Page[SourceRead]):
    """All data sources in sight."""


class QueryParameter(ApiModel):
    """A named parameter of a query."""

    name: ParameterName
    type: Literal["text", "int", "number", "flag", "date"] = "text"


class QueryWrite(ApiModel):
    """A named query as a person wants it."""

    name: Name
    sql: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
    parameters: Annotated[list[QueryParameter], Field(max_length=20, default_factory=list)]
    row_limit: Annotated[int, Field(ge=1, le=100)] = 20
    timeout_s: Annotated[float, Field(ge=0.5, le=20)] = 5.0
    note: Note = ""

    @model_validator(mode="after")
    def _is_one_reading_statement(self) -> Self:
        bare = _STRINGS.sub("''", self.sql)
        if not re.match(r"(?is)^(select|with)\b", bare):
            raise ValueError("只能是一条 SELECT 语句")
        if ";" in bare.rstrip().removesuffix(";") or "--" in bare or "/*" in bare:
            raise ValueError("只能是一条语句，不带注释")
        if re.search(
            r"(?i)\b(insert|update|delete|merge|into|attach|pragma|copy|call|lock|for\s+update)\b", bare
        ):
            raise ValueError("查询不能改动数据")
        named = set(_PARAMETER.findall(bare))
        declared = {one.name for one in self.parameters}
        if missing := named - declared:
            raise ValueError(f"没有声明参数：{'、'.join(sorted(missing))}")
        if unused := declared - named:
            raise ValueError(f"语句里没有用到参数：{'、'.join(sorted(unused))}")
        return self


class QueryRead(Answer):
    """A named query. `source_name`: of its database."""

    id: str
    authority_id: str
    source_id: str
    source_name: str
    name: str
    sql: str
    parameters: list[QueryParameter]
    row_limit: int
    timeout_s: float
    note: str
    changed_at: datetime
    changed_by: str


class QueryPage(Page[QueryRead]):
    """All named queries in sight."""


class SourceTry(ApiModel):
    """Try a source: a path of HTTP, or values for a query's parameters."""

    path: Annotated[str, StringConstraints(max_length=500)] = "/"
    parameters: Annotated[dict[str, str], Field(max_length=20, default_factory=dict)]


class SourceTried(Answer):
    """What came of it."""

    outcome: str
    seconds: float
    values: dict[str, Any]
    what: str

"""What an operator sets outside the database: folders, addresses, engine, profile (contracts.md, "Settings").

Read from the environment (prefix HOTLINE_) or from `hotline.toml` in the working folder (HOTLINE_CONFIG names another
file); the environment wins. What a site's people change while running lives in the database, not here.
"""

import ipaddress
import os
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from hotline.platform.statistics_address import StatisticsAddress

DEMO_PUBLIC_ANSWER = "yes-i-know"
_LOWEST_RTP_PORT = 1024
PHONES_PORT, WS_PORT = 5070, 5066
"""Where `deploy/freeswitch` listens for telephones and browsers."""


EMBEDDED_CALLS, EMBEDDED_LEGS = 60, 90
NODE_CALLS, NODE_LEGS = 600, 1_500


class Profile(StrEnum):
    """What the installation is for."""

    DEMO = "demo"
    PRODUCTION = "production"


class Engine(StrEnum):
    """Which switch carries the calls."""

    EMBEDDED = "embedded"
    FREESWITCH = "freeswitch"


class MailTls(StrEnum):
    """How the line to the mail server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class SettingsRefused(Exception):
    """The settings do not fit together; the text says in plain Chinese what to mend."""


class Settings(BaseSettings):
    """Every setting with its type and default. Build with `load_settings`."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="HOTLINE_", extra="ignore", frozen=True, validate_default=True
    )

    data: Annotated[Path, Field(description="数据目录：数据库、录音、语音文件、运行状态")] = Path("data")
    http: Annotated[str, Field(description="网页与接口的监听地址 主机:端口")] = "127.0.0.1:8000"
    sip: Annotated[
        str,
        Field(description="SIP 监听地址 主机:端口（UDP 与 TCP）；用 FreeSWITCH 时是它的中继口，仅用于显示"),
    ] = "127.0.0.1:5060"
    rtp_ports: Annotated[str, Field(description="RTP 端口范围 起-止")] = "20000-20999"
    advertised_address: Annotated[
        str, Field(description="对外公布的媒体地址（经 NAT 时填写）；空则与监听地址相同")
    ] = ""
    database: Annotated[
        str, Field(description="数据库地址 sqlite:///… 或 postgresql://…；空则用数据目录中的 SQLite")
    ] = ""
    statistics: Annotated[
        str,
        Field(
            description="统计库 clickhouse+http://用户@主机:端口/数据库（可写多个主机，逗号分隔；?cluster=集群名）；空则用数据目录中的 DuckDB"
        ),
    ] = ""
    statistics_password: Annotated[SecretStr, Field(description="统计库 ClickHouse 用户的口令")] = SecretStr(
        ""
    )
    engine: Annotated[Engine, Field(description="交换引擎")] = Engine.EMBEDDED
    freeswitch: Annotated[
        tuple[str, ...], NoDecode, Field(description="FreeSWITCH 事件套接字地址，逗号分隔的 主机:端口")
    ] = ()
    freeswitch_password: Annotated[SecretStr, Field(description="FreeSWITCH 事件套接字与用户目录的口令")] = (
        SecretStr("")
    )
    freeswitch_ws: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="浏览器话机接到的 WebSocket 地址，逗号分隔的 主机:端口；空则是各节点的 5066 端口"),
    ] = ()
    freeswitch_phones: Annotated[
        str,
        Field(
            description="SIP 话机向 FreeSWITCH 注册的地址 主机:端口，仅用于显示；空则是 HOTLINE_SIP 主机的 5070 端口"
        ),
    ] = ""
    freeswitch_directory: Annotated[
        str,
        Field(description="向 FreeSWITCH 提供用户目录（mod_xml_curl）的监听地址 主机:端口，只应是内部网络"),
    ] = "127.0.0.1:8090"
    profile: Annotated[Profile, Field(description="演示或正式")] = Profile.PRODUCTION
    demo_password: Annotated[SecretStr, Field(description="演示账号的统一口令；空则首次启动时生成并打印")] = (
        SecretStr("")
    )
    demo_public: Annotated[
        str, Field(description=f"填 {DEMO_PUBLIC_ANSWER} 才允许演示站点在本机以外监听")
    ] = ""
    demo_public_again: Annotated[str, Field(description="再填一次同样的内容以确认")] = ""
    mail_server: Annotated[str, Field(description="发送通知邮件的服务器 主机:端口；空则不发邮件")] = ""
    mail_from: Annotated[str, Field(description="通知邮件的发件地址")] = ""
    mail_user: Annotated[str, Field(description="邮件服务器的账号；空则不登录")] = ""
    mail_password: Annotated[SecretStr, Field(description="邮件服务器的口令")] = SecretStr("")
    mail_tls: Annotated[
        MailTls, Field(description="邮件加密：starttls、tls，或只在内部网络用的 none（此时不能设账号）")
    ] = MailTls.STARTTLS
    public_url: Annotated[
        str,
        Field(
            description="市民从外网打开本站的网址，如 https://rexian.example.cn，短信评价链接用它；空则不发评价短信"
        ),
    ] = ""
    outbound_gateway: Annotated[str, Field(description="演示中继的外呼网关 主机:端口；空则不能外呼")] = ""
    speech: Annotated[
        Path | None, Field(description="语音环境目录（make speech 建立）；空则用程序目录下的 .venv-speech")
    ] = None
    web_dist: Annotated[Path | None, Field(description="网页程序目录；空则用随产品安装的")] = None
    log: Annotated[str, Field(description="日志格式：console 或 json；空则终端用 console")] = ""
    log_level: Annotated[str, Field(description="日志级别")] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first (tests), then the environment, then the file."""
        file = TomlConfigSettingsSource(settings_cls, os.environ.get("HOTLINE_CONFIG", "hotline.toml"))
        _ = dotenv_settings, file_secret_settings  # neither is ours
        return init_settings, env_settings, file

    @field_validator("freeswitch", "freeswitch_ws", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("http", "sip", "freeswitch_directory")
    @classmethod
    def _check_listening(cls, value: str) -> str:
        split_address(value)
        return value

    @field_validator("outbound_gateway", "freeswitch_phones", "mail_server")
    @classmethod
    def _check_gateway(cls, value: str) -> str:
        if value:
            split_address(value)
        return value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (
            parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment
        ):
            raise ValueError("应写成 https://域名，例如 https://rexian.example.cn")
        return value.rstrip("/")

    @field_validator("freeswitch", "freeswitch_ws")
    @classmethod
    def _check_nodes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for node in value:
            split_address(node)
        return value

    @field_validator("rtp_ports")
    @classmethod
    def _check_ports(cls, value: str) -> str:
        first, _, last = value.partition("-")
        if not (first.isdigit() and last.isdigit() and _LOWEST_RTP_PORT <= int(first) < int(last) <= 65_535):
            raise ValueError("应写成 起-止，例如 20000-20999，且在 1024 与 65535 之间")
        return value

    @field_validator("database")
    @classmethod
    def _check_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("应以 sqlite:/// 或 postgresql:// 开头")
        return value

    @field_validator("statistics")
    @classmethod
    def _check_statistics(cls, value: str) -> str:
        if value:
            StatisticsAddress.parse(value, "")
        return value

    @field_validator("log")
    @classmethod
    def _check_log(cls, value: str) -> str:
        if value not in {"", "console", "json"}:
            raise ValueError("只能是 console 或 json")
        return value

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.engine is Engine.FREESWITCH and not self.freeswitch:
            raise ValueError("HOTLINE_ENGINE=freeswitch 时必须设置 HOTLINE_FREESWITCH")
        if self.engine is Engine.FREESWITCH and not self.freeswitch_password.get_secret_value():
            raise ValueError(
                "HOTLINE_ENGINE=freeswitch 时必须设置 HOTLINE_FREESWITCH_PASSWORD，与 FreeSWITCH 一侧相同"
            )
        if self.mail_server and "@" not in self.mail_from:
            raise ValueError("设置了 HOTLINE_MAIL_SERVER 时必须设置 HOTLINE_MAIL_FROM（发件邮箱）")
        if self.mail_user and self.mail_tls is MailTls.NONE:
            raise ValueError("HOTLINE_MAIL_TLS=none 时不能设 HOTLINE_MAIL_USER：口令会明文传送")
        told_twice = self.demo_public == self.demo_public_again == DEMO_PUBLIC_ANSWER
        if self.profile is Profile.DEMO and not told_twice:
            for name, value in (("HOTLINE_HTTP", self.http), ("HOTLINE_SIP", self.sip)):
                if not is_loopback(split_address(value)[0]):
                    raise ValueError(_demo_stays_home(name, value))
        return self

    @property
    def demo(self) -> bool:
        """Whether this is the demo site."""
        return self.profile is Profile.DEMO

    @cached_property
    def database_url(self) -> str:
        """The database as SQLAlchemy's asynchronous URL."""
        if not self.database:
            return f"sqlite+aiosqlite:///{self.data.absolute() / 'hotline.db'}"
        scheme, _, rest = self.database.partition("://")
        return f"{'sqlite+aiosqlite' if scheme == 'sqlite' else 'postgresql+asyncpg'}://{rest}"

    @property
    def statistics_address(self) -> StatisticsAddress | None:
        """Where the statistics are kept when they are not in a file of our own."""
        if not self.statistics:
            return None
        return StatisticsAddress.parse(self.statistics, self.statistics_password.get_secret_value())

    @property
    def http_address(self) -> tuple[str, int]:
        """Host and port of the web server."""
        return split_address(self.http)

    @property
    def public_address(self) -> str:
        """Where citizens open our pages, without a slash at the end; the demo site's own address, else "" while none is set."""
        return self.public_url or (f"http://{self.http}" if self.demo else "")

    @property
    def sip_address(self) -> tuple[str, int]:
        """Host and port of SIP."""
        return split_address(self.sip)

    @property
    def phones_address(self) -> tuple[str, int]:
        """Host and port that SIP telephones register at."""
        if self.engine is Engine.EMBEDDED:
            return self.sip_address
        return (
            split_address(self.freeswitch_phones)
            if self.freeswitch_phones
            else (self.sip_address[0], PHONES_PORT)
        )

    @property
    def node_addresses(self) -> tuple[tuple[str, int], ...]:
        """Host and port of each FreeSWITCH node's event socket."""
        return tuple(split_address(node) for node in self.freeswitch)

    @property
    def freeswitch_directory_address(self) -> tuple[str, int]:
        """Host and port where mod_xml_curl is answered."""
        return split_address(self.freeswitch_directory)

    @property
    def ws_addresses(self) -> tuple[str, ...]:
        """`host:port` of each WebSocket that browsers are carried to."""
        return self.freeswitch_ws or tuple(
            f"[{host}]:{WS_PORT}" if ":" in host else f"{host}:{WS_PORT}" for host, _ in self.node_addresses
        )

    @property
    def calls_at_once(self) -> int:
        """How many calls are taken in at once: what the embedded engine was measured for, or so many for each FreeSWITCH node."""
        return EMBEDDED_CALLS if self.engine is Engine.EMBEDDED else NODE_CALLS * len(self.freeswitch)

    @property
    def legs_of_a_machine(self) -> int:
        """How many legs one engine may have; below what FreeSWITCH is configured for (`hotline_max_legs`)."""
        return EMBEDDED_LEGS if self.engine is Engine.EMBEDDED else NODE_LEGS

    @property
    def rtp_range(self) -> tuple[int, int]:
        """First and last RTP port."""
        first, _, last = self.rtp_ports.partition("-")
        return int(first), int(last)


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        SettingsRefused: with one line in Chinese for each thing to mend.
    """
    try:
        return Settings()
    except ValidationError as refused:
        lines = [
            _explain(str(error["loc"][0]) if error["loc"] else "", error["msg"]) for error in refused.errors()
        ]
        raise SettingsRefused("\n".join(lines)) from refused


def _explain(name: str, message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"HOTLINE_{name.upper()}：{text}" if name else text


def _demo_stays_home(name: str, value: str) -> str:
    return (
        f"演示站点的口令是公开的，只允许监听本机地址，而 {name}={value}。确实要对外开放时，请同时设置 HOTLINE_DEMO_PUBLIC "
        f"与 HOTLINE_DEMO_PUBLIC_AGAIN 为 {DEMO_PUBLIC_ANSWER}；正式使用请设 HOTLINE_PROFILE=production。"
    )


def split_address(value: str) -> tuple[str, int]:
    """Split `host:port` (`[::1]:5060` for IPv6).

    Raises:
        ValueError: not of this form.
    """
    host, colon, port = value.rpartition(":")
    if not colon or not host or not port.isdigit() or not 0 <= int(port) <= 65_535:
        raise ValueError(f"应写成 主机:端口，例如 127.0.0.1:8000，而不是 {value!r}")
    return host.removeprefix("[").removesuffix("]"), int(port)


def is_loopback(host: str) -> bool:
    """Whether `host` can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""Look at everything an installation needs and say in plain Chinese what to mend. Changes nothing."""

import argparse
import asyncio
import contextlib
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from hotline.adapters.embedded.supervisor import running_pid
from hotline.adapters.journal_sql import SqlJournal
from hotline.cli._doctor_freeswitch import freeswitch_findings
from hotline.cli._doctor_speech import speech_finding
from hotline.cli._findings import Finding, Verdict
from hotline.http_app import WEB_DIST
from hotline.platform import migrations
from hotline.platform.database import Database
from hotline.platform.settings import Engine, Settings, SettingsRefused, load_settings
from hotline.site_source import DatabaseSite

HELP = "自检：端口、地址、磁盘、数据库、引擎、语音文件、语音合成与识别、时钟、网页程序"

LEAST_FREE_BYTES = 2 * 1024**3
PROBE_LIMIT_S = 2.0
RELEASED = datetime(2026, 1, 1, tzinfo=UTC)
"""No clock of an installation of this version can be earlier."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments: everything comes from the settings."""
    del parser


def run(args: argparse.Namespace) -> int:
    """Print every finding; exit 1 when something must be mended."""
    del args
    try:
        settings = load_settings()
    except SettingsRefused as refused:
        print(f"✘ 设置有误：\n{refused}")
        return 1
    return asyncio.run(_examine(settings))


async def _examine(settings: Settings) -> int:
    bad = 0
    async for finding in _findings(settings):
        print(f"{finding.verdict.value} {finding.what}")
        if finding.mend:
            print(f"    → {finding.mend}")
        bad += finding.verdict is Verdict.BAD
    print("一切正常。" if not bad else f"有 {bad} 处需要处理。")
    return 1 if bad else 0


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    run_folder = settings.data.absolute() / "run"
    serve, voice = running_pid(run_folder / "serve.pid"), running_pid(run_folder / "voice.pid")
    yield _process("应用（hotline serve）", serve)
    embedded = settings.engine is Engine.EMBEDDED
    if embedded:
        yield _process("语音进程", voice)
    yield _python()
    yield _port("网页端口", *settings.http_address, socket.SOCK_STREAM, serve, "HOTLINE_HTTP")
    for finding in (*_data_folder(settings), _web(settings)):
        yield finding
    async for finding in _embedded(settings, voice) if embedded else _freeswitch(settings, serve):
        yield finding
    async for finding in _database(settings):
        yield finding
    yield await speech_finding(settings)


async def _embedded(settings: Settings, voice: int) -> AsyncIterator[Finding]:
    for finding in (*_ports(settings, voice), _advertised(settings)):
        yield finding
    if voice:
        yield await asyncio.to_thread(_options, settings)


async def _freeswitch(settings: Settings, serve: int) -> AsyncIterator[Finding]:
    address = settings.freeswitch_directory_address
    yield _port("用户目录端口", *address, socket.SOCK_STREAM, serve, "HOTLINE_FREESWITCH_DIRECTORY")
    async for finding in freeswitch_findings(settings, serving=bool(serve)):
        yield finding


def _process(name: str, pid: int) -> Finding:
    return (
        Finding(Verdict.GOOD, f"{name}正在运行（进程 {pid}）")
        if pid
        else Finding(Verdict.NOTE, f"{name}没有运行")
    )


def _python() -> Finding:
    return Finding(Verdict.GOOD, f"Python {sys.version.split()[0]}")


def _data_folder(settings: Settings) -> Iterator[Finding]:
    data = settings.data.absolute()
    there = data if data.exists() else next(parent for parent in data.parents if parent.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        yield Finding(
            Verdict.BAD, f"数据目录 {data} 不能写入", f"改变目录属主或权限，例如 chown $(whoami) {there}"
        )
        return
    yield Finding(Verdict.GOOD, f"数据目录 {data} 可以写入")
    free = shutil.disk_usage(there).free
    hours = free / (16_000 * 3600)
    text = f"磁盘剩余 {free / 1024**3:.1f} GB，约可再录 {hours:,.0f} 小时通话"
    if free < LEAST_FREE_BYTES:
        yield Finding(Verdict.BAD, text, "清理磁盘或把 HOTLINE_DATA 移到更大的磁盘")
    else:
        yield Finding(Verdict.GOOD, text)


def _ports(settings: Settings, voice: int) -> Iterator[Finding]:
    sip = settings.sip_address
    yield _port("SIP 端口（UDP）", *sip, socket.SOCK_DGRAM, voice, "HOTLINE_SIP")
    yield _port("SIP 端口（TCP）", *sip, socket.SOCK_STREAM, voice, "HOTLINE_SIP")
    if voice:
        return
    first, last = settings.rtp_range
    taken = [
        port for port in range(first, last + 1) if (_try_bind(sip[0], port, socket.SOCK_DGRAM)) is not None
    ]
    if taken:
        mend = "换一段 HOTLINE_RTP_PORTS，或停掉占用它们的程序"
        yield Finding(
            Verdict.NOTE, f"RTP 端口 {first}-{last} 中有 {len(taken)} 个被占用，例如 {taken[0]}", mend
        )
    else:
        yield Finding(Verdict.GOOD, f"RTP 端口 {first}-{last} 空闲（可同时 {(last - first + 1) // 2} 路）")


def _port(name: str, host: str, port: int, kind: socket.SocketKind, ours: int, setting: str) -> Finding:
    if ours:
        return Finding(Verdict.GOOD, f"{name} {host}:{port} 由热线使用")
    error = _try_bind(host, port, kind)
    if error is None:
        return Finding(Verdict.GOOD, f"{name} {host}:{port} 空闲")
    if error.errno == 99:
        return Finding(Verdict.BAD, f"{name}：本机没有地址 {host}", f"把 {setting} 改成本机的地址")
    if error.errno == 13:
        return Finding(Verdict.BAD, f"{name} {port} 需要特权", f"把 {setting} 换成 1024 以上的端口")
    owner = _owner_of(port, kind)
    return Finding(
        Verdict.BAD, f"{name} {host}:{port} 被占用：{owner}", f"停掉该程序，或用 {setting} 换一个端口"
    )


def _try_bind(host: str, port: int, kind: socket.SocketKind) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def _owner_of(port: int, kind: socket.SocketKind) -> str:
    """Return the program that holds a port, as far as /proc lets us see."""
    inodes = set(_inodes(port, "tcp" if kind is socket.SOCK_STREAM else "udp"))
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            for fd in (process / "fd").iterdir():
                with contextlib.suppress(OSError):
                    target = fd.readlink().as_posix()
                    if target.startswith("socket:[") and target[8:-1] in inodes:
                        return f"{(process / 'comm').read_text().strip()}（进程 {process.name}）"
    return "别的用户的程序"


def _inodes(port: int, protocol: str) -> Iterator[str]:
    for table in (f"/proc/net/{protocol}", f"/proc/net/{protocol}6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def _advertised(settings: Settings) -> Finding:
    host = settings.sip_address[0]
    shown = settings.advertised_address or host
    if shown in {"0.0.0.0", "::"}:  # noqa: S104 - it is what we warn of
        return Finding(
            Verdict.BAD, "SIP 监听所有地址，但没有说明对外地址", "设置 HOTLINE_ADVERTISED_ADDRESS 为本机地址"
        )
    return Finding(Verdict.GOOD, f"话机与中继看到的媒体地址是 {shown}")


def _web(settings: Settings) -> Finding:
    dist = settings.web_dist or WEB_DIST
    if (dist / "index.html").is_file():
        return Finding(Verdict.GOOD, "网页程序已构建")
    return Finding(
        Verdict.BAD, f"没有网页程序（{dist}）", "运行 make run，或在 web/ 中 npm ci && npm run build"
    )


def _options(settings: Settings) -> Finding:
    """Ask the engine with a SIP OPTIONS as a telephone would."""
    host, port = settings.sip_address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.settimeout(PROBE_LIMIT_S)
        probe.connect((host, port))
        here = probe.getsockname()[1]
        probe.send(
            f"OPTIONS sip:{host}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{here};branch=z9hG4bKdoctor{here};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:doctor@{host}>;tag={here}\r\nTo: <sip:{host}:{port}>\r\n"
            f"Call-ID: doctor-{here}@{host}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n".encode()
        )
        try:
            answer = probe.recv(4096).decode(errors="replace")
        except OSError:
            mend = f"查看 {settings.data.absolute() / 'logs' / 'voice.log'}"
            return Finding(Verdict.BAD, "电话引擎没有回答 OPTIONS", mend)
    return Finding(Verdict.GOOD, f"电话引擎回答 OPTIONS：{answer.partition(chr(13))[0]}")


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    kind = "PostgreSQL" if settings.database.startswith("postgres") else "SQLite"
    file = settings.data.absolute() / "hotline.db"
    if not settings.database and not file.exists():
        yield Finding(Verdict.NOTE, "数据库还没有建立", "第一次 make run 或 hotline migrate 会建立它")
        return
    database = Database(settings.database_url)
    try:
        async with asyncio.timeout(10):
            revision, head = await migrations.current_revision(database), migrations.head_revision()
            if revision != head:
                mend = "运行 hotline migrate（hotline serve 启动时也会做）"
                yield Finding(
                    Verdict.BAD, f"数据库 {kind} 的结构是 {revision or '空'}，程序需要 {head}", mend
                )
                return
            yield Finding(Verdict.GOOD, f"数据库 {kind} 可用，结构 {head}")
            yield await _clock(database)
            yield await _prompts(database, settings)
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        yield Finding(
            Verdict.BAD,
            f"数据库 {kind} 连接失败：{type(error).__name__}",
            "检查 HOTLINE_DATABASE 与数据库服务",
        )
    finally:
        await database.close()


async def _clock(database: Database) -> Finding:
    now = datetime.now(UTC)
    journal = SqlJournal(database.engine)
    newest = [recorded async for recorded in journal.read(after=await journal.last_seq() - 1, limit=1)]
    if now < RELEASED or (newest and newest[0].event.at > now + timedelta(minutes=1)):
        shown = newest[0].event.at.isoformat(timespec="seconds") if newest else RELEASED.date().isoformat()
        return Finding(
            Verdict.BAD,
            f"系统时间 {now.isoformat(timespec='seconds')} 早于日志（{shown}）",
            "校准时钟，启用 NTP",
        )
    return Finding(Verdict.GOOD, f"系统时间 {now.astimezone().isoformat(timespec='seconds')}")


async def _prompts(database: Database, settings: Settings) -> Finding:
    site, _ = await DatabaseSite(database).load()
    missing = [str(p.key) for p in site.prompts if not (settings.data.absolute() / p.path).is_file()]
    if missing:
        mend = "在“语音文件”页面重新上传，或运行 hotline demo reset"
        return Finding(Verdict.BAD, f"{len(missing)} 个语音文件不见了：{'、'.join(missing[:5])}", mend)
    if not site.prompts:
        return Finding(Verdict.NOTE, "还没有语音文件", "在“语音文件”页面上传欢迎词等提示音")
    return Finding(Verdict.GOOD, f"{len(site.prompts)} 个语音文件齐全，热线 {len(site.hotlines)} 条")

"""The self test's questions to FreeSWITCH nodes: event socket, password, modules, profiles, codecs, clock, users, shared folder.

One connection a node, one question after another; changes nothing but a probe file that it removes.
"""

import asyncio
import contextlib
import re
import secrets
import shlex
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from hotline.adapters.freeswitch.directory import TRUNK_DOMAIN
from hotline.cli._findings import Finding, Verdict
from hotline.platform.settings import Settings, split_address
from hotline.wire import esl

PROBE_LIMIT_S = 3.0
CLOCK_LIMIT_S = 2.0
MODULES = (
    "mod_commands",
    "mod_dptools",
    "mod_dialplan_xml",
    "mod_sofia",
    "mod_rtc",
    "mod_conference",
    "mod_sndfile",
    "mod_tone_stream",
    "mod_xml_curl",
)
CONFIGURATION = "使用 deploy/freeswitch/conf 中的配置"


class Refused(Exception):
    """The node does not let us in; the text is the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.what)
        self.finding = finding


class EventSocket:
    """A log-in at one node for a few questions."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._decoder = esl.EslDecoder()
        self._waiting: list[esl.EslMessage] = []

    @classmethod
    async def open(cls, node: str, password: str) -> "EventSocket":
        """Connect and log in.

        Raises:
            Refused: with what is wrong.
        """
        host, port = split_address(node)
        try:
            async with asyncio.timeout(PROBE_LIMIT_S):
                made = cls(*await asyncio.open_connection(host, port))
        except (OSError, TimeoutError):
            mend = (
                "确认 FreeSWITCH 在运行，HOTLINE_FS_ESL_ADDRESS 与 HOTLINE_FS_ESL_PORT 和防火墙允许本机连接"
            )
            raise Refused(Finding(Verdict.BAD, f"FreeSWITCH {node} 连接不上", mend)) from None
        try:
            await made._log_in(node, password)
        except (OSError, EOFError, TimeoutError, esl.EslError):
            await made.close()
            raise Refused(
                Finding(Verdict.BAD, f"{node} 上不是 FreeSWITCH 的事件套接字", "检查 HOTLINE_FREESWITCH")
            ) from None
        except Refused:
            await made.close()
            raise
        return made

    async def ask(self, line: str) -> str:
        """Run an API command; return its text."""
        self._writer.write(esl.command(f"api {line}"))
        answer = await self._next()
        return answer.text if isinstance(answer, esl.ApiResponse) else ""

    async def close(self) -> None:
        """Leave."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _log_in(self, node: str, password: str) -> None:
        greeting = await self._next()
        if isinstance(greeting, esl.Goodbye):
            mend = "在 FreeSWITCH 一侧把本机地址写进 HOTLINE_FS_ESL_FROM（例如 10.0.0.5/32）后重启它"
            raise Refused(Finding(Verdict.BAD, f"FreeSWITCH {node} 不接受来自本机的连接", mend))
        if not isinstance(greeting, esl.AuthRequest):
            raise esl.EslError("no greeting")
        self._writer.write(esl.command(f"auth {password}"))
        reply = await self._next()
        if not isinstance(reply, esl.CommandReply) or not reply.ok:
            mend = "两侧的 HOTLINE_FREESWITCH_PASSWORD 必须相同"
            raise Refused(Finding(Verdict.BAD, f"FreeSWITCH {node} 的口令不对", mend))

    async def _next(self) -> esl.EslMessage:
        async with asyncio.timeout(PROBE_LIMIT_S):
            while not self._waiting:
                data = await self._reader.read(65_536)
                if not data:
                    raise EOFError
                self._waiting += self._decoder.feed(data)
        return self._waiting.pop(0)


async def freeswitch_findings(settings: Settings, *, serving: bool) -> AsyncIterator[Finding]:
    """Examine every node. `serving`: the application runs, so nodes must be able to ask it for users."""
    for node in settings.freeswitch:
        try:
            async for finding in _node(node, settings, serving=serving):
                yield finding
        except Refused as refused:
            yield refused.finding
        except (OSError, EOFError, TimeoutError, esl.EslError) as error:
            yield Finding(Verdict.BAD, f"FreeSWITCH {node} 没有答完：{type(error).__name__}", "查看它的日志")
    for address in settings.ws_addresses:
        yield await _websocket(address)


async def _node(node: str, settings: Settings, *, serving: bool) -> AsyncIterator[Finding]:
    line = await EventSocket.open(node, settings.freeswitch_password.get_secret_value())
    try:
        version = (await line.ask("version short")).split("\n")[0]
        yield Finding(Verdict.GOOD, f"FreeSWITCH {node} 可用，版本 {version}")
        for check in (_modules, _profiles, _capacity, _clock):
            async for finding in check(node, line):
                yield finding
        if serving:
            yield await _directory(node, line, settings)
        yield await _shared_folder(node, line, settings.data.absolute())
    finally:
        await line.close()


async def _modules(node: str, line: EventSocket) -> AsyncIterator[Finding]:
    missing = [module for module in MODULES if await line.ask(f"module_exists {module}") != "true"]
    if missing:
        yield Finding(
            Verdict.BAD, f"{node} 没有装载模块 {'、'.join(missing)}", f"安装这些模块，并{CONFIGURATION}"
        )
    else:
        yield Finding(Verdict.GOOD, f"{node} 需要的模块都已装载")


async def _profiles(node: str, line: EventSocket) -> AsyncIterator[Finding]:
    running = await line.ask("sofia status")
    for profile, purpose in (("trunks", "中继"), ("agents", "话机与浏览器")):
        if not re.search(rf"\b{profile}\s+profile\s+\S+\s+RUNNING", running):
            mend = f"{CONFIGURATION}；端口被占用时它也起不来，查看 FreeSWITCH 的日志"
            yield Finding(Verdict.BAD, f"{node} 的 SIP 口 {profile}（{purpose}）没有运行", mend)
            continue
        about = await line.ask(f"sofia status profile {profile}")
        codecs = _value(about, "CODECS IN")
        if not codecs.startswith("PCMA"):
            yield Finding(
                Verdict.BAD, f"{node} 的 {profile} 编码是 {codecs or '空'}，应以 PCMA 开头", CONFIGURATION
            )
        else:
            yield Finding(
                Verdict.GOOD, f"{node} 的 {profile}（{purpose}）在 {_value(about, 'URL')}，编码 {codecs}"
            )
    users = await line.ask("sofia status profile agents")
    if "Challenge Realm" in users and _value(users, "Challenge Realm") != "hotline":
        yield Finding(Verdict.BAD, f"{node} 的 agents 域不是 hotline，话机口令不会通过", CONFIGURATION)


async def _capacity(node: str, line: EventSocket) -> AsyncIterator[Finding]:
    status = await line.ask("status")
    most = re.search(r"(\d+) session\(s\) max", status)
    rate = re.search(r"out of max (\d+)", status)
    if most and rate:
        yield Finding(Verdict.GOOD, f"{node} 最多 {most[1]} 条腿、每秒新增 {rate[1]} 条")


async def _clock(node: str, line: EventSocket) -> AsyncIterator[Finding]:
    text = await line.ask("strepoch")
    away_s = abs(float(text) - time.time()) if text.isdecimal() else 0.0
    if away_s > CLOCK_LIMIT_S:
        yield Finding(Verdict.BAD, f"{node} 的时钟与本机相差 {away_s:.0f} 秒", "两侧都启用 NTP")


async def _directory(node: str, line: EventSocket, settings: Settings) -> Finding:
    answer = await line.ask(f"xml_locate directory domain name {TRUNK_DOMAIN}")
    if f'name="{TRUNK_DOMAIN}"' in answer:
        return Finding(Verdict.GOOD, f"{node} 能向应用查询用户")
    mend = f"在 FreeSWITCH 一侧把 HOTLINE_FS_DIRECTORY 设为应用的地址（应用监听 {settings.freeswitch_directory}），并放行防火墙"
    return Finding(Verdict.BAD, f"{node} 不能向应用查询用户，话机将不能注册", mend)


async def _shared_folder(node: str, line: EventSocket, data: Path) -> Finding:
    """Let the node write where it will write recordings, and read it here."""
    folder = data / "recordings"
    if not folder.is_dir():
        return Finding(Verdict.NOTE, f"{folder} 还没有建立", "第一次启动应用会建立它")
    probe = folder / f".probe-{secrets.token_hex(8)}"
    try:
        await line.ask(f"system touch {shlex.quote(str(probe))}")
        seen = await _until(probe.is_file)
    finally:
        probe.unlink(missing_ok=True)
    if seen:
        return Finding(Verdict.GOOD, f"{node} 能写录音目录 {folder}，本机看得到")
    mend = "每个节点都要在同一路径挂载数据目录，FreeSWITCH 与应用用同一个系统用户运行"
    return Finding(Verdict.BAD, f"{node} 写不到 {folder}，或写到了别处", mend)


async def _until(true: Callable[[], bool]) -> bool:
    for _ in range(20):
        if true():
            return True
        await asyncio.sleep(0.05)
    return False


async def _websocket(address: str) -> Finding:
    try:
        async with asyncio.timeout(PROBE_LIMIT_S):
            _, writer = await asyncio.open_connection(*split_address(address))
            writer.close()
    except (OSError, TimeoutError):
        mend = "检查 HOTLINE_FREESWITCH_WS 与 FreeSWITCH 一侧的 HOTLINE_FS_WS"
        return Finding(Verdict.BAD, f"浏览器话机的 WebSocket {address} 连接不上", mend)
    return Finding(Verdict.GOOD, f"浏览器话机的 WebSocket {address} 可连接")


def _value(about: str, name: str) -> str:
    found = re.search(rf"^{re.escape(name)}\s+(\S+)", about, re.MULTILINE)
    return found[1] if found else ""

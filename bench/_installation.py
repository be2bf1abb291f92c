"""The product as a benchmark measures it: a fresh demo site with as many agents as wanted, its processes' cost, its journal."""

import os
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import httpx
from bench._people import Orders

from hotline.adapters.journal_sql.tables import to_recorded
from hotline.ports.journal import Recorded
from tests.e2e.product import PASSWORD, Product

QUEUE = "operator"
DEMO_AGENTS = tuple(str(number) for number in range(1001, 1013))
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


async def make_agents(product: Product, browsers: int, sip_phones: int) -> tuple[Orders, Orders]:
    """Make what the demo site lacks of so many agents of one queue; return the orders of both groups (no ports, no talk)."""
    wanted = [str(1001 + number) for number in range(sip_phones + browsers)]
    admin = await product.log_in("admin")
    agents: list[tuple[str, str, str]] = []
    for place, number in enumerate(wanted):
        on_sip = place < sip_phones
        if number in DEMO_AGENTS:
            agents.append((number, PASSWORD, f"demo-{number}" if on_sip else ""))
            continue
        made = await admin.post(
            "/users",
            username=number,
            name=f"座席{number}",
            role="agent",
            agent={"number": number, "queues": [{"queue_id": QUEUE}]},
        )
        password = f"Bench-{secrets.token_hex(6)}"
        await _change_password(product, number, made["temporary_password"], password)
        sip_password = (await admin.post(f"/users/{made['user']['id']}/phone"))["password"] if on_sip else ""
        agents.append((number, password, sip_password))
    groups = [tuple(agent for agent in agents if bool(agent[2]) is on_sip) for on_sip in (True, False)]
    on_sip, on_browser = (Orders(sip=product.sip, http=product.base, agents=group) for group in groups)
    return on_sip, on_browser


async def _change_password(product: Product, username: str, temporary: str, password: str) -> None:
    async with httpx.AsyncClient(base_url=f"{product.base}/api/v1", timeout=30) as http:
        opened = await http.post("/session", json={"username": username, "password": temporary})
        headers = {"Authorization": f"Bearer {opened.raise_for_status().json()['token']}"}
        changed = await http.put(
            "/session/password", json={"old": temporary, "new": password}, headers=headers
        )
        changed.raise_for_status()


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process has used so far: CPU seconds, resident MiB now and at most."""

    cpu_s: float
    resident_mib: float
    peak_mib: float


def cost_of(pid: int) -> Cost:
    """Look at a process (all its threads, none of its children)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    sizes = {line.partition(":")[0]: line.split()[1] for line in status if line.startswith("Vm")}
    return Cost(
        (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND,
        int(sizes["VmRSS"]) / 1024,
        int(sizes["VmHWM"]) / 1024,
    )


def pids(product: Product) -> dict[str, int]:
    """Process numbers of the application, the voice process and the statistics process."""
    assert product.process is not None
    return {"application": product.process.pid} | {
        name: product.pid_of(name) for name in ("voice", "statistics")
    }


def journal_of(product: Product) -> list[Recorded]:
    """Everything that happened."""
    with sqlite3.connect(f"file:{product.data / 'hotline.db'}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT seq, kind, payload FROM journal ORDER BY seq").fetchall()
    return [to_recorded(*row) for row in rows]

"""People of the end-to-end tests: agents with desk phones, callers; and how to tell that one hears the other."""

import asyncio
from pathlib import Path

import numpy as np

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.wire import g711, wav
from tests.e2e.product import Product, Session, eventually

VOICES = Path(__file__).parents[2] / "src" / "hotline" / "demo" / "voices"
HEARD_AT_LEAST = 0.6
"""Normalised correlation from which a voice counts as heard."""
HEARD_NOT = 0.3
"""What strangers stay below."""


def voice(name: str) -> bytes:
    """A demo voice as A-law bytes."""
    return wav.parse((VOICES / f"{name}.wav").read_bytes()).data


def correlation(spoken: bytes, heard: bytes) -> float:
    """How well A-law `spoken` is found anywhere in A-law `heard`: 1 is exactly, 0 is not at all."""
    one, other = _linear(spoken), _linear(heard)
    if len(other) < len(one) // 2 or not other.any():
        return 0.0
    size = 1 << (len(one) + len(other) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(other, size) * np.conj(np.fft.rfft(one, size)), size)
    energy = np.concatenate([[0.0], np.cumsum(other * other)])
    at = np.arange(len(other))
    window = energy[np.minimum(at + len(one), len(other))] - energy[at]
    scale = np.sqrt(np.maximum(window, 1.0) * max(1.0, float(one @ one)))
    return float(np.max(product[: len(other)] / scale))


def _linear(companded: bytes) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.frombuffer(g711.decode(g711.Law.ALAW, companded), dtype="<i2").astype(np.float64)


def heard_by(call: Conversation) -> bytes:
    """What a telephone of ours has heard so far, as A-law."""
    return g711.encode(g711.Law.ALAW, call.audio.recording())


class DeskAgent:
    """An agent with a desk phone of ours."""

    def __init__(self, product: Product, session: Session, phone: SipPhone) -> None:
        self.session = session
        self.phone = phone
        self.calls: asyncio.Queue[Conversation] = asyncio.Queue()
        self._product = product
        phone.on_call = self._rings

    @classmethod
    async def sign_in(
        cls, product: Product, number: str, *, at: tuple[str, int] | None = None
    ) -> "DeskAgent":
        """Register the phone (`at` an address other than the product's own), sign in, go ready."""
        session = await product.log_in(number)
        phone = SipPhone(at or product.phones, username=number, password=f"demo-{number}")
        agent = cls(product, session, phone)
        await phone.register()

        async def known() -> bool:
            return bool((await agent.session.get("/agents/me"))["device"]["desk"]["registered"])

        await eventually(known, "the desk phone's registration")
        await agent.session.post("/agents/me/sign-in", device="desk")
        await agent.session.put("/agents/me/state", state="ready")
        return agent

    def _rings(self, call: Conversation) -> None:
        call.ring()
        self.calls.put_nowait(call)

    async def ringing(self) -> Conversation:
        """The next call that rings."""
        async with asyncio.timeout(20):
            return await self.calls.get()

    async def state(self) -> str:
        """What the agent does now."""
        return str((await self.session.get("/agents/me"))["agent"]["state"])

    async def in_state(self, *states: str) -> None:
        """Wait until the agent is in one of these states."""

        async def there() -> bool:
            return await self.state() in states

        await eventually(there, f"agent in {states}")

    async def close(self) -> None:
        """Put the phone away."""
        await self.phone.close()

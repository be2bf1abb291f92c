"""People with browsers: real Chromium windows that speak a recorded voice and keep what they hear.

Each person has a browser of their own, because Chromium takes the false microphone's file for the whole program.
"""

import asyncio
import base64
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, Page, Playwright, ViewportSize, async_playwright, expect
from scipy.signal import fftconvolve, resample_poly

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.wire import g711, wav
from tests.e2e.people import HEARD_AT_LEAST, correlation, heard_by, voice
from tests.e2e.product import PASSWORD, Product, eventually

SCREENS = Path(__file__).parents[2] / "build" / "screens"
SIZE = ViewportSize(width=1366, height=768)
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
RATE = 8000
PIECE = RATE // 2
HEARD_PIECES = 0.6
"""Median likeness of half seconds from which a voice counts as heard: a browser stretches time and levels loudness."""
NOT_HEARD_PIECES = 0.45
"""What a stranger's voice stays below, measured so."""
FLAGS = (
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
)
EAR = """
window.ear = []
const Plain = window.RTCPeerConnection
window.RTCPeerConnection = class extends Plain {
  constructor(...settings) {
    super(...settings)
    this.addEventListener('track', event => {
      const context = window.earContext ??= new AudioContext({sampleRate: 48000})
      const tap = context.createScriptProcessor(4096, 1, 1)
      tap.onaudioprocess = step => window.ear.push(new Float32Array(step.inputBuffer.getChannelData(0)))
      context.createMediaStreamSource(new MediaStream([event.track])).connect(tap)
      tap.connect(context.destination)
    })
  }
}
window.sockets = []
const PlainSocket = window.WebSocket
window.WebSocket = class extends PlainSocket {
  constructor(...settings) { super(...settings); window.sockets.push(this) }
}
window.heardSoFar = () => {
  const all = new Int16Array(window.ear.length * 4096)
  window.ear.forEach((one, at) => one.forEach((sample, n) => {
    all[at * 4096 + n] = Math.max(-1, Math.min(1, sample)) * 32767
  }))
  const bytes = new Uint8Array(all.buffer); let text = ''
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(text)
}
"""


def microphone_file(name: str, folder: Path) -> Path:
    """A demo voice as the WAV file that Chromium plays into its false microphone, over and over."""
    linear = np.frombuffer(g711.decode(g711.Law.ALAW, voice(name)), "<i2").astype(float)
    path = folder / f"{name}.wav"
    wide = np.clip(resample_poly(linear, 2, 1), -32768, 32767).astype("<i2").tobytes()
    path.write_bytes(_pcm_file(wide, 2 * RATE))
    return path


def _pcm_file(linear: bytes, rate: int) -> bytes:
    head = wav.pcm_file(linear)
    return head[:24] + rate.to_bytes(4, "little") + (2 * rate).to_bytes(4, "little") + head[32:]


def likeness_in_pieces(spoken: bytes, heard: bytes, worst: float = 0.5) -> float:
    """How well half seconds of A-law `spoken` are found anywhere in linear `heard` of 8 kHz: what all but this share of them reach."""
    said = np.frombuffer(g711.decode(g711.Law.ALAW, spoken), "<i2").astype(float)
    ear = np.frombuffer(heard, "<i2").astype(float)
    if len(ear) < 2 * PIECE:
        return 0.0
    energy = np.maximum(fftconvolve(ear**2, np.ones(PIECE), mode="valid"), PIECE * 100.0)
    loud = np.sqrt(np.mean(said**2)) / 2
    pieces = [said[at : at + PIECE] for at in range(0, len(said) - PIECE, PIECE)]
    scores = [
        float(np.max(fftconvolve(ear, piece[::-1], mode="valid") / np.sqrt(energy * np.sum(piece**2))))
        for piece in pieces
        if np.sqrt(np.mean(piece**2)) > loud
    ]
    return float(np.quantile(scores, worst))


def is_in(words: bytes, heard: bytes) -> bool:
    """Whether A-law words are there, whole or in pieces: four fifths of them at least.

    Where cores are short a telephone or FreeSWITCH (not in real time here) loses its beat now and then (by 20 to 750 ms with
    everything on one core): every half second of the words is there, likeness 0.95 to 1.0, and the whole of them only to 0.38 to 0.66.
    """
    whole = correlation(words, heard) > HEARD_AT_LEAST
    return whole or likeness_in_pieces(words, g711.decode(g711.Law.ALAW, heard), 0.2) > HEARD_PIECES


async def has_heard(call: Conversation, words: bytes) -> bool:
    """Whether this telephone has heard A-law words. Looked for beside the loop: its telephones must go on meanwhile, or miss what comes."""
    return await asyncio.to_thread(is_in, words, heard_by(call))


class Person:
    """Somebody at a browser window."""

    def __init__(self, product: Product, page: Page, voice_name: str) -> None:
        self.page = page
        self.voice = voice(voice_name) if voice_name else b""
        self._product = product

    async def go(self, path: str) -> None:
        """Open a page of the product."""
        await self.page.goto(self._product.base + path)

    async def press(self, name: str) -> None:
        """Press the button that the product calls by this name for tests."""
        await self.page.locator(f'[data-test="{name}"]').click()

    async def sees(self, selector: str, text: str | re.Pattern[str] = "", limit_s: float = 20.0) -> None:
        """Wait until it is there, with this text when one is given."""
        place = self.page.locator(selector).first
        await expect(place).to_be_visible(timeout=limit_s * 1000)
        if text:
            await expect(place).to_contain_text(text, timeout=limit_s * 1000)

    async def screenshot(self, name: str) -> None:
        """Keep the window's picture for people to look at."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=SCREENS / f"{name}.png")

    async def forget_heard(self) -> None:
        """Begin to listen anew."""
        await self.page.evaluate("window.ear = []")

    async def heard(self) -> bytes:
        """What the window has played since, as linear audio of 8 kHz."""
        raw = base64.b64decode(await self.page.evaluate("window.heardSoFar()"))
        if not raw:
            return b""
        played = np.frombuffer(raw, "<i2").astype(float)
        return (await asyncio.to_thread(resample_poly, played, 1, 6)).astype("<i2").tobytes()

    async def hears(self, spoken: bytes, what: str, limit_s: float = 40.0, *, forget: bool = True) -> None:
        """Wait until this voice (or prompt) is heard; with `forget` False, or was since `forget_heard`."""
        if forget:
            await self.forget_heard()

        async def enough() -> bool:
            return await asyncio.to_thread(likeness_in_pieces, spoken, await self.heard()) > HEARD_PIECES

        await eventually(enough, what, limit_s, every_s=1.0)

    async def sign_in(self) -> None:
        """From the desk page: sign in with the browser phone, and be ready."""
        await self.go("/desk")
        await self.press("sign-in-browser")
        await self.in_state("ready")

    async def in_state(self, state: str, limit_s: float = 20.0) -> None:
        """Wait until the softphone bar shows this state."""
        await self.sees(f'[data-test="agent-state"][data-state="{state}"]', limit_s=limit_s)

    async def lose_network(self) -> None:
        """Cut what runs over the network; audio stays. Chromium's offline mode spares open sockets, hence both."""
        await self.page.context.set_offline(True)
        await self.page.evaluate("window.sockets.forEach(socket => socket.close())")

    async def find_network(self) -> None:
        """Be online again."""
        await self.page.context.set_offline(False)

    async def leave(self) -> None:
        """Close the window, as one closes the lid."""
        await self.page.close()

    async def call_the_hotline(self) -> None:
        """As a citizen: open the page for calls, call, and wait until somebody or something answers."""
        await self.go("/call")
        await self.press("web-call")
        await self.sees('[data-test="web-call-state"][data-phase="connected"]')


class Windows:
    """Opens browsers, and closes them all in the end."""

    def __init__(self, product: Product, folder: Path, playwright: Playwright) -> None:
        self._product = product
        self._folder = folder
        self._chromium = playwright.chromium
        self._browsers: list[Browser] = []
        self._pages: list[Page] = []

    async def citizen(self, voice_name: str) -> Person:
        """Somebody who speaks with this voice."""
        return Person(self._product, await self._page(voice_name), voice_name)

    async def staff(self, username: str, voice_name: str = "") -> Person:
        """One of the demo people, logged in at the door."""
        person = Person(self._product, await self._page(voice_name), voice_name)
        await person.go("/login")
        await person.page.locator("#username").fill(username)
        await person.page.locator("#password").fill(PASSWORD)
        await person.page.locator("#password").press("Enter")
        await person.page.wait_for_url(lambda url: "/login" not in url)
        return person

    async def _page(self, voice_name: str) -> Page:
        flags = [*FLAGS]
        if voice_name:
            flags.append(f"--use-file-for-fake-audio-capture={microphone_file(voice_name, self._folder)}")
        browser = await self._chromium.launch(executable_path=CHROMIUM, args=flags)
        self._browsers.append(browser)
        context = await browser.new_context(viewport=SIZE, locale="zh-CN", permissions=["microphone"])
        context.set_default_timeout(20_000)
        await context.add_init_script(EAR)
        page = await context.new_page()
        self._pages.append(page)
        return page

    async def keep_pictures(self, name: str) -> None:
        """What every window shows now, for whoever looks for the cause of a failure."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(self._pages):
            if not page.is_closed():
                await page.screenshot(path=SCREENS / f"failed-{name}-{number}.png")

    async def close(self) -> None:
        """Close everything."""
        for browser in self._browsers:
            await browser.close()


@asynccontextmanager
async def open_windows(product: Product, folder: Path) -> AsyncIterator[Windows]:
    """Browsers for one test."""
    async with async_playwright() as playwright:
        windows = Windows(product, folder, playwright)
        try:
            yield windows
        finally:
            await windows.close()

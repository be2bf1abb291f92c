"""A browser leg against real Chromium: offer and answer both ways round, audio both ways, restart of ICE, consent lost.

The page uses RTCPeerConnection directly; it says a sweep and keeps what it hears, both through WebAudio.
"""

import asyncio
import base64
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Page, async_playwright
from scipy.signal import resample_poly

from hotline.adapters.embedded.audio_port import MediaSettings
from hotline.adapters.embedded.media import Media
from hotline.core.ids import LegId
from hotline.core.switching import Bridge, DigitPressed, MediaTimedOut, SwitchEvent
from tests.peers.rtp_peer import RtpPeer, chirp, likeness

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

BROWSER, CITIZEN = LegId("browser"), LegId("citizen")
URL = "https://phone.test/"
FLAGS = [
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--disable-background-networking",
    "--disable-component-update",
]
PAGE = """<!doctype html><audio id="out" autoplay></audio><script>
const gathered = pc => new Promise(done => {
  const check = () => { if (pc.iceGatheringState === 'complete') done() }
  pc.addEventListener('icegatheringstatechange', check); check()
})
let pc, context, heard = []
function open_pc() {
  context = new AudioContext({sampleRate: 48000})
  pc = new RTCPeerConnection()
  const mouth = context.createMediaStreamDestination()
  pc.addTrack(mouth.stream.getAudioTracks()[0], mouth.stream)
  window.mouth = mouth
  const breath = context.createConstantSource(); breath.offset.value = 0  // like a microphone: silence is sent, too
  breath.connect(mouth); breath.start()
  pc.ontrack = event => {
    const stream = event.streams[0] || new MediaStream([event.track])
    const out = document.getElementById('out'); out.srcObject = stream; out.muted = true
    const ear = context.createMediaStreamSource(stream), tap = context.createScriptProcessor(4096, 1, 1)
    tap.onaudioprocess = e => heard.push(new Float32Array(e.inputBuffer.getChannelData(0)))
    ear.connect(tap); tap.connect(context.destination)
  }
}
async function offer(options) {
  await pc.setLocalDescription(await pc.createOffer(options)); await gathered(pc); return pc.localDescription.sdp
}
async function answer(sdp) {
  await pc.setRemoteDescription({type: 'offer', sdp})
  await pc.setLocalDescription(await pc.createAnswer()); await gathered(pc); return pc.localDescription.sdp
}
const accept = sdp => pc.setRemoteDescription({type: 'answer', sdp})
const connected = () => new Promise(done => {
  const check = () => { if (pc.connectionState === 'connected') done(true) }
  pc.addEventListener('connectionstatechange', check); check()
})
function say(seconds, low, high) {
  const rate = context.sampleRate, buffer = context.createBuffer(1, seconds * rate, rate), data = buffer.getChannelData(0)
  for (let i = 0; i < data.length; i++) {
    const t = i / rate; data[i] = 0.25 * Math.sin(2 * Math.PI * (low * t + (high - low) / (2 * seconds) * t * t))
  }
  const source = context.createBufferSource(); source.buffer = buffer; source.connect(window.mouth); source.start()
}
function take() {
  const all = new Int16Array(heard.reduce((n, one) => n + one.length, 0)); let at = 0
  for (const one of heard) for (const sample of one) all[at++] = Math.max(-1, Math.min(1, sample)) * 32767
  const bytes = new Uint8Array(all.buffer); let text = ''
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(text)
}
const press = keys => pc.getSenders()[0].dtmf.insertDTMF(keys, 100, 70)
open_pc()
</script>"""


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A fresh page of a real Chromium, on a secure origin that exists only here."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            page = await browser.new_page()
            await page.route(URL, lambda route: route.fulfill(body=PAGE, content_type="text/html"))
            await page.goto(URL)
            yield page
        finally:
            await browser.close()


@pytest.fixture
async def call(tmp_path: Path) -> AsyncIterator[tuple[Media, Any, RtpPeer, list[SwitchEvent]]]:
    """A citizen's plain leg and a browser leg, bridged; the browser leg still has no SDP."""
    events: list[SwitchEvent] = []
    ports = range(34700, 34900)
    media = Media(
        MediaSettings(address="127.0.0.1", advertised="", ports=ports, data=tmp_path), events.append
    )
    citizen = await RtpPeer().start()
    plain, browser = media.open(CITIZEN, webrtc=False), media.open(BROWSER, webrtc=True)
    citizen.aim(await plain.take_offer(citizen.sdp()))
    plain.answered()
    browser.answered()
    media.execute(Bridge(leg_id=CITIZEN, peer_id=BROWSER))
    try:
        yield media, browser, citizen, events
    finally:
        citizen.close()
        await media.close()


def best_pieces(heard: bytes, said: bytes) -> float:
    """Median likeness of quarter seconds: a browser stretches time by a few samples, so that the whole would not match."""
    piece = 2 * 2000
    scores = [likeness(heard, said[at : at + piece])[0] for at in range(0, len(said) - piece, piece)]
    return float(np.median(scores))


async def talk(page: Page, citizen: RtpPeer) -> tuple[float, float]:
    """Let both say a sweep; return how well the citizen heard the browser, and the browser the citizen."""
    citizen.heard.clear()
    await page.evaluate("heard = []")
    sweep = chirp(2, 400, 1600)
    said = citizen.say(sweep)
    await page.evaluate("say(2, 3000, 1200)")
    await said.wait()
    await asyncio.sleep(0.7)  # the browser's jitter buffer and ours: nothing announces that they are empty
    raw = np.frombuffer(base64.b64decode(await page.evaluate("take()")), "<i2").astype(float)
    at_8k = resample_poly(raw, 1, 6).astype("<i2").tobytes() if len(raw) else b""
    return best_pieces(citizen.audio(), chirp(2, 3000, 1200)), best_pieces(at_8k, sweep)


@pytest.mark.req("TEL-3")
async def test_browser_calls_us_and_both_hear_each_other(page: Page, call: Any) -> None:
    media, leg, citizen, events = call
    sdp = await leg.take_offer(await page.evaluate("offer()"))
    await page.evaluate("sdp => accept(sdp)", sdp)
    assert await page.evaluate("connected()")
    by_citizen, by_browser = await talk(page, citizen)
    assert by_citizen > 0.95
    assert by_browser > 0.5  # its jitter buffer stretches; two sweeps that differ score 0.2
    assert media.peer_of(BROWSER) == CITIZEN
    await page.evaluate("press('1223')")
    async with asyncio.timeout(5):
        while citizen.keys() != "1223":
            await asyncio.sleep(0.05)
    assert "".join(e.digit for e in events if isinstance(e, DigitPressed) and e.leg_id == BROWSER) == "1223"


@pytest.mark.req("TEL-3")
async def test_we_call_the_browser_and_both_hear_each_other(page: Page, call: Any) -> None:
    _, leg, citizen, _ = call
    await leg.take_answer(await page.evaluate("sdp => answer(sdp)", await leg.make_offer()))
    assert await page.evaluate("connected()")
    by_citizen, by_browser = await talk(page, citizen)
    assert by_citizen > 0.95
    assert by_browser > 0.5  # its jitter buffer stretches; two sweeps that differ score 0.2


@pytest.mark.req("TEL-3")
async def test_audio_goes_on_after_the_browser_restarts_ice(page: Page, call: Any) -> None:
    _, leg, citizen, _ = call
    await page.evaluate("sdp => accept(sdp)", await leg.take_offer(await page.evaluate("offer()")))
    assert await page.evaluate("connected()")
    again = await leg.take_offer(await page.evaluate("offer({iceRestart: true})"))
    await page.evaluate("sdp => accept(sdp)", again)
    await asyncio.sleep(
        1
    )  # the old path carries audio until the new one is nominated; nothing in the page tells
    by_citizen, by_browser = await talk(page, citizen)
    assert by_citizen > 0.95
    assert by_browser > 0.5  # its jitter buffer stretches; two sweeps that differ score 0.2


async def test_a_closed_page_is_reported_as_lost_audio_at_once(page: Page, call: Any) -> None:
    _, leg, _, events = call
    await page.evaluate("sdp => accept(sdp)", await leg.take_offer(await page.evaluate("offer()")))
    assert await page.evaluate("connected()")
    await page.evaluate("pc.close()")
    async with asyncio.timeout(10):
        while not any(isinstance(event, MediaTimedOut) and event.leg_id == BROWSER for event in events):
            await asyncio.sleep(0.05)

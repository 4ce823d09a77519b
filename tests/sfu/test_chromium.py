import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from sfu import Connected, DataReceived, Peer, PeerEvent, Publication, Sfu, Subscription
from tests.chromium import ARGUMENTS

pytestmark = pytest.mark.browser

PAGE = """
window.open_peer = (name) => {
  const pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  window[name] = pc;
  pc.messages = [];
  pc.tracks = [];
  pc.channel = pc.createDataChannel('_reliable');
  pc.channel.binaryType = 'arraybuffer';
  pc.channel.onmessage = ({data}) => pc.messages.push(new TextDecoder().decode(data));
  pc.ontrack = ({track, streams}) => {
    pc.tracks.push([track.kind, streams[0].id]);
    const element = document.createElement(track.kind);
    element.srcObject = new MediaStream([track]);
    element.autoplay = true;
    document.body.append(element);
  };
};
window.negotiate = async (name) => {
  const pc = window[name];
  await pc.setLocalDescription();
  await pc.setRemoteDescription({type: 'answer', sdp: await answer(name, pc.localDescription.sdp)});
};
window.publish = async (name, rids) => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [640, 360];
  const context = canvas.getContext('2d');
  let hue = 0;
  setInterval(() => {
    context.fillStyle = `hsl(${hue++}, 80%, 50%)`;
    context.fillRect(0, 0, 640, 360);
    context.fillStyle = 'black';
    context.fillRect(hue % 600, 100, 40, 40);
  }, 33);
  const voice = await navigator.mediaDevices.getUserMedia({audio: true});
  window[name].addTransceiver(voice.getAudioTracks()[0], {direction: 'sendonly'});
  window[name].addTransceiver(canvas.captureStream(30).getVideoTracks()[0], {
    direction: 'sendonly',
    sendEncodings: rids.length
      ? rids.map((rid, i) => ({rid, scaleResolutionDownBy: 2 ** (rids.length - 1 - i)}))
      : undefined,
  });
};
window.report = async (name, type) =>
  [...(await window[name].getStats()).values()].filter((one) => one.type === type);
window.height = async (name) =>
  (await report(name, 'inbound-rtp')).find((one) => one.kind === 'video')?.frameHeight;
window.hears_and_sees = async (name) => {
  const [audio, video] = ['audio', 'video'].map((kind) => ({kind}));
  for (const one of await report(name, 'inbound-rtp')) {
    Object.assign(one.kind === 'audio' ? audio : video, one);
  }
  return video.framesDecoded >= 10 && audio.totalAudioEnergy > 0;
};
"""


class Call:
    """A page with two PeerConnections, `alice` and `bob`, and their peers here."""

    def __init__(self, sfu: Sfu, page: Page) -> None:
        self.page = page
        self.events: dict[str, list[PeerEvent]] = {"alice": [], "bob": []}
        self.peers: dict[str, Peer] = {
            name: sfu.add_peer(events.append) for name, events in self.events.items()
        }
        self.published: list[Publication] = []

    async def answer(self, name: str, offer: str) -> str:
        answer = self.peers[name].answer(offer)
        self.published += answer.published
        return answer.sdp

    async def begin(self, rids: list[str]) -> None:
        await self.page.expose_function("answer", self.answer)
        await self.page.add_script_tag(content=PAGE)
        for name in self.peers:
            await self.page.evaluate("(name) => open_peer(name)", name)
        await self.page.evaluate("(rids) => publish('alice', rids)", rids)
        await self.negotiate("alice")

    async def negotiate(self, name: str) -> None:
        await self.page.evaluate("(name) => negotiate(name)", name)

    async def subscribe(self) -> list[Subscription]:
        """Send bob everything that is published."""
        subscriptions = [
            self.peers["bob"].subscribe(one, stream=f"PA_alice|TR_{one.id}", track=f"TR_{one.id}")
            for one in self.published
        ]
        while (needed := self.peers["bob"].sections_needed()) is not None:
            kinds = ["audio"] * needed.audios + ["video"] * needed.videos
            await self.page.evaluate(
                "(kinds) => kinds.map((k) => bob.addTransceiver(k, {direction: 'recvonly'}).mid)",
                kinds,
            )
            await self.negotiate("bob")
        return subscriptions

    async def until(self, condition: str) -> None:
        """Wait in the page: nothing tells when statistics change."""
        waiting = f"while (!({condition})) await new Promise((go) => setTimeout(go, 50));"
        async with asyncio.timeout(20):
            await self.page.evaluate(f"async () => {{ {waiting} }}")

    async def transport(self, name: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = await self.page.evaluate(
            "(name) => report(name, 'transport')", name
        )
        return found[0]


class CallWithoutUdp(Call):
    """Both clients' datagrams go where nobody answers."""

    def __init__(self, sfu: Sfu, page: Page, silent: int) -> None:
        super().__init__(sfu, page)
        self.silent = silent

    async def answer(self, name: str, offer: str) -> str:
        answer = await super().answer(name, offer)
        return re.sub(r"(candidate:\d+ 1 udp \d+ \S+) \d+", rf"\1 {self.silent}", answer)


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[*ARGUMENTS, "--use-fake-device-for-media-stream"],
        )
        page = await browser.new_page()
        # A page by https may use the microphone; nothing leaves this machine.
        await page.route("**/*", lambda route: route.fulfill(body="", content_type="text/html"))
        await page.goto("https://call.test/")
        yield page
        await browser.close()


@pytest.mark.slow
@pytest.mark.parametrize("rids", [[], ["q", "h", "f"]], ids=["one layer", "simulcast"])
async def test_chromium_hears_and_sees_chromium(sfu: Sfu, page: Page, rids: list[str]) -> None:
    call = Call(sfu, page)
    await call.begin(rids)
    await call.subscribe()
    await call.until("await hears_and_sees('bob')")

    assert [one.rids for one in call.published] == [(), tuple(rids)]
    assert sorted(await page.evaluate("bob.tracks")) == [
        ["audio", f"PA_alice|TR_{call.published[0].id}"],
        ["video", f"PA_alice|TR_{call.published[1].id}"],
    ]
    for name in ("alice", "bob"):
        assert (await call.transport(name))["srtpCipher"] == "SRTP_AEAD_AES_128_GCM"


@pytest.mark.slow
async def test_chromium_sees_the_layer_that_is_chosen(sfu: Sfu, page: Page) -> None:
    call = Call(sfu, page)
    await call.begin(["q", "h", "f"])
    _, subscription = await call.subscribe()
    subscription.set_layer(0)
    await call.until("await height('bob') === 90")
    subscription.set_layer(1)
    await call.until("await height('bob') === 180")


@pytest.mark.slow
async def test_chromium_sends_and_receives_data(sfu: Sfu, page: Page) -> None:
    call = Call(sfu, page)
    await call.begin([])
    await call.until("alice.channel.readyState === 'open'")
    await page.evaluate("alice.channel.send('bonjour')")
    call.peers["alice"].send("_reliable", "à toi".encode())
    await call.until("alice.messages.includes('à toi')")

    assert Connected() in call.events["alice"]
    assert DataReceived("_reliable", b"bonjour") in call.events["alice"]


@pytest.mark.slow
async def test_chromium_goes_on_after_an_ice_restart(sfu: Sfu, page: Page) -> None:
    call = Call(sfu, page)
    await call.begin([])
    await call.subscribe()
    await call.until("await hears_and_sees('bob')")
    before = await page.evaluate("bob.remoteDescription.sdp.match(/ice-ufrag:(.*)/)[1]")
    await page.evaluate("bob.restartIce()")
    await call.negotiate("bob")
    await call.until("bob.iceConnectionState === 'connected'")
    frames = "(await report('bob', 'inbound-rtp')).find((x) => x.kind === 'video').framesDecoded"
    seen = await page.evaluate(f"async () => {frames}")
    await call.until(f"{frames} >= {seen} + 30")

    assert before not in await page.evaluate("bob.remoteDescription.sdp")
    assert (await call.transport("bob"))["dtlsState"] == "connected"


@pytest.mark.slow
async def test_chromium_joins_by_tcp_within_seconds_where_no_udp_passes(
    sfu: Sfu, page: Page
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        call = CallWithoutUdp(sfu, page, silent.getsockname()[1])
        async with asyncio.timeout(5):
            await call.begin([])
            await call.until("alice.connectionState === 'connected'")
        await call.subscribe()
        await call.until("await hears_and_sees('bob')")

    remote = await page.evaluate("report('bob', 'remote-candidate')")
    (pair,) = [
        one for one in await page.evaluate("report('bob', 'candidate-pair')") if one["nominated"]
    ]
    used = next(one for one in remote if one["id"] == pair["remoteCandidateId"])
    assert (used["protocol"], used["port"]) == ("tcp", sfu.tcp_port)

"""G2: `kill -9` of the server in a meeting; all in it hear and see each other again, and nobody
clicks."""

import math
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright
from sqlalchemy import select

from tests.browser.chromium import ARGUMENTS
from tests.browser.conftest import make_account
from tests.browser.server import Server, running_server
from tests.browser.visitor import Visitor
from tests.processes import free_ports
from visio.store.database import Database
from visio.store.models import ChatMessage, Meeting, Participant


@dataclass(frozen=True)
class Back:
    """Seconds from a kill until the next server answered, and until each of those in the meeting
    had sound of all others, and the host's picture."""

    server: float
    people: tuple[float, ...]


@dataclass(frozen=True)
class Left:
    """What the database has in the end; `stays` are the rows of those still inside."""

    meetings: int
    stays: list[str]
    messages: int


@contextmanager
def sitting(folder: Path) -> Iterator["Killable"]:
    """A meeting in a room where hosts let people in, with a message in its chat."""
    first, second = free_ports(2)
    serve = partial(
        running_server,
        folder,
        f"sqlite+aiosqlite:///{folder / 'visio.db'}",
        ports=(first, second),
    )
    with sync_playwright() as playwright, ExitStack() as servers:
        server = servers.enter_context(serve())
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        host, *guests = (_visitor(chromium, server.url) for _ in range(3))
        host.sign_in(*make_account(server, chromium))
        slug = host.make_room("Conseil", access="restricted")
        host.join(slug)
        for guest, name in zip(guests, ("Ali", "Zoé"), strict=True):
            _let_in(host, guest, slug, name)
        host.button("panels.chat").click()
        yield Killable(server, serve, servers, [host, *guests])
        chromium.close()


@dataclass
class Killable:
    """A meeting, and its server, that dies and is started again."""

    server: Server
    serve: Callable[[], AbstractContextManager[Server]]
    servers: ExitStack
    people: Sequence[Visitor]

    def write(self, text: str) -> None:
        """The host says something in the chat."""
        field = self.people[0].page.locator("#chat-message")
        field.fill(text)
        field.press("Enter")
        expect(self.people[0].page.locator(".chat-line").filter(has_text=text)).to_have_count(1)

    def kill(self) -> Back:
        """And start again; return when everybody has everybody back."""
        self._await_all(time.time())
        self.server.process.kill()
        killed = time.time()
        self.server.process.wait()
        self.server = self.servers.enter_context(self.serve())
        ready = time.time()
        return Back(ready - killed, tuple(at - killed for at in self._await_all(killed)))

    def left(self) -> Left:
        """What the database has."""
        return self.server.do(_left)

    def _await_all(self, since: float) -> list[float]:
        """When each had all others, on a connection that brought something after that moment."""
        for person, pictures in zip(self.people, (0, 1, 1), strict=True):
            person.page.evaluate(_WATCH, [since * 1000 + _ON_ITS_WAY, pictures, _PATIENCE])
        return [person.page.evaluate("() => window.back") / 1000 for person in self.people]


def percentile_95(found: Sequence[float]) -> float:
    return sorted(found)[math.ceil(len(found) * 0.95) - 1]


def _visitor(chromium: Browser, url: str) -> Visitor:
    context = chromium.new_context(
        base_url=url, locale="en-GB", permissions=["camera", "microphone"]
    )
    context.add_init_script(_CONNECTIONS)
    return Visitor(context, url, "en")


def _let_in(host: Visitor, guest: Visitor, slug: str, name: str) -> None:
    """With a microphone only: three cameras would measure this machine."""
    guest.go(f"/{slug}")
    guest.button("media.cameraOff").click()
    guest.field("prejoin.name").fill(name)
    guest.button("prejoin.ask").click()
    host.page.get_by_role("group", name=host.text("lobby.title")).get_by_role(
        "button", name=host.text("lobby.admit"), exact=True
    ).click()
    guest.button("call.leave").wait_for()


async def _left(database: Database) -> Left:
    async with database.transaction() as session:
        meetings = list(await session.scalars(select(Meeting.id)))
        stays = await session.scalars(select(Participant.id).where(Participant.left_at.is_(None)))
        messages = list(await session.scalars(select(ChatMessage.id)))
        return Left(len(meetings), list(stays), len(messages))


_CONNECTIONS = """
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    connections.push(this);
  }
};
"""
# `back` is when the newest connection had two voices, and so many pictures, from after that moment.
_WATCH = """([since, pictures, patience]) => {
  const look = async () => {
    const stats = [...(await connections.at(-1).getStats()).values()];
    const fresh = stats.filter(
      (one) => one.type === "inbound-rtp" && one.lastPacketReceivedTimestamp > since,
    );
    const seen = fresh.filter(({ kind, framesDecoded }) => kind === "video" && framesDecoded > 0);
    const heard = fresh.filter(({ kind }) => kind === "audio");
    return heard.length >= 2 && seen.length >= pictures;
  };
  const found = async () => {
    const connection = connections.at(-1);
    const stats = [...(await connection.getStats()).values()];
    const media = stats.filter(({ type }) => ["inbound-rtp", "outbound-rtp"].includes(type));
    return JSON.stringify([
      connections.length,
      connection.connectionState,
      connection.signalingState,
      media.map(({ type, kind, mid, packetsSent, packetsReceived, framesDecoded }) =>
        [type, kind, mid, packetsSent, packetsReceived, framesDecoded]),
    ]);
  };
  window.back = (async () => {
    while (!(await look())) {
      if (Date.now() > since + patience) throw new Error(`not back: ${await found()}`);
      await new Promise((go) => setTimeout(go, 20));
    }
    return Date.now();
  })();
}"""
# Milliseconds in which something sent before a kill may still arrive.
_ON_ITS_WAY = 300
# Milliseconds after which somebody does not come back any more.
_PATIENCE = 60_000

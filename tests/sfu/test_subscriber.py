"""Our offers, answered by a client over a real socket."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sfu import ChannelOpened, Connected, Publication, SdpError, Sfu, Subscriber, Subscription
from sfu.events import PeerEvent
from tests.peer import PATIENCE, Client, Remote
from tests.sfu.participants import Participant

pytestmark = pytest.mark.slow


class Receiver:
    """A client's second connection and the server's side of it."""

    def __init__(self, sfu: Sfu, client: Client) -> None:
        self.client = client
        self.events: asyncio.Queue[PeerEvent] = asyncio.Queue()
        self.subscriber: Subscriber = sfu.add_subscriber(self.events.put_nowait)

    async def negotiate(self, *, restart: bool = False) -> Remote:
        """One offer and its answer; the first one connects."""
        offer = self.subscriber.offer(restart=restart)
        assert not self.subscriber.accept(self.client.answer(offer.sdp))
        await self.client.accept(offer.sdp)
        return Remote.parse(offer.sdp)

    def subscribe(self, publication: Publication) -> Subscription:
        track = f"TR_{publication.id}"
        return self.subscriber.subscribe(publication, stream=f"PA_x|{track}", track=track)

    async def event(self, kind: type[PeerEvent]) -> PeerEvent:
        async with asyncio.timeout(PATIENCE):
            while not isinstance(event := await self.events.get(), kind):
                pass
            return event


@pytest.fixture
async def receiver(sfu: Sfu) -> AsyncIterator[Receiver]:
    receiver = Receiver(sfu, await Client.open())
    yield receiver
    await receiver.client.close()
    await receiver.subscriber.close()


@pytest.fixture
async def sender(sfu: Sfu) -> AsyncIterator[Participant]:
    participant = await Participant.open(sfu)
    yield participant
    await participant.close()


@pytest.mark.rule(157, client="raw")
async def test_server_opens_the_data_channels_and_sends_on_them(receiver: Receiver) -> None:
    await receiver.negotiate()
    await receiver.event(Connected)
    opened = {(await receiver.event(ChannelOpened)).label for _ in range(3)}  # type: ignore[union-attr]
    assert opened == {"_reliable", "_lossy", "_data_track"}
    for label in ("_reliable", "_lossy"):
        receiver.subscriber.send(label, b"hello")
        assert await receiver.client.message() == (label, b"hello")


async def test_media_flows_after_the_answer_until_it_is_unsubscribed(
    sfu: Sfu, sender: Participant, receiver: Receiver
) -> None:
    await receiver.negotiate()
    source, publication = await sender.publish("audio")
    subscription = receiver.subscribe(publication)
    assert receiver.subscriber.pending()
    assert subscription.id is None
    offer = await receiver.negotiate()
    assert not receiver.subscriber.pending()
    assert offer.ssrcs("1") == [subscription.ssrc]
    await source.opus(b"one")
    packet = await receiver.client.packet()
    assert (packet.payload, packet.ssrc, packet.extensions.mid) == (b"one", subscription.ssrc, "1")
    receiver.subscriber.unsubscribe(subscription)
    assert (await receiver.negotiate()).direction("1") == "inactive"
    again = receiver.subscribe(publication)
    offer = await receiver.negotiate()
    assert list(offer.mids) == ["0", "2"]
    assert offer.ssrcs("2") == [again.ssrc] != [subscription.ssrc]
    await source.opus(b"two")
    assert (await receiver.client.packet()).ssrc == again.ssrc


@pytest.mark.rule(207, 281, client="raw")
async def test_ice_restart_keeps_everything_but_the_credentials(
    sender: Participant, receiver: Receiver
) -> None:
    source, publication = await sender.publish("audio")
    receiver.subscribe(publication)
    before = await receiver.negotiate()
    receiver.client.restart_ice()
    after = await receiver.negotiate(restart=True)
    assert (before.ufrag, before.pwd) != (after.ufrag, after.pwd)
    assert before.fingerprint == after.fingerprint
    await source.opus(b"one")
    assert (await receiver.client.packet()).payload == b"one"


@pytest.mark.rule(162, client="raw")
async def test_rejected_section_fails_its_subscription_only(
    sender: Participant, receiver: Receiver
) -> None:
    _, voice = await sender.publish("audio")
    _, picture = await sender.publish("video")
    kept, failed = receiver.subscribe(voice), receiver.subscribe(picture)
    offer = receiver.subscriber.offer()
    assert offer.tracks == {"1": kept.track, "2": failed.track}
    answer = receiver.client.answer(offer.sdp, rejected=("2",))
    assert receiver.subscriber.accept(answer) == (failed,)
    assert kept.id is not None
    again = receiver.subscribe(picture)
    assert receiver.subscriber.offer().unsupported == (again,)


async def test_answer_of_another_client_changes_nothing(receiver: Receiver) -> None:
    offer = receiver.subscriber.offer()
    answer = receiver.client.answer(offer.sdp)
    receiver.subscriber.accept(answer)
    with pytest.raises(SdpError, match="certificate"):
        receiver.subscriber.accept(_other(answer))


def _other(answer: str) -> str:
    """The same answer with another fingerprint."""
    _, _, rest = answer.partition("a=fingerprint:sha-256 ")
    return answer.replace(rest[:95], ":".join(["00"] * 32))

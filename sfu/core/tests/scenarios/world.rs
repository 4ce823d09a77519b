//! The engine, its clock and the wire around it.

use std::collections::HashMap;
use std::time::Duration;

use visio_core::counters::Counter;
use visio_core::engine::Subscribe;
use visio_core::ids::{Mid, Pt, PublicationId, Rid, Ssrc, SubscriptionId};
use visio_core::subscription::{PayloadTypes, Wanted};
use visio_core::{Command, Engine, Event, Input, Instant, Output, Path};

use crate::client::{AUDIO_PT, AV1_PT, Client, H264_PT, RED_PT, VIDEO_PT, VP9_PT};

pub struct World {
    pub now: Instant,
    engine: Engine,
    wire: HashMap<Path, Vec<Vec<u8>>>,
    events: Vec<Event>,
}

impl World {
    pub fn new() -> World {
        World {
            now: Instant::from_nanos(1_000_000_000),
            engine: Engine::new(),
            wire: HashMap::new(),
            events: Vec::new(),
        }
    }

    /// A client which has gone through ICE and has keys and formats.
    pub fn connect(&mut self, number: u64) -> Client {
        self.connect_as(Client::new(number))
    }

    pub fn connect_as(&mut self, client: Client) -> Client {
        client.add(self);
        client.check(self, true);
        client.set_keys(self);
        client.set_formats(self);
        self.events.clear();
        client.clear(self);
        client
    }

    pub fn command(&mut self, command: Command) {
        self.engine.handle(self.now, Input::Command(command));
        self.drain();
    }

    pub fn deliver(&mut self, source: impl Into<Path>, datagram: &[u8]) {
        let mut bytes = datagram.to_vec();
        let source = source.into();
        self.engine.handle(self.now, Input::Datagram { source, bytes: &mut bytes });
        self.drain();
    }

    /// Let time pass; the engine is called when it wants to be.
    pub fn advance(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            match self.drain() {
                Some(next) if next <= end => {
                    self.now = next.max(self.now);
                    self.engine.handle(self.now, Input::Timeout);
                }
                _ => break,
            }
        }
        self.now = end;
    }

    /// A TCP connection ends.
    pub fn close(&mut self, path: Path) {
        self.engine.handle(self.now, Input::Closed(path));
        self.drain();
    }

    pub fn is_valid(&self, path: Path) -> bool {
        self.engine.is_valid(path)
    }

    /// What arrived at an address since the last call.
    pub fn take(&mut self, address: impl Into<Path>) -> Vec<Vec<u8>> {
        self.wire.remove(&address.into()).unwrap_or_default()
    }

    pub fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    pub fn count(&self, counter: impl Into<Counter>) -> u64 {
        self.engine.counters().get(counter)
    }

    /// When the engine wants to be called next.
    pub fn next_timer(&mut self) -> Option<Instant> {
        self.drain()
    }

    /// Everything that left since the last call, to whomever.
    pub fn take_all(&mut self) -> Vec<(Path, Vec<u8>)> {
        let wire = std::mem::take(&mut self.wire);
        let flat = |(address, datagrams): (Path, Vec<Vec<u8>>)| {
            datagrams.into_iter().map(move |datagram| (address, datagram))
        };
        wire.into_iter().flat_map(flat).collect()
    }

    fn drain(&mut self) -> Option<Instant> {
        loop {
            match self.engine.poll() {
                Output::Transmit(outgoing) => {
                    for burst in outgoing.bursts() {
                        let wire = self.wire.entry(burst.destination).or_default();
                        wire.extend(burst.datagrams().map(<[u8]>::to_vec));
                    }
                }
                Output::Event(event) => self.events.push(event),
                Output::Timeout(next) => return next,
            }
        }
    }
}

/// `publication` of `client` in section "0".
pub fn publish(
    world: &mut World,
    client: &Client,
    publication: u64,
    video: bool,
    rids: &[&str],
    ssrcs: &[u32],
) {
    world.command(Command::Publish {
        publication: PublicationId(publication),
        peer: client.peer,
        mid: Mid("0".into()),
        video,
        rids: rids.iter().map(|rid| Rid((*rid).into())).collect(),
        ssrcs: ssrcs.iter().copied().map(Ssrc).collect(),
        rtx_ssrcs: Vec::new(),
    });
}

/// The subscription of the same number to that publication, in section "5", as SSRC 1000 + number,
/// with RTX in SSRC 2000 + number when wanted.
pub fn subscribe(
    world: &mut World,
    client: &Client,
    subscription: u64,
    publication: u64,
    rtx: bool,
) {
    let payload_types = [AUDIO_PT, VIDEO_PT, VP9_PT, AV1_PT, H264_PT].map(|pt| (pt, pt));
    subscribe_as(world, client, (subscription, publication), rtx, &payload_types);
}

/// The same for audio with redundancy.
pub fn subscribe_with_red(world: &mut World, client: &Client, subscription: u64, publication: u64) {
    let payload_types = [(AUDIO_PT, AUDIO_PT), (AUDIO_PT, RED_PT)];
    subscribe_as(world, client, (subscription, publication), false, &payload_types);
}

fn subscribe_as(
    world: &mut World,
    client: &Client,
    (subscription, publication): (u64, u64),
    rtx: bool,
    payload_types: &[(Pt, Pt)],
) {
    world.command(Command::Subscribe(Subscribe {
        subscription: SubscriptionId(subscription),
        publication: PublicationId(publication),
        peer: client.peer,
        mid: Mid("5".into()),
        ssrc: Ssrc(1000 + subscription as u32),
        rtx_ssrc: rtx.then_some(Ssrc(2000 + subscription as u32)),
        payload_types: PayloadTypes(payload_types.to_vec()),
    }));
}

pub fn set_layer(world: &mut World, subscription: u64, spatial: Option<usize>, temporal: u8) {
    let subscription = SubscriptionId(subscription);
    world.command(Command::SetLayer { subscription, wanted: Wanted { spatial, temporal } });
}

pub fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

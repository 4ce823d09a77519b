//! The engine: inputs in, outputs out, the whole state of the media side in between.

mod commands;
mod control;
mod datagrams;
mod downlinks;
mod floors;
mod media;
mod pacing;
mod qualities;
mod repair;
mod sending;
mod switching;
mod timers;

use std::collections::{HashMap, VecDeque};

pub use commands::{Command, Subscribe};

use crate::bandwidth::downlink::{Bandwidth, Downlink};
use crate::bandwidth::volume::Rates;
use crate::counters::{Counter, Counters, Drop};
use crate::ice::Budget;
use crate::ids::{FloorId, IdMap, PeerId, PublicationId, Rid, Ssrc, SubscriptionId};
use crate::loudest::Floor;
use crate::outgoing::Outgoing;
use crate::path::Path;
use crate::peer::Peer;
use crate::publication::Publication;
use crate::speaker::Speakers;
use crate::subscription::Subscription;
use crate::time::Instant;
use timers::Timers;

/// What happens to the engine.
pub enum Input<'a> {
    /// Decrypted in place.
    Datagram {
        source: Path,
        bytes: &'a mut [u8],
    },
    /// A connection has ended: nothing comes from there or goes there any more.
    Closed(Path),
    Command(Command),
    /// The time `poll` asked for has come.
    Timeout,
}

/// What the engine wants done.
#[derive(Debug)]
pub enum Output<'a> {
    /// Send all of this.
    Transmit(&'a Outgoing),
    Event(Event),
    /// Nothing more, until something happens or this time comes.
    Timeout(Option<Instant>),
}

/// What the rest of the server is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    PairValidated(PeerId),
    PairLost(PeerId),
    DtlsReceived {
        peer: PeerId,
        datagram: Box<[u8]>,
    },
    LayerChanged {
        publication: PublicationId,
        rid: Rid,
        active: bool,
    },
    AudioFrame(AudioFrame),
    /// How well what a peer sends and receives gets through, from 100 to 0, which is gone.
    QualityChanged {
        peer: PeerId,
        score: f64,
    },
    /// What the layers of a video carry has changed, those of simulcast or those inside the only
    /// stream: bit/s up to each temporal layer.
    LayerRates {
        publication: PublicationId,
        rates: Vec<Rates>,
    },
    /// How much fits on the way to a peer, and what of it audio and repetitions take.
    BandwidthChanged {
        peer: PeerId,
        bandwidth: Bandwidth,
    },
    /// Loudest first.
    Speakers(Vec<(PublicationId, f64)>),
    Pong,
}

/// One packet of a tapped publication.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioFrame {
    pub publication: PublicationId,
    pub sequence: u64,
    pub timestamp: u64,
    /// In -dBov, if the sender says.
    pub level: Option<u8>,
    pub payload: Box<[u8]>,
    pub received_at: Instant,
}

/// The sans-IO packet engine.
#[derive(Default)]
pub struct Engine {
    peers: IdMap<PeerId, Peer>,
    publications: IdMap<PublicationId, Publication>,
    subscriptions: IdMap<SubscriptionId, Subscription>,
    ufrags: HashMap<Box<str>, PeerId>,
    pairs: HashMap<Path, PeerId>,
    budget: Budget,
    floors: IdMap<FloorId, Floor>,
    downlinks: IdMap<PeerId, Downlink>,
    speakers: Speakers,
    timers: Timers,
    outbox: Outbox,
    counters: Counters,
}

impl Engine {
    pub fn new() -> Engine {
        Engine::default()
    }

    pub fn handle(&mut self, now: Instant, input: Input) {
        self.outbox.forget_polled();
        match input {
            Input::Datagram { source, bytes } => self.handle_datagram(now, source, bytes),
            Input::Closed(path) => self.handle_closed(path),
            Input::Command(command) => self.handle_command(now, command),
            Input::Timeout => {}
        }
        self.handle_timers(now);
    }

    /// The next thing to do; call until it says `Timeout`.
    pub fn poll(&mut self) -> Output<'_> {
        if let Some(event) = self.outbox.events.pop_front() {
            return Output::Event(event);
        }
        self.outbox.forget_polled();
        if self.outbox.outgoing.bursts().is_empty() {
            return Output::Timeout(self.timers.next());
        }
        self.outbox.is_polled = true;
        Output::Transmit(&self.outbox.outgoing)
    }

    /// Bytes that wait to be polled.
    pub fn waiting(&self) -> usize {
        self.outbox.outgoing.size()
    }

    /// Whether an authenticated check has validated this path lately.
    pub fn is_valid(&self, path: Path) -> bool {
        self.pairs.contains_key(&path)
    }

    /// Whether checks with this ufrag of ours are for a peer here.
    pub fn knows(&self, ufrag: &str) -> bool {
        self.ufrags.contains_key(ufrag)
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}

/// What waits to be polled: events and datagrams.
#[derive(Default)]
struct Outbox {
    events: VecDeque<Event>,
    outgoing: Outgoing,
    /// The datagrams were given to whoever polls, who has sent them by now.
    is_polled: bool,
}

impl Outbox {
    fn push_event(&mut self, event: Event) {
        self.events.push_back(event);
    }

    fn forget_polled(&mut self) {
        if std::mem::take(&mut self.is_polled) {
            self.outgoing.clear();
        }
    }
}

/// The SSRC under which the engine itself speaks RTCP.
const OWN_SSRC: Ssrc = Ssrc(1);

/// Note why a packet goes no further.
fn count_failure(counters: &mut Counters, result: Result<(), Drop>) {
    if let Err(reason) = result {
        counters.count(Counter::from(reason));
    }
}

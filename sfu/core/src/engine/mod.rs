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
mod timers;

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

pub use commands::{Command, Subscribe};

use crate::bandwidth::downlink::{Bandwidth, Downlink};
use crate::bandwidth::volume::Rates;
use crate::counters::{Counter, Counters, Drop};
use crate::ice::Budget;
use crate::ids::{FloorId, IdMap, PeerId, PublicationId, Rid, Ssrc, SubscriptionId};
use crate::loudest::Floor;
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
    Transmit {
        destination: Path,
        datagram: &'a [u8],
    },
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
        match self.outbox.pop_datagram() {
            Some((destination, range)) => {
                Output::Transmit { destination, datagram: &self.outbox.bytes[range] }
            }
            None => Output::Timeout(self.timers.next()),
        }
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

/// What waits to be polled: events, and datagrams in one buffer that is used over and over.
#[derive(Default)]
struct Outbox {
    events: VecDeque<Event>,
    bytes: Vec<u8>,
    datagrams: VecDeque<(Path, Range<usize>)>,
}

impl Outbox {
    fn push_event(&mut self, event: Event) {
        self.events.push_back(event);
    }

    fn push_datagram(&mut self, destination: Path, datagram: &[u8]) {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(datagram);
        self.finish(destination, at);
    }

    /// Send the bytes written since the buffer was `at` long.
    fn finish(&mut self, destination: Path, at: usize) {
        if at < self.bytes.len() {
            self.datagrams.push_back((destination, at..self.bytes.len()));
        }
    }

    fn pop_datagram(&mut self) -> Option<(Path, Range<usize>)> {
        let datagram = self.datagrams.pop_front();
        if datagram.is_none() {
            self.bytes.clear();
        }
        datagram
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

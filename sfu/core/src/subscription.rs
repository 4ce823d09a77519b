//! One track a peer receives: which layer it gets, which packets, and under which numbers.

use std::time::Duration;

use crate::codec::dependency::Layer;
use crate::codec::{Frame, vp8};
use crate::counters::Drop;
use crate::feedback::reception::SenderClock;
use crate::ids::{Mid, PeerId, Pt, PublicationId, SeqNo, Ssrc};
use crate::numbering::{Numbering, Shift};
use crate::publication::{self, Publication};
use crate::quality::{Quality, Reported};
use crate::redundancy::{self, Depth};
use crate::scalable::{Rewriting, Selection};
use crate::sent::{Sent, SentPacket};
use crate::time::Instant;

pub struct Subscription {
    pub publication: PublicationId,
    pub peer: PeerId,
    pub mid: Mid,
    pub ssrc: Ssrc,
    pub rtx: Option<Retransmission>,
    /// Under which payload type audio may repeat earlier packets (RFC 2198).
    pub red: Option<Pt>,
    /// How many of them it repeats.
    pub redundancy: Depth,
    /// How long the receiver shall let pictures wait for repair, in the unit of the playout-delay
    /// extension; `None` while it was never told to.
    pub playout: Option<u16>,
    payload_types: PayloadTypes,
    /// The publisher uses a codec the subscriber did not negotiate.
    unsupported: bool,
    pub wanted: Wanted,
    /// The layer to switch to at its next key frame.
    pub target: Option<usize>,
    current: Option<Source>,
    /// The temporal layer forwarded at present.
    temporal: u8,
    numbering: Numbering,
    selection: Selection,
    sent: Sent,
    last: Option<LastPacket>,
    pub packets: u32,
    pub octets: u32,
    pub last_report: Option<(u32, Instant)>,
    round_trip: Duration,
    /// Layers of what it wants that do not fit on the way to it.
    pub missing_layers: usize,
    pub reported: Reported,
    pub quality: Quality,
}

/// The RTX stream of a subscription (RFC 4588).
pub struct Retransmission {
    pub ssrc: Ssrc,
    pub seq: SeqNo,
}

/// The highest layers a subscriber wants; `spatial` `None` is a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub spatial: Option<usize>,
    pub temporal: u8,
}

/// Which of a publication's streams is forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    pub layer: usize,
    pub generation: u32,
}

/// The publisher's payload types and what the subscriber calls them.
#[derive(Clone)]
pub struct PayloadTypes(pub Vec<(Pt, Pt)>);

/// An incoming packet as a subscription looks at it.
#[derive(Clone, Copy)]
pub struct Incoming {
    pub source: Source,
    pub seq: SeqNo,
    pub timestamp: u32,
    pub frame: Frame,
    pub is_padding: bool,
    /// The publication has no other layers than those in this stream.
    pub is_only_stream: bool,
    pub clock_rate: u32,
    pub now: Instant,
}

/// How a packet leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub seq: SeqNo,
    pub shift: Shift,
    pub layers: Rewriting,
    /// The first packet from another source.
    pub switched: bool,
    /// How often it is sent again, unasked.
    pub again: u32,
}

/// The newest packet sent, to go on from when the source changes.
#[derive(Clone, Copy)]
struct LastPacket {
    source: Source,
    timestamp: u32,
    clock: Option<SenderClock>,
    at: Instant,
}

impl Subscription {
    pub fn new(
        publication: PublicationId,
        peer: PeerId,
        mid: Mid,
        (ssrc, spent): (Ssrc, SeqNo),
        (rtx, red): (Option<Retransmission>, Option<Pt>),
        payload_types: PayloadTypes,
    ) -> Subscription {
        Subscription {
            publication,
            peer,
            mid,
            ssrc,
            rtx,
            red,
            redundancy: Depth::up_to(1),
            playout: None,
            payload_types,
            unsupported: false,
            wanted: Wanted { spatial: Some(usize::MAX), temporal: u8::MAX },
            target: None,
            current: None,
            temporal: u8::MAX,
            numbering: Numbering::new(spent),
            selection: Selection::default(),
            sent: Sent::default(),
            last: None,
            packets: 0,
            octets: 0,
            last_report: None,
            round_trip: DEFAULT_ROUND_TRIP,
            missing_layers: 0,
            reported: Reported::default(),
            quality: Quality::default(),
        }
    }

    /// Change what is wanted. After a pause only a key frame starts it again.
    pub fn want(&mut self, wanted: Wanted) {
        self.wanted = wanted;
        if wanted.spatial.is_none() {
            self.current = None;
        }
    }

    /// Something was left out that was not skipped packet by packet: the next packet begins anew,
    /// with the numbers after those sent last.
    pub fn interrupt(&mut self) {
        self.current = None;
    }

    /// Whether it needs a key frame of this layer to go on.
    pub fn awaits(&self, source: Source) -> bool {
        self.target == Some(source.layer) && self.current != Some(source) && !self.unsupported
    }

    /// Whether it is to begin with a source while another still comes.
    pub fn is_leaving(&self, source: Source, publication: &Publication) -> bool {
        self.awaits(source) && self.current.is_some_and(|current| publication.sends(current))
    }

    /// What the subscriber calls a payload type of the publisher.
    pub fn translate(&mut self, pt: Pt) -> Option<Pt> {
        let found = self.payload_types.get(pt);
        self.unsupported = found.is_none();
        found
    }

    /// Whether only a key frame leads to the layers it wants of the stream it gets.
    pub fn take_lack(&mut self) -> bool {
        self.selection.take_lack()
    }

    /// What the subscriber calls its formats.
    pub fn formats(&self) -> impl Iterator<Item = Pt> + '_ {
        self.payload_types.0.iter().map(|(_, to)| *to)
    }

    pub fn current(&self) -> Option<Source> {
        self.current
    }

    pub fn highest_out(&self) -> SeqNo {
        self.numbering.highest_out()
    }

    /// What is added to the timestamps of the source that is forwarded at present.
    pub fn timestamp_shift(&self, source: Source) -> Option<u32> {
        let shift = self.numbering.shift()?;
        (self.last?.source == source).then_some(shift.timestamp)
    }

    /// Decide whether a packet is forwarded, and under which numbers. `stream` is its layer,
    /// `transport` the transport-wide number it would go with.
    pub fn admit(
        &mut self,
        packet: &Incoming,
        stream: &publication::Layer,
        transport: Option<u16>,
    ) -> Result<Outgoing, Drop> {
        let clock = stream.clock;
        if self.wanted.spatial.is_none() {
            return Err(Drop::Paused);
        }
        let switched = self.current != Some(packet.source);
        if switched {
            self.switch(packet, clock)?;
        }
        let vp8 = packet.frame.vp8.as_ref();
        let layers = match self.check_content(packet, stream) {
            Ok(layers) => layers,
            Err(reason) => {
                self.numbering.skip(packet.seq, vp8);
                return Err(reason);
            }
        };
        let newest = self.numbering.is_newest(packet.seq);
        let (seq, shift) = self.numbering.map(packet.seq, vp8).ok_or(Drop::BeforeSwitch)?;
        if newest {
            let timestamp = packet.timestamp.wrapping_add(shift.timestamp);
            self.selection.note(&packet.frame);
            self.last =
                Some(LastPacket { source: packet.source, timestamp, clock, at: packet.now });
        }
        self.sent.insert(SentPacket {
            out: seq,
            seq: packet.seq,
            source: packet.source,
            shift,
            transport,
            redundancy: Depth::default(),
            playout: self.playout,
            layers,
        });
        Ok(Outgoing { seq, shift, layers, switched, again: 0 })
    }

    /// Note that a packet with so much payload leaves for the first time.
    pub fn count(&mut self, payload: usize) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload as u32);
    }

    /// The packet sent as `out` repeats earlier ones so: it must, whenever it is sent again.
    pub fn note_redundancy(&mut self, out: SeqNo, redundancy: Depth) {
        self.sent.set_redundancy(out, redundancy);
    }

    /// Let the receiver wait for pictures that take so long to repair. Players go by what they see of
    /// it themselves, and that is neither the publisher's way nor a second request.
    pub fn wait_for_repair(&mut self, repair: Duration) {
        let wanted = if repair > NOTICEABLE { repair + FRAME } else { Duration::ZERO };
        let wanted = wanted.min(LONGEST_WAIT);
        let told = PLAYOUT_UNIT * u32::from(self.playout.unwrap_or(0));
        if wanted.abs_diff(told) >= PLAYOUT_STEP || wanted.is_zero() && !told.is_zero() {
            self.playout = Some((wanted.as_millis() / PLAYOUT_UNIT.as_millis()) as u16);
        }
    }

    /// Take the loss since the last report, in 1/256: who loses packets is sent more redundancy.
    pub fn note_loss(&mut self, fraction_lost: u8) {
        let distance = if fraction_lost > LOSSY { redundancy::MAX_DISTANCE } else { 1 };
        self.redundancy = Depth::up_to(distance);
    }

    /// A packet is repeated once in this time.
    pub fn set_round_trip(&mut self, round_trip: Duration) {
        self.round_trip = round_trip.max(LEAST_ROUND_TRIP);
    }

    pub fn round_trip(&self) -> Duration {
        self.round_trip
    }

    /// What was sent under a number a NACK names.
    pub fn find(&mut self, wire: u16, now: Instant) -> Result<SentPacket, Drop> {
        let seq = self.numbering.highest_out().closest(wire);
        let packet = self.sent.get(seq).ok_or(Drop::NotInHistory)?;
        let may_go = self.sent.repeat(seq, now, self.round_trip);
        may_go.then_some(packet).ok_or(Drop::RepeatedTooSoon)
    }

    /// What was just sent under a number.
    pub fn sent(&self, out: SeqNo) -> Option<SentPacket> {
        self.sent.get(out)
    }

    /// What was admitted and has waited to be sent, now that it leaves under this transport-wide
    /// number; or what was sent before, if it leaves under none of its own.
    pub fn take_held(&mut self, wire: u16, transport: Option<u16>) -> Option<SentPacket> {
        let seq = self.numbering.highest_out().closest(wire);
        if let Some(transport) = transport {
            self.sent.set_transport(seq, transport);
        }
        self.sent.get(seq)
    }

    /// Forget what was sent: it could not be repeated exactly any more.
    pub fn forget_sent(&mut self) {
        self.sent = Sent::default();
    }

    fn switch(&mut self, packet: &Incoming, clock: Option<SenderClock>) -> Result<(), Drop> {
        if self.target != Some(packet.source.layer) {
            return Err(Drop::OtherLayer);
        }
        if !packet.frame.starts_key_frame || packet.is_padding {
            return Err(Drop::AwaitingKeyFrame);
        }
        let shift = self.align(packet, clock);
        self.numbering.begin(packet.seq, shift, packet.frame.vp8.as_ref());
        self.selection.begin(&packet.frame);
        self.current = Some(packet.source);
        self.temporal = self.wanted.temporal;
        Ok(())
    }

    fn check_content(
        &mut self,
        packet: &Incoming,
        stream: &publication::Layer,
    ) -> Result<Rewriting, Drop> {
        if packet.is_padding {
            return Err(Drop::Padding);
        }
        match packet.frame.vp8 {
            Some(frame) if !self.admits_temporal(&frame) => Err(Drop::HigherTemporalLayer),
            _ => self.selection.admit(&packet.frame, &stream.dependency, self.limit(packet)),
        }
    }

    /// The highest layers of a stream that are wanted. Where there are several streams, choosing one
    /// of them was choosing the spatial layer.
    fn limit(&self, packet: &Incoming) -> Layer {
        let wanted = self.wanted.spatial.filter(|_| packet.is_only_stream);
        let spatial = wanted.map_or(u8::MAX, |wanted| wanted.min(usize::from(u8::MAX)) as u8);
        Layer { spatial, temporal: self.wanted.temporal }
    }

    /// RFC 7741 §4.2: a receiver may rise to a temporal layer where its Y bit is set.
    fn admits_temporal(&mut self, frame: &vp8::Descriptor) -> bool {
        self.temporal = self.temporal.min(self.wanted.temporal);
        let may_rise = frame.sync || frame.starts_key_frame;
        if frame.temporal > self.temporal && frame.temporal <= self.wanted.temporal && may_rise {
            self.temporal = frame.temporal;
        }
        frame.temporal <= self.temporal
    }

    /// What to add to the timestamps of a new source so that they go on from those sent last: by the
    /// sender reports of both sources when there are, else by the time that has passed.
    fn align(&self, packet: &Incoming, clock: Option<SenderClock>) -> u32 {
        let Some(last) = self.last else { return 0 };
        if last.source == packet.source {
            return self.numbering.shift().map_or(0, |shift| shift.timestamp);
        }
        let elapsed = ticks(packet.now.since(last.at), packet.clock_rate).max(1);
        let by_time = last.timestamp.wrapping_add(elapsed);
        let by_clock = self.align_clocks(packet, clock);
        let plausible = |timestamp: &u32| {
            let ahead = timestamp.wrapping_sub(last.timestamp);
            (1..=elapsed.saturating_add(packet.clock_rate)).contains(&ahead)
        };
        by_clock.filter(plausible).unwrap_or(by_time).wrapping_sub(packet.timestamp)
    }

    /// The packet's moment on the outgoing timeline, by way of the publisher's wall clock.
    fn align_clocks(&self, packet: &Incoming, clock: Option<SenderClock>) -> Option<u32> {
        let (new, old) = (clock?, self.last?.clock?);
        let rate = f64::from(packet.clock_rate);
        let apart = new.ntp.wrapping_sub(old.ntp) as i64 as f64 / NTP_SECOND * rate;
        let since = packet.timestamp.wrapping_sub(new.rtp) as i32;
        let shift = self.numbering.shift()?.timestamp;
        let outgoing = i64::from(old.rtp.wrapping_add(shift)) + apart as i64 + i64::from(since);
        Some(outgoing as u32)
    }
}

impl PayloadTypes {
    fn get(&self, pt: Pt) -> Option<Pt> {
        self.0.iter().find(|(from, _)| *from == pt).map(|(_, to)| *to)
    }
}

fn ticks(span: Duration, clock_rate: u32) -> u32 {
    (span.as_secs_f64() * f64::from(clock_rate)) as u32
}

/// Of the playout-delay extension.
const PLAYOUT_UNIT: Duration = Duration::from_millis(10);

/// Smaller changes are not worth a change of speed.
const PLAYOUT_STEP: Duration = Duration::from_millis(30);

/// Players cope with less by themselves.
const NOTICEABLE: Duration = Duration::from_millis(20);

/// A loss is noticed at the next frame. Raising it delays pictures more on lossy ways.
const FRAME: Duration = Duration::from_millis(40);

/// Raising it repairs more on very bad ways, and makes people talk at the same time.
const LONGEST_WAIT: Duration = Duration::from_millis(400);

const NTP_SECOND: f64 = 4_294_967_296.0;

/// Loss above which audio repeats two earlier packets instead of one, in 1/256. Raising it costs
/// words on lossy links, lowering it a third of the audio's bitrate on good ones.
const LOSSY: u8 = 8;

/// A receiver asks in bursts: below this a packet would be repeated for each of them.
const LEAST_ROUND_TRIP: Duration = Duration::from_millis(10);

/// Between two repetitions of a packet while the round trip is unknown.
const DEFAULT_ROUND_TRIP: Duration = Duration::from_millis(30);

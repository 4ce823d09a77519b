//! One track a peer sends: its simulcast layers and what is known of each.

use std::time::Duration;

use crate::bandwidth::volume::Volume;
use crate::codec::{Codec, Frame, dependency};
use crate::feedback::missing::{Limits, Missing};
use crate::feedback::reception::{Reception, SenderClock};
use crate::history::History;
use crate::ids::{FloorId, Mid, PeerId, Pt, Rid, SeqNo, Ssrc, SubscriptionId, extend};
use crate::quality::Quality;
use crate::rtp::Header;
use crate::speaker::Loudness;
use crate::srtp::Window;
use crate::subscription::Source;
use crate::time::Instant;

pub struct Publication {
    pub peer: PeerId,
    pub mid: Mid,
    pub video: bool,
    /// Lowest first; one without a name when there is no simulcast.
    pub layers: Vec<Layer>,
    pub subscriptions: Vec<SubscriptionId>,
    pub tapped: bool,
    /// The publisher says that it sends nothing, or only silence.
    pub muted: bool,
    pub quality: Quality,
    pub loudness: Loudness,
    /// Where it competes with other microphones for so many places, while it is not muted.
    pub floor: Option<(FloorId, usize)>,
    /// It tells its level.
    pub ranked: bool,
    /// Packets were held back since the last one that was forwarded.
    pub held: bool,
}

/// One encoded stream of a track.
pub struct Layer {
    pub rid: Rid,
    pub ssrc: Option<Ssrc>,
    /// The stream of its retransmissions.
    pub repair: Option<Ssrc>,
    /// The payload type of its latest packet.
    pub pt: Option<Pt>,
    /// Counts the SSRCs the layer had: what was learned of one does not hold for the next.
    pub generation: u32,
    /// Its packets repeat earlier ones (RFC 2198).
    pub redundant: bool,
    pub active: bool,
    pub last_packet: Instant,
    pub reception: Reception,
    pub missing: Missing,
    /// What was forwarded or could have been, however it came.
    pub seen: Window,
    pub clock: Option<SenderClock>,
    pub history: History,
    pub volume: Volume,
    pub key_frame: KeyFrameRequests,
    pub silence_alarm: Option<Instant>,
    pub missing_alarm: Option<Instant>,
    /// Frames of the lowest layer since its last packet.
    pub passed_by: u32,
    /// It stopped while somebody watched it: when it may be shown again, if it goes on until then.
    pub steady_from: Option<Instant>,
    /// What the dependency descriptors of its packets refer to.
    pub dependency: dependency::Stream,
    timestamp: Option<u64>,
    /// The newest packet and its timestamp on the wire.
    newest: Option<(SeqNo, u32)>,
    video: bool,
}

/// When to ask the publisher for a key frame.
#[derive(Default)]
pub struct KeyFrameRequests {
    asked_at: Option<Instant>,
    pub wanted: bool,
    /// The newest packet a decoder can begin with.
    pub newest: Option<SeqNo>,
    pub alarm: Option<Instant>,
}

impl Publication {
    pub fn new(peer: PeerId, mid: Mid, video: bool, rids: Vec<Rid>) -> Publication {
        let rids = if rids.is_empty() { vec![Rid("".into())] } else { rids };
        Publication {
            peer,
            mid,
            video,
            layers: rids.into_iter().map(|rid| Layer::new(rid, video)).collect(),
            subscriptions: Vec::new(),
            tapped: false,
            muted: false,
            quality: Quality::default(),
            loudness: Loudness::default(),
            floor: None,
            ranked: false,
            held: false,
        }
    }

    /// The layer a receiver gets who wants none above `wanted`: the highest active one that is
    /// steady, or the lowest of those above when there is none below.
    pub fn best_layer(&self, wanted: usize) -> Option<usize> {
        let active = |index: &usize| self.layers[*index].active;
        let steady = |index: &usize| active(index) && self.layers[*index].steady_from.is_none();
        let below = 0..self.layers.len().min(wanted.saturating_add(1));
        let best = below.clone().rev().find(steady).or_else(|| below.rev().find(active));
        best.or_else(|| (0..self.layers.len()).find(active))
    }

    /// Whether packets of a source come, that can be forwarded until those of another do.
    pub fn sends(&self, source: Source) -> bool {
        let layer = self.layers.get(source.layer);
        layer.is_some_and(|layer| layer.active && layer.generation == source.generation)
    }

    /// Note a frame of the lowest layer that is sent, which the others have as well. Returns those that
    /// have not come with it for so long that they count as stopped, and whether one that did stop is
    /// steady again.
    pub fn pass_by(&mut self, index: usize, now: Instant) -> (Vec<usize>, bool) {
        let (mut stopped, mut steadied) = (Vec::new(), false);
        if self.layers[..index].iter().any(|layer| layer.active) {
            return (stopped, steadied);
        }
        for (above, layer) in self.layers.iter_mut().enumerate().skip(index + 1) {
            layer.passed_by += 1;
            if layer.active && layer.passed_by >= PASSED_BY {
                stopped.push(above);
            } else if layer.active && layer.steady_from.is_some_and(|from| now >= from) {
                layer.steady_from = None;
                steadied = true;
            }
        }
        (stopped, steadied)
    }

    /// A layer with the SSRC it has at present.
    pub fn source(&self, layer: usize) -> Source {
        Source { layer, generation: self.layers[layer].generation }
    }

    /// The layer of that name; a track without simulcast has one for all.
    pub fn layer_named(&self, rid: Option<&Rid>) -> Option<usize> {
        match rid {
            _ if self.layers.len() == 1 && self.layers[0].rid.0.is_empty() => Some(0),
            Some(rid) => self.layers.iter().position(|layer| layer.rid == *rid),
            None => None,
        }
    }
}

impl Layer {
    fn new(rid: Rid, video: bool) -> Layer {
        Layer {
            rid,
            ssrc: None,
            repair: None,
            pt: None,
            generation: 0,
            redundant: false,
            active: false,
            last_packet: Instant::default(),
            reception: Reception::default(),
            missing: Missing::new(if video { Limits::VIDEO } else { Limits::AUDIO }),
            seen: Window::default(),
            clock: None,
            history: if video {
                History::new(1024, 768 * 1024)
            } else {
                History::new(128, 32 * 1024)
            },
            volume: Volume::default(),
            key_frame: KeyFrameRequests::default(),
            silence_alarm: None,
            missing_alarm: None,
            passed_by: 0,
            steady_from: None,
            dependency: dependency::Stream::default(),
            timestamp: None,
            newest: None,
            video,
        }
    }

    /// Begin with an SSRC, forgetting all about the one before, which is returned.
    pub fn latch(&mut self, ssrc: Ssrc) -> Option<Ssrc> {
        let before = self.ssrc;
        let rid = std::mem::replace(&mut self.rid, Rid("".into()));
        *self = Layer {
            ssrc: Some(ssrc),
            generation: self.generation + 1,
            active: self.active,
            last_packet: self.last_packet,
            key_frame: KeyFrameRequests { newest: None, ..std::mem::take(&mut self.key_frame) },
            silence_alarm: self.silence_alarm,
            ..Layer::new(rid, self.video)
        };
        before
    }

    /// Of a packet in the history.
    pub fn timestamp_of(&self, seq: SeqNo) -> Option<u32> {
        Some(Header::parse(self.history.get(seq)?)?.timestamp)
    }

    /// Whether all packets are here of the key frame that begins with this one.
    pub fn has_whole_key_frame(&self, start: SeqNo) -> bool {
        let header = |seq| Header::parse(self.history.get(seq)?);
        let Some(timestamp) = self.timestamp_of(start) else { return false };
        for seq in (start.0..).map(SeqNo) {
            match header(seq) {
                None => return false,
                Some(header) if header.marker || header.timestamp != timestamp => return true,
                Some(_) => {}
            }
        }
        false
    }

    /// Whether a packet is the first to come of a frame.
    pub fn is_new_frame(&self, timestamp: u32) -> bool {
        self.newest.is_none_or(|(_, of)| timestamp.wrapping_sub(of) as i32 > 0)
    }

    /// It sends, or goes on sending only now.
    pub fn resume(&mut self, now: Instant) {
        self.steady_from = self.steady_from.map(|_| now + STEADY);
    }

    /// It stopped while somebody watched it.
    pub fn distrust(&mut self, now: Instant) {
        self.steady_from = Some(now + STEADY);
    }

    /// Whether it has been silent for so long that it counts as stopped.
    pub fn is_silent(&self, now: Instant) -> bool {
        now.since(self.last_packet) >= SILENCE
    }

    pub fn silence_due(&self) -> Instant {
        self.last_packet + SILENCE
    }

    /// Look into a packet that has just come.
    pub fn inspect(
        &mut self,
        codec: Codec,
        (seq, timestamp): (SeqNo, u32),
        payload: &[u8],
        descriptor: Option<&[u8]>,
    ) -> Frame {
        let mut frame = codec.inspect(payload);
        frame.starts_key_frame |= frame.starts_if_first && self.begins_frame(seq, timestamp);
        if self.newest.is_none_or(|(newest, _)| seq > newest) {
            self.newest = Some((seq, timestamp));
        }
        match descriptor {
            Some(bytes) => frame.described(bytes, self.dependency.read(bytes)),
            None => frame,
        }
    }

    /// Whether the packet before this one is known to belong to another frame.
    fn begins_frame(&self, seq: SeqNo, timestamp: u32) -> bool {
        self.newest.is_some_and(|(newest, of)| newest.next() == seq && of != timestamp)
    }

    /// The timestamp extended past its wrap, and the ticks since the newest packet before it.
    pub fn extend_timestamp(&mut self, wire: u32) -> (u64, Option<u64>) {
        let before = self.timestamp;
        let extended = extend(before.unwrap_or(u64::from(wire)), u64::from(wire), 32);
        self.timestamp = Some(before.map_or(extended, |before| before.max(extended)));
        (extended, before.and_then(|before| extended.checked_sub(before)))
    }

    /// Count a packet for what each layer inside the stream takes.
    pub fn measure(&mut self, frame: &Frame, size: usize) {
        match (frame.vp8, frame.dependency, self.dependency.structure(), frame.vp9) {
            (None, Some(descriptor), Some(structure), _) => {
                self.volume.record_described(&descriptor, structure, size);
            }
            (None, _, _, Some(vp9)) => {
                let layer = dependency::Layer { spatial: vp9.spatial, temporal: vp9.temporal };
                self.volume.record(layer, size);
            }
            (vp8, ..) => {
                let temporal = vp8.map_or(0, |frame| frame.temporal);
                self.volume.record(dependency::Layer { spatial: 0, temporal }, size);
            }
        }
    }

    pub fn remember(&mut self, seq: SeqNo, packet: &[u8]) {
        self.history.insert(seq, packet);
    }
}

impl KeyFrameRequests {
    /// When the next request for layer `index` may go out.
    pub fn due(&self, now: Instant, index: usize) -> Instant {
        let throttle = if index == 0 { THROTTLE_LOWEST } else { THROTTLE };
        self.asked_at.map_or(now, |at| (at + throttle).max(now))
    }

    /// One goes out now; ask again later, unless a key frame comes.
    pub fn sent(&mut self, now: Instant) -> Instant {
        self.asked_at = Some(now);
        self.wanted = false;
        now + RETRY
    }
}

/// A layer without packets for so long has stopped. Raising it shows a frozen layer longer, lowering
/// it takes pauses of discontinuous transmission for the end.
const SILENCE: Duration = Duration::from_secs(2);

/// A layer stopped when so many frames of the lowest come without any of it: encoders make them at
/// the same times. Raising it shows a frozen layer longer, lowering it takes dropped frames for the end.
const PASSED_BY: u32 = 6;

/// A layer that stopped must go on for so long before anybody is sent it again: each change shows a
/// still picture for a moment. Raising it shows less than would be there.
const STEADY: Duration = Duration::from_secs(2);

/// Between two requests, for the lowest layer and for the others, whose key frames are larger.
/// Raising it delays newcomers, lowering it costs everybody bandwidth.
const THROTTLE_LOWEST: Duration = Duration::from_millis(500);
const THROTTLE: Duration = Duration::from_millis(1000);

/// A request that brought nothing by then was lost.
const RETRY: Duration = Duration::from_millis(1000);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_layer_is_asked_for_key_frames_more_often_than_the_others() {
        for (layer, expected) in [(0, 500), (1, 1_000), (2, 1_000)] {
            let mut request = KeyFrameRequests::default();
            let start = Instant::default();
            assert_eq!(request.due(start, layer), start);
            request.sent(start);
            assert_eq!(request.due(start, layer).since(start).as_millis(), expected);
        }
    }
}

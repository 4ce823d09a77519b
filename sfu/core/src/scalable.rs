//! What one subscription gets of a stream with layers inside: which frames, so that a decoder can
//! follow each of them, and their counters, which go on when the source changes.

use crate::codec::dependency::{Descriptor, Indication, Layer, Stream, Structure, Told};
use crate::codec::{Frame, vp9};
use crate::counters::Drop;
use crate::ids::extend;

/// The layers of one source that are forwarded at present.
#[derive(Default)]
pub struct Selection {
    current: Option<Layer>,
    frames: Frames,
    /// The frame at which the decode target changed last.
    switched_at: Option<u64>,
    lacks_key_frame: bool,
    sent: Counters,
    shift: Shift,
}

/// How the fields of a packet that speak of layers and frames leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewriting {
    /// Nothing more of the picture is forwarded.
    pub marker: bool,
    /// The frame number of the dependency descriptor.
    pub number: Option<u16>,
    pub told: Option<Told>,
    /// What is added to the counters of VP9.
    pub picture_id: u16,
    pub tl0: u8,
}

/// The counters of the newest packet sent.
#[derive(Clone, Copy, Default)]
struct Counters {
    number: Option<u16>,
    picture_id: Option<u16>,
    tl0: Option<u8>,
}

/// What is added to the counters of the source.
#[derive(Clone, Copy, Default)]
struct Shift {
    number: u16,
    picture_id: u16,
    tl0: u8,
}

impl Selection {
    /// Go on with another source, or with the same after a pause, at this packet.
    pub fn begin(&mut self, frame: &Frame) {
        let Counters { number, picture_id, tl0 } = Counters::of(frame);
        let follow = |sent: Option<u16>, own: Option<u16>| match (sent, own) {
            (Some(sent), Some(own)) => sent.wrapping_add(1).wrapping_sub(own),
            _ => 0,
        };
        self.shift = Shift {
            number: follow(self.sent.number, number),
            picture_id: follow(self.sent.picture_id, picture_id),
            tl0: follow(self.sent.tl0.map(u16::from), tl0.map(u16::from)) as u8,
        };
        self.current = None;
        self.switched_at = None;
        self.frames = number.map(Frames::beginning_with).unwrap_or_default();
    }

    /// Decide whether a packet belongs to what is forwarded of its stream, `limit` at most.
    pub fn admit(
        &mut self,
        frame: &Frame,
        stream: &Stream,
        limit: Layer,
    ) -> Result<Rewriting, Drop> {
        let (marker, told) = match (frame.dependency, stream.structure(), frame.vp9) {
            // VP8's own descriptor says all there is to know of its temporal layers.
            _ if frame.vp8.is_some() => (false, None),
            (Some(descriptor), Some(structure), _) => {
                self.admit_described(&descriptor, stream, structure, limit)?
            }
            (_, _, Some(descriptor)) => (self.admit_vp9(&descriptor, limit)?, None),
            _ => (false, None),
        };
        Ok(Rewriting {
            marker,
            number: frame.number.map(|number| number.wrapping_add(self.shift.number)),
            told,
            picture_id: self.shift.picture_id,
            tl0: self.shift.tl0,
        })
    }

    /// The newest packet of all is sent.
    pub fn note(&mut self, frame: &Frame) {
        let Counters { number, picture_id, tl0 } = Counters::of(frame);
        let shift = self.shift;
        self.sent = Counters {
            number: number.map(|number| number.wrapping_add(shift.number)).or(self.sent.number),
            picture_id: picture_id.map(|_| shifted_id(frame.vp9, shift)).or(self.sent.picture_id),
            tl0: tl0.map(|tl0| tl0.wrapping_add(shift.tl0)).or(self.sent.tl0),
        };
    }

    /// Whether only a key frame leads to the layers that are wanted; asking resets it.
    pub fn take_lack(&mut self) -> bool {
        std::mem::take(&mut self.lacks_key_frame)
    }

    fn admit_described(
        &mut self,
        descriptor: &Descriptor,
        stream: &Stream,
        structure: &Structure,
        limit: Layer,
    ) -> Result<(bool, Option<Told>), Drop> {
        let number = self.frames.extend(descriptor.number).ok_or(Drop::BeforeSwitch)?;
        let sent = match self.frames.get(number) {
            Some(sent) => sent,
            None => self.decide(descriptor, number, stream, structure, limit),
        };
        let current = self.current.unwrap_or(limit);
        if !sent {
            return Err(reason(descriptor.layer, current));
        }
        let marker = descriptor.ends_frame && descriptor.layer.spatial == current.spatial;
        Ok((marker, self.tell(descriptor, number, stream, structure)))
    }

    /// Decide on a frame that is seen for the first time; it may be the one to change the target at.
    fn decide(
        &mut self,
        descriptor: &Descriptor,
        number: u64,
        stream: &Stream,
        structure: &Structure,
        limit: Layer,
    ) -> bool {
        let wanted = best_target(stream, structure, limit);
        let current = self.current.and_then(|layer| structure.target_of(layer));
        let target = match current {
            Some(current) if current != wanted && !self.may_switch(descriptor, number, wanted) => {
                current
            }
            _ => wanted,
        };
        if current != Some(target) {
            self.current = structure.targets().get(target).copied();
            self.switched_at = Some(number);
        }
        let is_part = descriptor.indications.of(target) != Indication::NotPresent;
        // Packets that overtook those which lead to them: the frame needs one that was left out.
        let is_broken = is_part && self.references(descriptor, number).any(|of| of == Some(false));
        self.lacks_key_frame |= is_broken;
        let sent = is_part && !is_broken;
        self.frames.put(number, sent);
        sent
    }

    /// A receiver can go on with a decode target after a frame that says so, once it has that frame:
    /// it needs all which the frame is predicted from.
    fn may_switch(&mut self, descriptor: &Descriptor, number: u64, target: usize) -> bool {
        if descriptor.indications.of(target) != Indication::Switch {
            return false;
        }
        let mut references = descriptor.references.distances().iter();
        let can_decode = references.all(|distance| {
            number.checked_sub(u64::from(*distance)).and_then(|of| self.frames.get(of))
                == Some(true)
        });
        // Without this chance in the lowest temporal layer there will be none.
        self.lacks_key_frame |= !can_decode && descriptor.layer.temporal == 0;
        can_decode
    }

    /// Whether each frame was sent that a frame is predicted from, as far as that is known.
    fn references<'a>(
        &'a self,
        descriptor: &'a Descriptor,
        number: u64,
    ) -> impl Iterator<Item = Option<bool>> + 'a {
        let distances = descriptor.references.distances().iter();
        distances.map(move |distance| self.frames.get(number.checked_sub(u64::from(*distance))?))
    }

    /// Which decode targets a subscriber must take for active: those it gets whole. It is told with
    /// each structure, with each change, and when the publisher tells it.
    fn tell(
        &self,
        descriptor: &Descriptor,
        number: u64,
        stream: &Stream,
        structure: &Structure,
    ) -> Option<Told> {
        let place = descriptor.place;
        if !descriptor.attached && !place.is_told && self.switched_at != Some(number) {
            return None;
        }
        let contained = structure.contained_in(structure.target_of(self.current?)?);
        let targets = 0..structure.targets().len();
        let active =
            targets.filter(|target| stream.is_active(*target) && contained >> target & 1 == 1);
        Some(Told { active: active.fold(0, |mask, target| mask | 1 << target), place })
    }

    /// Where no dependency descriptor comes, VP9's own says less: lower spatial layers are always
    /// forwarded, and more of them only from a key frame on (RFC 9628 §4.2).
    fn admit_vp9(&mut self, descriptor: &vp9::Descriptor, limit: Layer) -> Result<bool, Drop> {
        let mut current = self.current.unwrap_or(limit);
        if descriptor.starts_key_frame() {
            current = limit;
        } else if descriptor.starts_frame && descriptor.spatial == 0 {
            current.spatial = current.spatial.min(limit.spatial);
            current.temporal = current.temporal.min(limit.temporal);
            if descriptor.temporal <= current.temporal && descriptor.may_rise {
                current.temporal = limit.temporal;
            }
            self.lacks_key_frame |= descriptor.temporal == 0 && current.temporal < limit.temporal;
        }
        self.current = Some(current);
        if descriptor.spatial > current.spatial || descriptor.temporal > current.temporal {
            let is_wanted = descriptor.spatial <= limit.spatial;
            self.lacks_key_frame |= descriptor.spatial > current.spatial && is_wanted;
            let layer = Layer { spatial: descriptor.spatial, temporal: descriptor.temporal };
            return Err(reason(layer, current));
        }
        Ok(descriptor.ends_frame && descriptor.spatial == current.spatial)
    }
}

impl Counters {
    fn of(frame: &Frame) -> Counters {
        Counters {
            number: frame.number,
            picture_id: frame.vp9.and_then(|vp9| vp9.picture_id).map(|id| id.value),
            tl0: frame.vp9.and_then(|vp9| vp9.tl0).map(|(_, value)| value),
        }
    }
}

fn shifted_id(vp9: Option<vp9::Descriptor>, shift: Shift) -> u16 {
    vp9.and_then(|vp9| vp9.picture_id).map_or(0, |id| id.shifted(shift.picture_id))
}

fn reason(layer: Layer, current: Layer) -> Drop {
    if layer.temporal > current.temporal { Drop::HigherTemporalLayer } else { Drop::OtherLayer }
}

/// The highest active decode target within the limit; the lowest of all when there is none.
fn best_target(stream: &Stream, structure: &Structure, limit: Layer) -> usize {
    let within = |layer: &Layer| layer.spatial <= limit.spatial && layer.temporal <= limit.temporal;
    let targets = || structure.targets().iter().enumerate();
    let active = targets().filter(|(target, _)| stream.is_active(*target));
    let best = active.filter(|(_, layer)| within(layer)).max_by_key(|(_, layer)| **layer);
    let lowest = || targets().min_by_key(|(_, layer)| **layer);
    best.or_else(lowest).map_or(0, |(target, _)| target)
}

/// Which of the latest frames were sent, by their numbers.
#[derive(Default)]
struct Frames {
    first: u64,
    newest: Option<u64>,
    known: [u64; WORDS],
    sent: [u64; WORDS],
}

impl Frames {
    /// All before this number belongs to the time before.
    fn beginning_with(number: u16) -> Frames {
        // From the second period on, the numbers before the first are positive too.
        let first = u64::from(number) + (1 << 16);
        Frames { first, newest: Some(first), ..Frames::default() }
    }

    /// The number past its wrap; `None` for a frame from before the beginning.
    fn extend(&self, number: u16) -> Option<u64> {
        let newest = self.newest.unwrap_or(1 << 16);
        Some(extend(newest, u64::from(number), 16)).filter(|number| *number >= self.first)
    }

    fn get(&self, number: u64) -> Option<bool> {
        let newest =
            self.newest.filter(|newest| number <= *newest && newest - number < REMEMBERED)?;
        let (word, bit) = place(number);
        let is_known = newest >= number && self.known.get(word)? & bit != 0;
        is_known.then_some(self.sent.get(word)? & bit != 0)
    }

    fn put(&mut self, number: u64, sent: bool) {
        let newest = self.newest.unwrap_or(number);
        if newest >= number + REMEMBERED {
            return;
        }
        for skipped in newest + 1..=number.min(newest + REMEMBERED) {
            self.set(skipped, false, false);
        }
        self.newest = Some(newest.max(number));
        self.set(number, true, sent);
    }

    fn set(&mut self, number: u64, is_known: bool, is_sent: bool) {
        let (word, bit) = place(number);
        for (words, value) in [(&mut self.known, is_known), (&mut self.sent, is_sent)] {
            if let Some(word) = words.get_mut(word) {
                *word = if value { *word | bit } else { *word & !bit };
            }
        }
    }
}

fn place(number: u64) -> (usize, u64) {
    ((number % REMEMBERED / 64) as usize, 1 << (number % 64))
}

/// Frames remembered, to know whether a decoder has what another frame is predicted from: three
/// seconds of three spatial layers at 60 frames a second. Raising it costs a quarter byte for each.
const REMEMBERED: u64 = 64 * WORDS as u64;
const WORDS: usize = 8;

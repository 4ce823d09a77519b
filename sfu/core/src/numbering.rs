//! Renumbering of one outgoing stream: sequence numbers, timestamps and VP8's counters go on without
//! a gap that was not in the input, never backwards, and no number is given twice.

use std::collections::VecDeque;

use crate::codec::vp8;
use crate::ids::SeqNo;

/// How incoming numbers become outgoing ones.
pub struct Numbering {
    /// Each holds from its first number on; before the first of all nothing is mapped.
    spans: VecDeque<Span>,
    highest_in: Option<SeqNo>,
    highest_out: SeqNo,
    /// The picture whose packets are being left out.
    skipped_picture: Option<u16>,
    last: Last,
}

/// What is added to the numbers of packets from `from` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    from: SeqNo,
    seq: u64,
    pub shift: Shift,
}

/// What is added to timestamp and codec counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    pub timestamp: u32,
    pub vp8: vp8::Shift,
}

/// The counters of the latest packet sent in order.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    picture_id: Option<u16>,
    tl0: Option<u8>,
}

impl Numbering {
    /// Continue after `highest_out`, the last number ever used with this SSRC.
    pub fn new(highest_out: SeqNo) -> Numbering {
        Numbering {
            spans: VecDeque::new(),
            highest_in: None,
            highest_out,
            skipped_picture: None,
            last: Last::default(),
        }
    }

    pub fn highest_out(&self) -> SeqNo {
        self.highest_out
    }

    /// What is added at present; `None` before the first `begin`.
    pub fn shift(&self) -> Option<Shift> {
        self.spans.back().map(|span| span.shift)
    }

    /// Whether `seq` comes after everything mapped or skipped.
    pub fn is_newest(&self, seq: SeqNo) -> bool {
        self.highest_in.is_none_or(|highest| seq > highest)
    }

    /// Go on with another source at its packet `seq`; what came before that packet is not mapped.
    pub fn begin(&mut self, seq: SeqNo, timestamp: u32, frame: Option<&vp8::Descriptor>) {
        let out = self.highest_out.next();
        let shift = Shift { timestamp, vp8: self.continue_vp8(frame) };
        self.spans.clear();
        self.spans.push_back(Span { from: seq, seq: out.0.wrapping_sub(seq.0), shift });
        self.highest_in = None;
        self.skipped_picture = None;
    }

    /// Leave out a packet. A late one leaves a gap, since its neighbours are numbered already.
    pub fn skip(&mut self, seq: SeqNo, frame: Option<&vp8::Descriptor>) {
        let Some(&current) = self.spans.back() else { return };
        if !self.is_newest(seq) || seq < current.from {
            return;
        }
        self.highest_in = Some(seq);
        let mut next = Span { from: seq.next(), seq: current.seq.wrapping_sub(1), ..current };
        let picture = frame.and_then(|frame| frame.picture_id).map(|id| id.value);
        if picture.is_some() && picture != self.skipped_picture {
            next.shift.vp8.picture_id = next.shift.vp8.picture_id.wrapping_sub(1);
            self.skipped_picture = picture;
        }
        self.push(next);
    }

    /// The outgoing number of a packet to be sent, and what to add to its other counters; `None`
    /// for one from before the beginning. Each packet may be mapped once only.
    pub fn map(&mut self, seq: SeqNo, frame: Option<&vp8::Descriptor>) -> Option<(SeqNo, Shift)> {
        let span = *self.spans.iter().rev().find(|span| span.from <= seq)?;
        let out = SeqNo(seq.0.wrapping_add(span.seq));
        // Also a late packet can have the highest number so far, when later ones were left out.
        self.highest_out = self.highest_out.max(out);
        if self.is_newest(seq) {
            self.highest_in = Some(seq);
            self.note(frame, span.shift.vp8);
        }
        Some((out, span.shift))
    }

    fn push(&mut self, span: Span) {
        let replaces = self.spans.back().is_some_and(|last| last.from == span.from);
        if replaces {
            self.spans.pop_back();
        }
        if self.spans.len() == MAX_SPANS {
            self.spans.pop_front();
        }
        self.spans.push_back(span);
    }

    fn note(&mut self, frame: Option<&vp8::Descriptor>, shift: vp8::Shift) {
        let Some(frame) = frame else { return };
        self.last.picture_id = frame.picture_id.map(|id| id.shifted(shift.picture_id));
        self.last.tl0 = frame.tl0.map(|(_, value)| value.wrapping_add(shift.tl0));
    }

    /// The shift which lets the counters of `frame` follow those sent last.
    fn continue_vp8(&self, frame: Option<&vp8::Descriptor>) -> vp8::Shift {
        let Some(frame) = frame else {
            return vp8::Shift::default();
        };
        let picture_id = match (self.last.picture_id, frame.picture_id) {
            (Some(last), Some(id)) => last.wrapping_add(1).wrapping_sub(id.value),
            _ => 0,
        };
        let tl0 = match (self.last.tl0, frame.tl0) {
            (Some(last), Some((_, value))) => last.wrapping_add(1).wrapping_sub(value),
            _ => 0,
        };
        vp8::Shift { picture_id, tl0 }
    }
}

/// Skips remembered, for packets that come late. Raising it lets later ones through at 32 bytes each.
const MAX_SPANS: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// What a property run does with the next packet.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Act {
        Send,
        Skip,
        Begin,
    }

    fn numbers_of(steps: &[(u64, Act)]) -> Vec<Option<u64>> {
        let mut numbering = Numbering::new(SeqNo(1_000));
        let mut run = |(seq, act): &(u64, Act)| {
            match act {
                Act::Begin => numbering.begin(SeqNo(*seq), 0, None),
                Act::Skip => {
                    numbering.skip(SeqNo(*seq), None);
                    return None;
                }
                Act::Send => {}
            }
            numbering.map(SeqNo(*seq), None).map(|(out, _)| out.0 - 1_000)
        };
        steps.iter().map(&mut run).collect()
    }

    #[test]
    fn numbers_follow_the_table() {
        use Act::{Begin, Send, Skip};
        for (steps, expected) in [
            (&[(5, Send)][..], &[None][..]),
            (&[(5, Begin), (6, Send), (8, Send), (7, Send)], &[Some(1), Some(2), Some(4), Some(3)]),
            (&[(5, Begin), (6, Skip), (7, Send)], &[Some(1), None, Some(2)]),
            (&[(5, Begin), (7, Skip), (8, Send), (6, Send)], &[Some(1), None, Some(3), Some(2)]),
            (&[(5, Begin), (7, Send), (6, Skip), (8, Send)], &[Some(1), Some(3), None, Some(4)]),
            (&[(5, Begin), (4, Send), (6, Send)], &[Some(1), None, Some(2)]),
            (&[(5, Begin), (9, Skip), (8, Send), (2, Begin)], &[Some(1), None, Some(4), Some(5)]),
        ] {
            assert_eq!(numbers_of(steps), expected, "{steps:?}");
        }
    }

    #[test]
    fn no_number_is_given_twice_and_new_packets_never_go_backwards() {
        let mut random = 1u64;
        let mut below = |limit: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % limit
        };
        for _ in 0..200 {
            let mut numbering = Numbering::new(SeqNo(below(70_000)));
            let (mut given, mut offered) = (BTreeSet::new(), BTreeSet::new());
            let mut base = 0;
            for step in 0..500u64 {
                let seq = base + 100 + step - below(12);
                if below(60) == 0 {
                    base = below(1 << 20);
                    offered.clear();
                    numbering.begin(SeqNo(base + 100 + step), 0, None);
                } else if offered.insert(seq) {
                    let newest = numbering.is_newest(SeqNo(seq));
                    let highest = numbering.highest_out();
                    if below(4) == 0 {
                        numbering.skip(SeqNo(seq), None);
                    } else if let Some((out, _)) = numbering.map(SeqNo(seq), None) {
                        assert!(given.insert(out), "{out:?} twice");
                        assert!(!newest || out > highest, "{out:?} after {highest:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_only_gaps_are_those_of_the_input() {
        let mut numbering = Numbering::new(SeqNo(0));
        numbering.begin(SeqNo(10), 0, None);
        let mut outs = Vec::new();
        for seq in (10..400u64).filter(|seq| seq % 50 != 0) {
            if seq % 3 == 1 && seq > 10 {
                numbering.skip(SeqNo(seq), None);
            } else {
                outs.push(numbering.map(SeqNo(seq), None).expect("after the beginning").0.0);
            }
        }
        let missing = outs.windows(2).map(|pair| pair[1] - pair[0] - 1).sum::<u64>();
        assert_eq!(missing, (10..400).filter(|seq| seq % 50 == 0).count() as u64);
    }
}

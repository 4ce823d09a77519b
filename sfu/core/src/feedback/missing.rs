//! Which packets of an incoming stream to ask for again, and when.

use std::collections::VecDeque;
use std::time::Duration;

use crate::ids::SeqNo;
use crate::time::Instant;

/// The gaps of one stream.
#[derive(Default)]
pub struct Missing {
    highest: Option<SeqNo>,
    entries: VecDeque<Entry>,
}

struct Entry {
    seq: SeqNo,
    due: Instant,
    tries: u32,
}

impl Missing {
    /// Note an arrival. False when so much is missing that asking is no use: all is given up.
    pub fn record(&mut self, seq: SeqNo, now: Instant) -> bool {
        match self.highest {
            Some(highest) if seq <= highest => {
                self.remove(seq);
                return true;
            }
            Some(highest) => {
                let gap = seq.0 - highest.0 - 1;
                if self.entries.len() as u64 + gap > MAX_MISSING {
                    self.entries.clear();
                    self.highest = Some(seq);
                    return false;
                }
                let entry = |seq| Entry { seq: SeqNo(seq), due: now + PATIENCE, tries: 0 };
                self.entries.extend((highest.0 + 1..seq.0).map(entry));
            }
            None => {}
        }
        self.highest = Some(seq);
        true
    }

    /// When `take_due` has something next.
    pub fn next_due(&self) -> Option<Instant> {
        self.entries.iter().map(|entry| entry.due).min()
    }

    /// The numbers to ask for now, ascending; one that was asked for often enough is forgotten.
    pub fn take_due(&mut self, now: Instant) -> Vec<u16> {
        self.entries.retain(|entry| entry.tries < MAX_TRIES || entry.due > now);
        let due = self.entries.iter_mut().filter(|entry| entry.due <= now);
        due.map(|entry| {
            entry.tries += 1;
            entry.due = now + RETRY * entry.tries;
            entry.seq.wire()
        })
        .collect()
    }

    fn remove(&mut self, seq: SeqNo) {
        if let Ok(index) = self.entries.binary_search_by_key(&seq, |entry| entry.seq) {
            self.entries.remove(index);
        }
    }
}

/// How long a packet may be late before it is asked for. Raising it delays repair, lowering it asks
/// for what is merely reordered.
const PATIENCE: Duration = Duration::from_millis(5);

/// Wait before the second request; the third comes after twice that, and so on. Raising it delays
/// repair of lost requests, lowering it below the round trip asks for what is under way.
const RETRY: Duration = Duration::from_millis(60);

/// Requests for one packet: with `RETRY` they span 0.9 s, after which no player waits for it.
const MAX_TRIES: u32 = 6;

/// Gaps kept. Above this the stream broke off, and a key frame costs less than repair.
const MAX_MISSING: u64 = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn after(milliseconds: u64) -> Instant {
        Instant::default() + Duration::from_millis(milliseconds)
    }

    fn missing_after(arrivals: &[u64]) -> Missing {
        let mut missing = Missing::default();
        for seq in arrivals {
            missing.record(SeqNo(*seq), after(0));
        }
        missing
    }

    #[test]
    fn only_what_stays_missing_is_asked_for() {
        for (arrivals, expected) in [
            (&[1, 2, 3][..], &[][..]),
            (&[1, 4], &[2, 3]),
            (&[1, 4, 2], &[3]),
            (&[1, 4, 2, 3], &[]),
            (&[65_535, 65_537], &[0]),
            (&[1, 3, 3, 5, 1], &[2, 4]),
        ] {
            let mut missing = missing_after(arrivals);
            assert_eq!(missing.take_due(after(4)), [0; 0], "{arrivals:?}");
            assert_eq!(missing.take_due(after(5)), expected, "{arrivals:?}");
        }
    }

    #[test]
    fn a_packet_is_asked_for_six_times_and_then_given_up() {
        let mut missing = missing_after(&[1, 3]);
        let mut times = Vec::new();
        while let Some(due) = missing.next_due() {
            if !missing.take_due(due).is_empty() {
                times.push(due.since(after(0)).as_millis());
            }
        }
        assert_eq!(times, [5, 65, 185, 365, 605, 905]);
    }

    #[test]
    fn a_stream_that_broke_off_is_not_asked_for() {
        let mut missing = missing_after(&[1, 3]);
        assert!(!missing.record(SeqNo(1_000), after(0)));
        assert_eq!(missing.next_due(), None);
        assert!(missing.record(SeqNo(1_001), after(0)));
    }
}

//! Which packets of an incoming stream to ask for again, and when.

use std::collections::VecDeque;
use std::time::Duration;

use crate::ids::SeqNo;
use crate::time::Instant;

/// The gaps of one stream.
pub struct Missing {
    limits: Limits,
    highest: Option<SeqNo>,
    highest_at: Instant,
    entries: VecDeque<Entry>,
    patience: Duration,
    round_trip: Duration,
    /// How late most of what is repaired comes.
    lateness: Duration,
    rhythm: Rhythm,
}

/// When packets come that come one after the other.
#[derive(Default)]
struct Rhythm {
    newest: Option<(SeqNo, Instant)>,
    /// Between two of them.
    beat: Duration,
    /// From when on the next one is overdue.
    overdue: Option<Instant>,
    /// The latest that came because it was asked for.
    repaired: Option<SeqNo>,
}

/// How long repair is of use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    age: Duration,
    tries: u32,
}

impl Limits {
    /// Raising the age repairs after longer outages and shows a broken picture for longer before a
    /// key frame is asked for.
    pub const VIDEO: Limits = Limits { age: Duration::from_secs(1), tries: 12 };

    /// Players wait for 200 ms or so, and the tap for 250: what comes later is of no use.
    pub const AUDIO: Limits = Limits { age: Duration::from_millis(250), tries: 6 };
}

/// How a packet came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// In its own stream: the first time, late, or sent again without a format for that.
    Stream,
    /// By RTX, which tells that it was asked for.
    Retransmission,
    /// In a later packet that repeats it.
    Redundancy,
}

/// What to do about gaps now.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// To ask for, ascending.
    pub ask: Vec<u16>,
    /// The newest that is given up.
    pub lost: Option<SeqNo>,
    /// The newest that is repaired so slowly that a new picture would be there before.
    pub stuck: Option<SeqNo>,
}

struct Entry {
    seq: SeqNo,
    /// When the packet before the gap came, and the one that showed it.
    after: Instant,
    since: Instant,
    asked: Instant,
    due: Instant,
    tries: u32,
    /// The request is still to be sent a second time.
    again: bool,
}

impl Missing {
    pub fn new(limits: Limits) -> Missing {
        Missing {
            limits,
            highest: None,
            highest_at: Instant::default(),
            entries: VecDeque::new(),
            patience: LEAST_PATIENCE,
            round_trip: DEFAULT_ROUND_TRIP,
            lateness: Duration::ZERO,
            rhythm: Rhythm::default(),
        }
    }

    /// How late nearly all that was missing came: who shows it may wait for so long.
    pub fn lateness(&self) -> Duration {
        self.lateness
    }

    /// Note an arrival. False when so much is missing that asking is no use: all is given up.
    pub fn record(&mut self, seq: SeqNo, way: Way, now: Instant) -> bool {
        self.lateness -= self.lateness / LATENESS_MEMORY;
        let Some(highest) = self.highest.filter(|highest| seq > *highest) else {
            if self.highest.is_none() {
                (self.highest, self.highest_at) = (Some(seq), now);
            }
            self.fill(seq, way, now);
            return true;
        };
        self.highest = Some(seq);
        let after = std::mem::replace(&mut self.highest_at, now);
        let gap = seq.0 - highest.0 - 1;
        if self.entries.len() as u64 + gap > MAX_MISSING {
            self.entries.clear();
            return false;
        }
        let due = now + self.patience;
        let entry = |seq| Entry {
            seq: SeqNo(seq),
            after,
            since: now,
            asked: now,
            due,
            tries: 0,
            again: false,
        };
        self.entries.extend((highest.0 + 1..seq.0).map(entry));
        true
    }

    /// Whether a packet is missing and not given up.
    pub fn awaits(&self, seq: SeqNo) -> bool {
        self.find(seq).is_some()
    }

    /// After the newest packet of a regular stream: the next one follows at once, or only after a
    /// pause. One that should have come is missing, although none after it tells so.
    pub fn expect_next(&mut self, seq: SeqNo, follows: bool, now: Instant) {
        if self.highest != Some(seq) {
            return;
        }
        let Rhythm { newest, beat, overdue, repaired } = &mut self.rhythm;
        let repaired = *repaired == Some(seq);
        let before = newest.take().filter(|(before, _)| before.next() == seq && !repaired);
        *newest = (!repaired).then_some((seq, now));
        let span = before.map(|(_, at)| now.since(at)).filter(|span| *span < LONGEST_BEAT);
        if let Some(span) = span {
            *beat = if beat.is_zero() { span } else { (*beat * 7 + span) / 8 };
        }
        // What was sent after a packet that had to be repeated should be here already.
        let late = if repaired { Duration::ZERO } else { *beat + self.patience.max(JITTER) * 2 };
        *overdue = (follows && !beat.is_zero()).then(|| now + late);
    }

    /// A packet came although it had been repaired: it was late, not lost. Wait longer before asking.
    pub fn note_needless_repair(&mut self) {
        self.patience = (self.patience * 3 / 2).min(MOST_PATIENCE);
    }

    /// When `take_due` has something next.
    pub fn next_due(&self) -> Option<Instant> {
        let due = self.entries.iter().map(|entry| entry.due).min();
        due.into_iter().chain(self.rhythm.overdue).min()
    }

    /// Between which moments each packet should have come that is neither here nor given up.
    pub fn unrepaired(&self) -> impl Iterator<Item = [Instant; 2]> + '_ {
        self.entries.iter().map(|entry| [entry.after, entry.since])
    }

    /// What to ask for now; everything is asked for twice. What was asked for often enough, or is too old, is given up.
    pub fn take_due(&mut self, now: Instant) -> Due {
        self.miss_overdue(now);
        let Limits { age, tries } = self.limits;
        let retry = self.round_trip + self.patience.max(JITTER);
        let mut due = Due::default();
        self.entries.retain_mut(|entry| {
            if entry.due > now {
                return true;
            }
            if !entry.again && (entry.tries >= tries || now.since(entry.since) >= age) {
                due.lost = Some(entry.seq);
                return false;
            }
            if entry.tries >= STUCK_TRIES && now.since(entry.since) >= STUCK {
                due.stuck = Some(entry.seq);
            }
            due.ask.push(entry.seq.wire());
            entry.again = !entry.again;
            if entry.again {
                entry.tries += 1;
                entry.asked = now;
                entry.due = now + AGAIN;
            } else {
                entry.due = entry.asked + retry * (1 + entry.tries / STEADY_TRIES);
            }
            true
        });
        due
    }

    fn miss_overdue(&mut self, now: Instant) {
        if self.rhythm.overdue.is_none_or(|overdue| now < overdue) {
            return;
        }
        self.rhythm.overdue = None;
        let Some(next) = self.highest.map(SeqNo::next) else { return };
        self.highest = Some(next);
        let after = self.highest_at;
        let entry =
            Entry { seq: next, after, since: now, asked: now, due: now, tries: 0, again: false };
        self.entries.push_back(entry);
    }

    fn find(&self, seq: SeqNo) -> Option<usize> {
        self.entries.binary_search_by_key(&seq, |entry| entry.seq).ok()
    }

    fn fill(&mut self, seq: SeqNo, way: Way, now: Instant) {
        let Some(entry) = self.find(seq).and_then(|index| self.entries.remove(index)) else {
            return;
        };
        self.lateness += now.since(entry.since).saturating_sub(self.lateness) / LATENESS_GAIN;
        if entry.tries == 0 || way == Way::Redundancy {
            return;
        }
        self.rhythm.repaired = Some(seq);
        let waited = now.since(entry.asked);
        // What comes so soon was under way when it was asked for.
        let needless = way == Way::Stream && entry.tries == 1 && waited * 3 < self.round_trip;
        if entry.tries == 1 {
            self.measure((self.round_trip * 3 + waited) / 4);
        } else if waited < self.round_trip {
            // The answer to an earlier request: the round trip is longer than we think. Else it
            // cannot be told which request was answered (Karn's algorithm).
            self.measure(self.round_trip * 9 / 8);
        }
        if needless {
            self.note_needless_repair();
        } else {
            self.patience = (self.patience * 15 / 16).max(LEAST_PATIENCE);
        }
    }

    fn measure(&mut self, round_trip: Duration) {
        self.round_trip = round_trip.clamp(LEAST_ROUND_TRIP, MOST_ROUND_TRIP);
    }
}

/// How long a packet may be late before it is asked for, at least and at most: as long as it takes
/// on this path. Raising it delays repair, lowering it asks for what is merely reordered.
const LEAST_PATIENCE: Duration = Duration::from_millis(5);
const MOST_PATIENCE: Duration = Duration::from_millis(80);

/// Added to the round trip before asking again. Raising it delays repair of lost requests, lowering
/// it asks for what is under way.
const JITTER: Duration = Duration::from_millis(10);

/// Between two requests for the same, as a request may be lost too. libwebrtc repeats a packet once a
/// round trip, however often it is asked. Raising it outlasts longer bursts, and repairs later.
const AGAIN: Duration = Duration::from_millis(10);

/// How fast the lateness follows what comes later than it, and in how many packets it is forgotten.
/// Raising the one or the other leaves more, or less, out of account.
const LATENESS_GAIN: u32 = 8;
const LATENESS_MEMORY: u32 = 4_000;

/// Audio has packets of 10 to 60 ms; what takes longer was a pause.
const LONGEST_BEAT: Duration = Duration::from_millis(80);

/// What is still missing after so many requests and so long waits for a key frame as well. Raising
/// them shows a still picture for longer, lowering them asks for key frames that cost more than repair.
const STUCK_TRIES: u32 = 3;
const STUCK: Duration = Duration::from_millis(350);

/// The round trip while no answer told it, and its bounds.
const DEFAULT_ROUND_TRIP: Duration = Duration::from_millis(60);
const LEAST_ROUND_TRIP: Duration = Duration::from_millis(10);
const MOST_ROUND_TRIP: Duration = Duration::from_millis(500);

/// Requests at the pace of the round trip; the next as many come half as often, and so on.
const STEADY_TRIES: u32 = 6;

/// Gaps kept. Above this the stream broke off, and a key frame costs less than repair.
const MAX_MISSING: u64 = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn after(milliseconds: u64) -> Instant {
        Instant::default() + Duration::from_millis(milliseconds)
    }

    fn missing_after(arrivals: &[u64]) -> Missing {
        let mut missing = Missing::new(Limits::VIDEO);
        for seq in arrivals {
            missing.record(SeqNo(*seq), Way::Stream, after(0));
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
            assert_eq!(missing.take_due(after(4)), Due::default(), "{arrivals:?}");
            assert_eq!(missing.take_due(after(5)).ask, expected, "{arrivals:?}");
        }
    }

    fn requests(limits: Limits) -> (Vec<u128>, Option<SeqNo>) {
        let mut missing = Missing { limits, ..missing_after(&[1, 3]) };
        let (mut times, mut lost) = (Vec::new(), None);
        while let Some(at) = missing.next_due() {
            let due = missing.take_due(at);
            times.extend(due.ask.iter().map(|_| at.since(after(0)).as_millis()));
            lost = lost.or(due.lost);
        }
        (times, lost)
    }

    #[test]
    fn a_packet_is_asked_for_at_the_pace_of_the_round_trip_while_it_is_of_use() {
        let video = [5, 75, 145, 215, 285, 355, 495, 635, 775, 915];
        let twice = |times: &[u128]| times.iter().flat_map(|at| [*at, at + 10]).collect();
        assert_eq!(requests(Limits::VIDEO), (twice(&video), Some(SeqNo(2))));
        assert_eq!(requests(Limits::AUDIO), (twice(&[5, 75, 145, 215]), Some(SeqNo(2))));
    }

    #[test]
    fn the_round_trip_is_learned_from_answers() {
        for round_trip in [20, 60, 120, 300] {
            let mut missing = Missing::new(Limits::VIDEO);
            missing.record(SeqNo(0), Way::Stream, after(0));
            for seq in (2..80).step_by(2) {
                let start = seq * 10_000;
                missing.record(SeqNo(seq), Way::Stream, after(start));
                let answer = start + 5 + round_trip;
                (start..answer).for_each(|time| drop(missing.take_due(after(time))));
                missing.record(SeqNo(seq - 1), Way::Retransmission, after(answer));
            }
            let learned = missing.round_trip.as_millis();
            assert!((round_trip - 1..=round_trip * 3 / 2).contains(&(learned as u64)), "{learned}");
        }
    }

    #[test]
    fn where_packets_come_late_it_waits_longer_and_where_they_are_lost_not() {
        let mut missing = Missing::new(Limits::VIDEO);
        missing.record(SeqNo(0), Way::Stream, after(0));
        let mut asked = Vec::new();
        for seq in (2..400).step_by(2) {
            let start = after(seq * 1_000);
            missing.record(SeqNo(seq), Way::Stream, start);
            let late = seq < 200;
            let due = missing.take_due(start + Duration::from_millis(20)).ask.len();
            asked.push(due);
            let (way, wait) = if late { (Way::Stream, 21) } else { (Way::Retransmission, 200) };
            missing.take_due(start + Duration::from_millis(80));
            missing.record(SeqNo(seq - 1), way, start + Duration::from_millis(wait));
        }
        assert!(asked[..100].iter().sum::<usize>() < 15, "{asked:?}");
        assert_eq!(asked[asked.len() - 20..], [1; 20]);
    }

    /// Packets 1 to 10 come every 20 ms; 11 does not. Returns what is asked for, and when.
    fn asked_after_ten(follows: bool) -> (Missing, Vec<(u16, u64)>) {
        let mut missing = Missing::new(Limits::AUDIO);
        let mut asked = Vec::new();
        for time in 0..1_000 {
            if time % 20 == 0 && time < 200 {
                let seq = SeqNo(1 + time / 20);
                missing.record(seq, Way::Stream, after(time));
                missing.expect_next(seq, seq.0 < 10 || follows, after(time));
            }
            let due = missing.take_due(after(time)).ask;
            asked.extend(due.into_iter().map(|seq| (seq, time)));
        }
        (missing, asked)
    }

    #[test]
    fn the_next_packet_of_a_regular_stream_is_asked_for_when_it_is_overdue() {
        let (mut missing, asked) = asked_after_ten(true);
        assert_eq!(asked[..3], [(11, 220), (11, 230), (11, 290)]);
        assert!(asked.iter().all(|(seq, _)| *seq == 11));
        missing.record(SeqNo(12), Way::Stream, after(1_000));
        assert!(missing.take_due(after(2_000)).ask.is_empty());
    }

    #[test]
    fn after_the_packet_before_a_pause_nothing_is_asked_for() {
        let (mut missing, asked) = asked_after_ten(false);
        assert!(asked.is_empty());
        missing.record(SeqNo(12), Way::Stream, after(1_000));
        assert_eq!(missing.take_due(after(1_010)).ask, [11]);
    }

    #[test]
    fn what_follows_a_packet_that_had_to_be_repeated_is_asked_for_at_once() {
        for (follows, expected) in [(true, &[13, 13][..]), (false, &[])] {
            let mut missing = Missing::new(Limits::AUDIO);
            for seq in [10, 11] {
                missing.record(SeqNo(seq), Way::Stream, after(seq * 20));
                missing.expect_next(SeqNo(seq), true, after(seq * 20));
            }
            let asked = (240..280).flat_map(|time| missing.take_due(after(time)).ask);
            assert_eq!(asked.collect::<Vec<_>>(), [12, 12]);
            missing.record(SeqNo(12), Way::Stream, after(320));
            missing.expect_next(SeqNo(12), follows, after(320));
            let asked = (320..335).flat_map(|time| missing.take_due(after(time)).ask);
            assert_eq!(asked.collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn what_stays_missing_is_stuck_before_it_is_given_up() {
        let mut missing = missing_after(&[1, 3]);
        let mut stuck = Vec::new();
        while let Some(at) = missing.next_due() {
            let due = missing.take_due(at);
            stuck.extend(due.stuck.map(|_| at.since(after(0)).as_millis()));
        }
        assert_eq!(stuck.first(), Some(&355));
    }

    #[test]
    fn an_overdue_packet_that_comes_is_not_missing() {
        let mut missing = Missing::new(Limits::AUDIO);
        for seq in 1..=3 {
            missing.record(SeqNo(seq), Way::Stream, after(seq * 20));
            missing.expect_next(SeqNo(seq), true, after(seq * 20));
        }
        assert_eq!(missing.take_due(after(100)).ask, [4]);
        assert!(missing.awaits(SeqNo(4)));
        assert!(missing.record(SeqNo(4), Way::Stream, after(105)));
        assert!(!missing.awaits(SeqNo(4)));
        missing.record(SeqNo(6), Way::Stream, after(140));
        assert_eq!(missing.take_due(after(240)).ask, [5]);
    }

    #[test]
    fn a_stream_that_broke_off_is_not_asked_for() {
        let mut missing = missing_after(&[1, 3]);
        assert!(!missing.record(SeqNo(1_000), Way::Stream, after(0)));
        assert_eq!(missing.next_due(), None);
        assert!(missing.record(SeqNo(1_001), Way::Stream, after(0)));
    }
}

//! Who speaks: levels of RFC 6464 smoothed over windows of media time, and the ranking.

use std::time::Duration;

use crate::ids::PublicationId;
use crate::time::Instant;

/// The loudness of one audio publication.
pub struct Loudness {
    observed: u32,
    active: u32,
    loudest: u8,
    smoothed: f64,
    last: Instant,
}

impl Default for Loudness {
    fn default() -> Loudness {
        let last = Instant::default();
        Loudness { observed: 0, active: 0, loudest: SILENT, smoothed: 0.0, last }
    }
}

impl Loudness {
    /// Note a packet: its level in -dBov and the 48 kHz samples since the one before.
    pub fn observe(&mut self, level: u8, samples: u32, now: Instant) {
        self.last = now;
        self.observed += samples.min(WINDOW);
        if level <= ACTIVE_LEVEL {
            self.active += samples.min(LONGEST_PACKET);
            self.loudest = self.loudest.min(level);
        }
        if self.observed >= WINDOW {
            self.close_window();
        }
    }

    /// The linear level, or `None` for one who does not speak.
    pub fn level(&self, now: Instant) -> Option<f64> {
        let fresh = now.since(self.last) <= STALE;
        (fresh && self.smoothed >= linear(f64::from(ACTIVE_LEVEL))).then_some(self.smoothed)
    }

    /// Whether anything was heard lately.
    pub fn is_fresh(&self, now: Instant) -> bool {
        now.since(self.last) <= STALE
    }

    fn close_window(&mut self) {
        let share = f64::from(self.active) / f64::from(WINDOW);
        self.smoothed = if share >= ACTIVE_SHARE {
            let level = linear(f64::from(self.loudest) - 20.0 * share.min(1.0).log10());
            self.smoothed + (level - self.smoothed) * SMOOTHING
        } else {
            0.0
        };
        (self.observed, self.active, self.loudest) = (0, 0, SILENT);
    }
}

/// The list of speakers as it was told last.
#[derive(Default)]
pub struct Speakers {
    told: Vec<(PublicationId, u8)>,
}

impl Speakers {
    /// Rank the levels, loudest first; `None` when the listener would see no difference.
    pub fn update(
        &mut self,
        mut levels: Vec<(PublicationId, f64)>,
    ) -> Option<Vec<(PublicationId, f64)>> {
        levels.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut seen: Vec<_> = levels.iter().map(|(id, level)| (*id, eighths(*level))).collect();
        seen.sort_unstable();
        let changed = seen != self.told;
        self.told = seen;
        changed.then_some(levels)
    }

    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }
}

/// How fine a level is shown.
fn eighths(level: f64) -> u8 {
    (level * 8.0).ceil() as u8
}

fn linear(decibels: f64) -> f64 {
    10f64.powf(-decibels / 20.0)
}

/// How often the ranking is computed. Raising it makes speakers show up later.
pub const INTERVAL: Duration = Duration::from_millis(400);

/// Media time over which a level is computed, in samples. Raising it smooths and delays.
const WINDOW: u32 = 48_000 * 400 / 1000;

/// The longest Opus packet a browser sends; what is longer is a pause of discontinuous transmission.
const LONGEST_PACKET: u32 = 48_000 * 60 / 1000;

/// In -dBov: quieter packets do not count as speech. Raising it lets background noise in.
const ACTIVE_LEVEL: u8 = 35;

/// Share of a window that must be speech. Raising it ignores short words, lowering it lets coughs in.
const ACTIVE_SHARE: f64 = 0.4;

/// Weight of the newest window. Raising it makes levels jump.
const SMOOTHING: f64 = 2.0 / 3.0;

/// After this time without packets somebody is silent.
const STALE: Duration = Duration::from_millis(800);

const SILENT: u8 = 127;

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: u32 = 960;

    fn after(milliseconds: u64) -> Instant {
        Instant::default() + Duration::from_millis(milliseconds)
    }

    fn level_after(packets: &[(usize, u8)]) -> Option<f64> {
        let mut loudness = Loudness::default();
        let mut time = 0;
        for (count, level) in packets {
            for _ in 0..*count {
                time += 20;
                loudness.observe(*level, FRAME, after(time));
            }
        }
        loudness.level(after(time))
    }

    #[test]
    fn speech_is_what_is_loud_for_two_fifths_of_a_window() {
        for (packets, speaks) in [
            (&[(20, 20u8)][..], true),
            (&[(8, 20), (12, 127)], true),
            (&[(7, 20), (13, 127)], false),
            (&[(20, 36)], false),
            (&[(20, 20), (20, 127)], false),
            (&[(19, 20)], false),
        ] {
            assert_eq!(level_after(packets).is_some(), speaks, "{packets:?}");
        }
    }

    #[test]
    fn louder_speech_has_the_higher_level_and_it_settles() {
        let quiet = level_after(&[(200, 30)]).expect("speech");
        let loud = level_after(&[(200, 10)]).expect("speech");
        assert!(loud > quiet);
        assert!((loud - linear(10.0)).abs() < 1e-3);
    }

    #[test]
    fn who_sends_nothing_is_silent_after_a_while() {
        let mut loudness = Loudness::default();
        for packet in 0..20 {
            loudness.observe(10, FRAME, after(packet * 20));
        }
        assert!(loudness.level(after(380 + 800)).is_some());
        assert!(loudness.level(after(380 + 801)).is_none());
    }

    #[test]
    fn the_ranking_is_told_only_when_it_looks_different() {
        let mut speakers = Speakers::default();
        let (a, b) = (PublicationId(1), PublicationId(2));
        assert_eq!(speakers.update(vec![]), None);
        assert_eq!(speakers.update(vec![(a, 0.3), (b, 0.6)]), Some(vec![(b, 0.6), (a, 0.3)]));
        assert_eq!(speakers.update(vec![(a, 0.31), (b, 0.61)]), None);
        assert_eq!(speakers.update(vec![(a, 0.6)]), Some(vec![(a, 0.6)]));
        assert_eq!(speakers.update(vec![]), Some(vec![]));
        assert_eq!(speakers.update(vec![]), None);
    }
}

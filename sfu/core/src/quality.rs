//! How well a track gets through: a score from 100 down to 0, by loss, delay and missing layers, after
//! the E-model of ITU-T G.107 as it is simplified for packet networks.

use std::time::Duration;

use crate::rtcp::ReportBlock;

/// The smoothed score of one track, and where its counts stood at the last look.
#[derive(Clone, Debug, Default)]
pub struct Quality {
    shortfall: f64,
    before: Option<Totals>,
    missing_layers: usize,
}

/// Packets since the start, as one side of a link counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub expected: u64,
    pub lost: u64,
}

/// What a receiver said of a subscription, and how many numbers had not been used by then.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reported {
    block: ReportBlock,
    /// Packets with these numbers never came to us.
    unsent: u64,
    first: Option<u32>,
    is_new: bool,
}

impl Reported {
    /// Take a report on what was sent up to the number `highest_out`, in so many packets.
    pub fn note(&mut self, block: ReportBlock, highest_out: u64, packets: u32) {
        self.block = block;
        self.unsent = highest_out.saturating_sub(u64::from(packets));
        self.first.get_or_insert(block.highest);
        self.is_new = true;
    }

    /// Whether a report came since the last call.
    pub fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.is_new)
    }

    /// In timestamp units.
    pub fn jitter(&self) -> u32 {
        self.block.jitter
    }

    /// What the receiver expected and lost; what we never had was not lost on the way to it.
    pub fn totals(&self) -> Totals {
        let expected = self.block.highest.wrapping_sub(self.first.unwrap_or_default());
        let lost = u64::try_from(self.block.total_lost).unwrap_or(0);
        Totals { expected: expected.into(), lost: lost.saturating_sub(self.unsent) }
    }
}

/// How a track went through since the last look.
#[derive(Clone, Copy, Debug)]
pub struct Passage {
    pub totals: Totals,
    pub round_trip: Duration,
    pub jitter: Duration,
    pub sensitivity: Sensitivity,
    /// Layers somebody wants and nobody gets.
    pub missing_layers: usize,
}

/// What a per cent of loss costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sensitivity {
    Video,
    Audio,
    /// Audio that is repeated in the packets after it.
    RedundantAudio,
}

impl Quality {
    /// Take the passage of the time since the last call. The first one only says where counts stand.
    pub fn update(&mut self, passage: Passage) {
        let before = self.before.replace(passage.totals).unwrap_or(passage.totals);
        // What stopped a moment ago, or begins in a moment, is not missing.
        let lasting = passage.missing_layers.min(self.missing_layers);
        self.missing_layers = passage.missing_layers;
        let shortfall = (passage.loss(before) * passage.sensitivity.weight()
            + passage.delay()
            + LAYER * lasting as f64)
            .min(MOST_SHORTFALL);
        let factor = if shortfall > self.shortfall { DECREASE } else { INCREASE };
        self.shortfall += (shortfall - self.shortfall) * factor;
    }

    pub fn score(&self) -> f64 {
        BEST - self.shortfall
    }
}

impl Passage {
    /// Per cent.
    fn loss(&self, before: Totals) -> f64 {
        // Counts begin anew with a new SSRC.
        let since = |now: u64, before: u64| if now < before { now } else { now - before };
        let expected = since(self.totals.expected, before.expected);
        let lost = since(self.totals.lost, before.lost).min(expected);
        if expected == 0 { 0.0 } else { lost as f64 * 100.0 / expected as f64 }
    }

    fn delay(&self) -> f64 {
        let milliseconds = (self.round_trip / 2 + self.jitter * 2).as_secs_f64() * 1000.0;
        if milliseconds <= LONG_DELAY { milliseconds / 40.0 } else { (milliseconds - 120.0) / 10.0 }
    }
}

impl Sensitivity {
    fn weight(self) -> f64 {
        match self {
            Sensitivity::Video => 10.0,
            Sensitivity::Audio => 8.0,
            Sensitivity::RedundantAudio => 4.0,
        }
    }
}

/// The score of a track without any fault, and of a peer without tracks.
pub const BEST: f64 = 100.0;

/// How often the scores are computed. Raising it makes changes show up later.
pub const INTERVAL: Duration = Duration::from_secs(5);

/// Nothing but silence is worse than poor: whose packets come is not lost.
const MOST_SHORTFALL: f64 = 75.0;

/// For each layer that is missing.
const LAYER: f64 = 35.0;

/// In milliseconds one way: above it people begin to talk at the same time, and it costs more.
const LONG_DELAY: f64 = 160.0;

/// Weight of the newest look when things got worse, and when they got better. Raising them makes
/// scores follow quicker and flap more.
const DECREASE: f64 = 0.8;
const INCREASE: f64 = 0.4;

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(expected: u64, lost: u64) -> Passage {
        Passage {
            totals: Totals { expected, lost },
            round_trip: Duration::ZERO,
            jitter: Duration::ZERO,
            sensitivity: Sensitivity::Video,
            missing_layers: 0,
        }
    }

    /// The score once such windows of 1000 packets have lasted.
    fn settled(lost: u64, change: impl Fn(&mut Passage)) -> f64 {
        let mut quality = Quality::default();
        for window in 0..20 {
            let mut passage = passage(1_000 * window, lost * window);
            change(&mut passage);
            quality.update(passage);
        }
        quality.score()
    }

    #[test]
    fn scores_follow_the_table() {
        let milliseconds = Duration::from_millis;
        for (lost, round_trip, jitter, sensitivity, layers, expected) in [
            (0, 0, 0, Sensitivity::Video, 0, 100.0),
            (20, 0, 0, Sensitivity::Video, 0, 80.0),
            (60, 0, 0, Sensitivity::Video, 0, 40.0),
            (500, 0, 0, Sensitivity::Video, 3, 25.0),
            (25, 0, 0, Sensitivity::Audio, 0, 80.0),
            (50, 0, 0, Sensitivity::RedundantAudio, 0, 80.0),
            (0, 200, 0, Sensitivity::Audio, 0, 97.5),
            (0, 0, 40, Sensitivity::Audio, 0, 98.0),
            (0, 600, 0, Sensitivity::Audio, 0, 82.0),
            (0, 0, 0, Sensitivity::Video, 1, 65.0),
            (0, 0, 0, Sensitivity::Video, 2, 30.0),
        ] {
            let score = settled(lost, |passage| {
                passage.round_trip = milliseconds(round_trip);
                passage.jitter = milliseconds(jitter);
                passage.sensitivity = sensitivity;
                passage.missing_layers = layers;
            });
            assert!((score - expected).abs() < 0.1, "{score} instead of {expected}");
        }
    }

    #[test]
    fn a_score_falls_fast_and_rises_slowly() {
        let mut quality = Quality::default();
        quality.update(passage(1_000, 0));
        quality.update(passage(2_000, 50));
        assert!((quality.score() - 60.0).abs() < 0.1, "four fifths of 50");
        quality.update(passage(3_000, 50));
        assert!((quality.score() - 76.0).abs() < 0.1, "two fifths of the rest");
    }

    #[test]
    fn a_layer_counts_as_missing_when_it_was_at_the_last_look_too() {
        let mut quality = Quality::default();
        let missing = |missing_layers| Passage { missing_layers, ..passage(0, 0) };
        quality.update(missing(2));
        assert_eq!(quality.score(), 100.0);
        quality.update(missing(1));
        assert!((quality.score() - 72.0).abs() < 0.1);
    }

    #[test]
    fn counts_that_begin_anew_are_no_loss() {
        let mut quality = Quality::default();
        quality.update(passage(5_000, 400));
        quality.update(passage(100, 0));
        assert_eq!(quality.score(), 100.0);
    }
}

//! Which losses mean congestion. Where delay does not grow, loss is taken for congestion only if
//! sending less makes it less: that is tried out once, and what remains is the path's own.

use std::time::Duration;

use super::Bitrate;
use crate::time::Instant;

#[derive(Default)]
pub struct Loss {
    packets: u32,
    lost: u32,
    since: Option<Instant>,
    /// The share that is lost whatever is sent, at present.
    own: f64,
    /// What that share was when it was tried out, forgotten slowly.
    proven: f64,
    /// The share lost when less began to be tried.
    trial: Option<f64>,
    /// Packets of before a change are still being told of until then.
    settles: Instant,
}

/// What losses ask for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    Nothing,
    /// Send this share of what is sent, to see what happens.
    Try(f64),
    /// It did not help: go back.
    Random,
    /// It helped, or nearly nothing arrives: send what arrives.
    Congestion,
}

impl Loss {
    pub fn record(&mut self, lost: bool) {
        self.packets += 1;
        self.lost += u32::from(lost);
    }

    pub fn is_trying(&self) -> bool {
        self.trial.is_some()
    }

    /// The rate at which had to be sent for so much to arrive.
    pub fn made_good(&self, delivered: Bitrate) -> Bitrate {
        delivered.scaled(1.0 / (1.0 - self.own))
    }

    /// Judge the losses since the last verdict; `congested` when delays grow, which says enough.
    pub fn judge(&mut self, now: Instant, congested: bool) -> Verdict {
        let since = *self.since.get_or_insert(now);
        if now < self.settles || congested {
            return self.forget(now, congested);
        }
        let span = now.since(since);
        let enough = span >= WINDOW && self.packets >= MOST_NEEDED
            || span >= LONGEST_WINDOW && self.packets >= LEAST_NEEDED;
        if !enough {
            return Verdict::Nothing;
        }
        let packets = f64::from(self.packets);
        let share = f64::from(self.lost) / packets;
        (self.packets, self.lost, self.since) = (0, 0, Some(now));
        match self.trial.take() {
            Some(before) => self.conclude(now, before, share),
            None => self.suspect(now, share, packets),
        }
    }

    fn suspect(&mut self, now: Instant, share: f64, packets: f64) -> Verdict {
        let deviation = (self.proven * (1.0 - self.proven) / packets).sqrt();
        if share <= self.proven + TOLERANCE.max(DEVIATIONS * deviation) {
            self.own += FOLLOWING * (share.min(self.proven) - self.own);
            self.proven = self.own.max(self.proven * REMEMBERING);
            return Verdict::Nothing;
        }
        self.settles = now + SETTLING;
        if share > MOST_TRIED {
            return Verdict::Congestion;
        }
        self.trial = Some(share);
        Verdict::Try(TRIED)
    }

    /// Were all of it congestion, what arrives would stay and the loss fall to `expected`.
    fn conclude(&mut self, now: Instant, before: f64, share: f64) -> Verdict {
        self.settles = now + SETTLING;
        let expected = (1.0 - (1.0 - before) / TRIED).max(0.0);
        if share < (before + expected) / 2.0 {
            return Verdict::Congestion;
        }
        self.proven = before.max(share).min(MOST_OWN);
        self.own = self.proven;
        Verdict::Random
    }

    fn forget(&mut self, now: Instant, congested: bool) -> Verdict {
        (self.packets, self.lost, self.since) = (0, 0, Some(now));
        if congested && self.trial.take().is_some() {
            Verdict::Congestion
        } else {
            Verdict::Nothing
        }
    }
}

/// What is looked at for a verdict, in time and packets. Raising it errs less and acts later.
const WINDOW: Duration = Duration::from_secs(1);
const MOST_NEEDED: u32 = 100;
const LONGEST_WINDOW: Duration = Duration::from_secs(3);
const LEAST_NEEDED: u32 = 30;

/// After a change of rate, before what is told is of packets sent since.
const SETTLING: Duration = Duration::from_millis(300);

/// More loss than the path's own that is borne. Raising it loses more at policers, lowering it tries
/// out less for nothing.
const TOLERANCE: f64 = 0.1;
/// As much more as chance makes of it, in standard deviations. Raising it sees later that a lossy way
/// is full as well, lowering it tries out less for nothing, and takes a good picture away.
const DEVIATIONS: f64 = 4.0;
/// Loss above this is never tried out.
const MOST_TRIED: f64 = 0.55;
/// The share of the rate that is tried. Lowering it tells more clearly and costs more quality.
const TRIED: f64 = 0.65;
/// How much of a new measurement the path's own loss takes over.
const FOLLOWING: f64 = 0.25;
/// What is kept of a proven loss from one look to the next, a second later as a rule. Raising it
/// tries out less often where losses come and go.
const REMEMBERING: f64 = 0.99;
/// The path's own loss that is made good, at most.
const MOST_OWN: f64 = 0.5;

#[cfg(test)]
mod tests {
    use super::*;

    /// A path which loses `own` of everything and lets no more than `capacity` through, sent at
    /// `rate` or what the verdicts make of it.
    fn verdicts(own: f64, capacity: f64, rate: f64) -> Vec<Verdict> {
        let mut loss = Loss::default();
        let (mut now, mut sent, mut told) = (Instant::default(), rate, Vec::new());
        let mut owed = 0.0;
        for _ in 0..60 {
            now = now + Duration::from_millis(100);
            let share = 1.0 - (1.0 - own) * (capacity / sent).min(1.0);
            for _ in 0..(sent * 20.0) as u32 {
                owed += share;
                loss.record(owed >= 1.0);
                owed -= if owed >= 1.0 { 1.0 } else { 0.0 };
            }
            match loss.judge(now, false) {
                Verdict::Nothing => continue,
                Verdict::Try(share) => sent = rate * share,
                Verdict::Random => sent = rate,
                Verdict::Congestion => sent = capacity,
            }
            told.push(loss.judge(now, false));
            told.pop();
            told.push(if sent == rate {
                Verdict::Random
            } else if sent == capacity {
                Verdict::Congestion
            } else {
                Verdict::Try(TRIED)
            });
        }
        told
    }

    #[test]
    fn loss_that_less_does_not_lessen_is_random() {
        for own in [0.15, 0.2, 0.3, 0.4] {
            assert_eq!(verdicts(own, 9.0, 1.0), [Verdict::Try(TRIED), Verdict::Random], "{own}");
        }
    }

    #[test]
    fn loss_that_less_lessens_is_congestion() {
        for capacity in [0.5, 0.6, 0.7, 0.79, 0.85] {
            let expected = [Verdict::Try(TRIED), Verdict::Congestion];
            assert_eq!(verdicts(0.0, capacity, 1.0), expected, "{capacity}");
        }
        assert_eq!(verdicts(0.0, 0.3, 1.0), [Verdict::Congestion]);
    }

    #[test]
    fn a_little_loss_means_nothing() {
        assert_eq!(verdicts(0.09, 9.0, 1.0), []);
    }
}

//! Trying out whether more fits: now and then, when more is wanted, a short burst at a higher rate,
//! filled up with padding. How far it spreads on its way tells what fits.

use std::time::Duration;

use super::Bitrate;
use super::departures::Fate;
use crate::time::Instant;

#[derive(Default)]
pub struct Prober {
    /// What would be sent if it fitted.
    demand: Bitrate,
    /// Padding can be sent.
    able: bool,
    bursts: u32,
    burst: Option<Burst>,
    /// The last burst, until its fate is known.
    under_way: Option<Burst>,
    spread: Spread,
    pause: Duration,
    next: Instant,
}

#[derive(Clone, Copy)]
struct Burst {
    number: u32,
    rate: Bitrate,
    began: Instant,
    bytes: usize,
}

/// The packets of a burst that have arrived.
#[derive(Default)]
struct Spread {
    count: usize,
    bytes: usize,
    first: Option<(Instant, Duration, usize)>,
    last: Option<(Instant, Duration)>,
}

impl Prober {
    /// What would be sent if it fitted.
    pub fn set_demand(&mut self, demand: Bitrate) {
        self.demand = demand;
    }

    /// Nothing is held back.
    pub fn is_idle(&self) -> bool {
        self.demand == Bitrate::default()
    }

    /// Queues grow: no time for more.
    pub fn postpone(&mut self, now: Instant) {
        self.next = self.next.max(now + FIRST);
    }

    /// Whether padding can be sent.
    pub fn set_able(&mut self, able: bool) {
        self.able = able;
    }

    pub fn is_able(&self) -> bool {
        self.able
    }

    /// When the next burst, or the next piece of the present one, is due.
    pub fn due(&self, now: Instant, estimate: Bitrate) -> Option<Instant> {
        if !self.able {
            return None;
        }
        if self.burst.is_some() {
            return Some(now + TICK);
        }
        (self.demand > estimate).then(|| self.next.max(now + TICK))
    }

    /// The bytes of padding to send now.
    pub fn take_padding(&mut self, now: Instant, estimate: Bitrate) -> usize {
        if self.burst.is_none() && self.demand > estimate && now >= self.next {
            self.begin(now, estimate);
        }
        let Some(burst) = self.burst else { return 0 };
        let elapsed = now.since(burst.began);
        if elapsed >= LENGTH {
            self.under_way = self.burst.take();
            // Until its fate is known, which may come earlier.
            self.next = now + self.pause.max(PATIENCE);
            return 0;
        }
        let due = burst.rate.bytes_in(elapsed + TICK) as usize;
        due.saturating_sub(burst.bytes).min(MOST_AT_ONCE)
    }

    /// Note a packet of any kind that leaves; returns the burst it belongs to.
    pub fn note(&mut self, now: Instant, size: usize) -> Option<u32> {
        let burst = self.burst.as_mut().filter(|burst| now.since(burst.began) < LENGTH)?;
        burst.bytes += size;
        Some(burst.number)
    }

    /// Learn what arrived of the last burst; returns the rate it proves.
    pub fn handle_fates(&mut self, now: Instant, fates: &[Fate]) -> Option<Bitrate> {
        let number = self.burst.or(self.under_way)?.number;
        for fate in fates.iter().filter(|fate| fate.burst == Some(number)) {
            self.spread.record(fate);
        }
        let burst = self.under_way?;
        let ended = burst.began + LENGTH;
        let told = fates.iter().any(|fate| fate.sent >= ended);
        if !told && now.since(ended) < PATIENCE {
            return None;
        }
        self.under_way = None;
        let proven = std::mem::take(&mut self.spread).rate().map(|rate| rate.min(burst.rate));
        let whole = proven.is_some_and(|rate| rate > burst.rate.scaled(WHOLE));
        self.pause = if whole { SHORTEST } else { (self.pause * 2).clamp(FIRST, LONGEST) };
        self.next = now + self.pause;
        proven.map(|rate| if whole { rate } else { rate.scaled(SAFE) })
    }

    fn begin(&mut self, now: Instant, estimate: Bitrate) {
        let rate = estimate.scaled(STEP).min(self.demand.scaled(MARGIN)).max(LEAST);
        self.bursts = self.bursts.wrapping_add(1).max(1);
        self.burst = Some(Burst { number: self.bursts, rate, began: now, bytes: 0 });
        self.under_way = None;
        self.spread = Spread::default();
    }
}

impl Spread {
    fn record(&mut self, fate: &Fate) {
        let Some(arrived) = fate.arrived else { return };
        self.count += 1;
        self.bytes += fate.size;
        self.first.get_or_insert((fate.sent, arrived, fate.size));
        self.last = Some((fate.sent, arrived));
    }

    /// The slower of the rates at which it was sent and arrived. What was lost does not count.
    fn rate(&self) -> Option<Bitrate> {
        let ((sent, arrived, size), (last_sent, last_arrived)) = (self.first?, self.last?);
        let bytes = self.bytes - size;
        let sending = Bitrate::of(bytes, last_sent.since(sent))?;
        let receiving = Bitrate::of(bytes, last_arrived.saturating_sub(arrived))?;
        (self.count >= LEAST_PACKETS).then(|| sending.min(receiving))
    }
}

/// A burst's length. Raising it tells more exactly and queues longer where it does not fit.
const LENGTH: Duration = Duration::from_millis(20);
/// Between its pieces: the thread does not sleep more exactly.
const TICK: Duration = Duration::from_millis(2);
/// Against the estimate, or what is wanted and a margin. Raising it gets up faster and queues more.
const STEP: f64 = 2.0;
const MARGIN: f64 = 1.2;
/// A slower burst would be of too few packets to prove anything, and who has nearly nothing would never
/// get more.
const LEAST: Bitrate = Bitrate(600e3);
/// Bytes of padding in one piece, however late it comes.
const MOST_AT_ONCE: usize = 32 * 1024;

/// Fewer that arrive prove nothing.
const LEAST_PACKETS: usize = 4;
/// What must come through of the rate for the burst to have fitted.
const WHOLE: f64 = 0.9;
/// What is believed of a rate at which a burst was spread.
const SAFE: f64 = 0.9;
/// Its last packets may never be reported.
const PATIENCE: Duration = Duration::from_millis(400);

/// Until the next one: at once while they fit, ever later while they do not. Raising the longest
/// disturbs narrow links less, and notices later that they have become wide.
const SHORTEST: Duration = Duration::from_millis(100);
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(4);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Instant {
        Instant::from_nanos(milliseconds * 1_000_000)
    }

    /// Send a burst and learn its fate over a link of some rate; returns its bytes and the proof.
    fn try_out(prober: &mut Prober, start: u64, capacity: Bitrate) -> (usize, Option<Bitrate>) {
        let (mut sent, mut fates, mut free_at) = (0, Vec::new(), Duration::from_millis(start));
        for tick in (start..start + 22).step_by(2) {
            let mut left = prober.take_padding(at(tick), Bitrate(1e6));
            while left > 0 {
                let size = left.min(300);
                let burst = prober.note(at(tick), size);
                let passing = size as f64 * 8.0 / capacity.0;
                free_at =
                    free_at.max(Duration::from_millis(tick)) + Duration::from_secs_f64(passing);
                fates.push(Fate { sent: at(tick), size, arrived: Some(free_at), burst });
                (sent, left) = (sent + size, left - size);
            }
        }
        assert_eq!(prober.take_padding(at(start + 60), Bitrate(1e6)), 0, "one at a time");
        let later = Fate { sent: at(start + 25), size: 99, arrived: None, burst: None };
        let proof = prober.handle_fates(at(start + 80), &[&fates[..], &[later]].concat());
        (sent, proof)
    }

    #[test]
    fn a_burst_that_comes_through_proves_its_rate_and_the_next_follows() {
        let mut prober = Prober::default();
        prober.set_able(true);
        prober.set_demand(Bitrate(9e6));
        let (sent, proof) = try_out(&mut prober, 1_000, Bitrate(50e6));
        assert!((4_500..=5_600).contains(&sent), "{sent}");
        assert!(proof.is_some_and(|rate| rate.0 > 1.8e6), "{proof:?}");
        assert_eq!(prober.due(at(1_080), Bitrate(2e6)), Some(at(1_180)));
    }

    #[test]
    fn a_burst_that_spreads_proves_what_fits_and_the_next_comes_ever_later() {
        let mut prober = Prober::default();
        prober.set_able(true);
        prober.set_demand(Bitrate(9e6));
        let mut start = 1_000;
        for pause in [1_000, 2_000, 4_000, 4_000] {
            let (_, proof) = try_out(&mut prober, start, Bitrate(1.1e6));
            assert!(proof.is_some_and(|rate| (0.8e6..1.1e6).contains(&rate.0)), "{proof:?}");
            assert_eq!(prober.due(at(start + 80), Bitrate(1e6)), Some(at(start + 80 + pause)));
            start += 80 + pause;
        }
    }

    #[test]
    fn nothing_is_tried_out_while_nothing_is_held_back() {
        let mut prober = Prober::default();
        prober.set_able(true);
        assert_eq!(prober.due(at(1), Bitrate(1e6)), None);
        assert_eq!(prober.take_padding(at(1), Bitrate(1e6)), 0);
    }
}

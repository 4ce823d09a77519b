//! What each packet says about itself, and what that tells when it arrives.

use std::collections::HashSet;
use std::fmt;

/// The end of every payload: who sent it in which phase, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// By `wall_clock`, just before the burst went to the kernel.
    pub sent_at: u64,
    pub phase: u16,
    pub publisher: u16,
    pub counter: u32,
}

impl Stamp {
    pub const LENGTH: usize = 16;

    /// Fill a payload: what is before the stamp repeats the counter's last byte, from `from` on.
    pub fn write(&self, payload: &mut [u8], from: usize) {
        let end = payload.len() - Stamp::LENGTH;
        payload[from..end].fill(self.counter as u8);
        payload[end..end + 8].copy_from_slice(&self.sent_at.to_be_bytes());
        payload[end + 8..end + 10].copy_from_slice(&self.phase.to_be_bytes());
        payload[end + 10..end + 12].copy_from_slice(&self.publisher.to_be_bytes());
        payload[end + 12..].copy_from_slice(&self.counter.to_be_bytes());
    }

    fn read(payload: &[u8]) -> Option<Stamp> {
        let stamp = payload.last_chunk::<{ Stamp::LENGTH }>()?;
        let (sent_at, rest) = stamp.split_first_chunk()?;
        let (phase, rest) = rest.split_first_chunk()?;
        let (publisher, counter) = rest.split_first_chunk()?;
        Some(Stamp {
            sent_at: u64::from_be_bytes(*sent_at),
            phase: u16::from_be_bytes(*phase),
            publisher: u16::from_be_bytes(*publisher),
            counter: u32::from_be_bytes(*counter.first_chunk()?),
        })
    }
}

/// What has arrived at all receivers together.
pub struct Tally {
    publishers: usize,
    subscriptions: usize,
    flows: HashSet<(usize, u16)>,
    phases: Vec<Vec<u32>>,
    /// Packets that are not what was sent.
    pub corrupt: u64,
}

impl Tally {
    pub fn new(publishers: usize, subscriptions: usize, phases: usize) -> Tally {
        Tally {
            publishers,
            subscriptions,
            flows: HashSet::new(),
            phases: vec![Vec::new(); phases],
            corrupt: 0,
        }
    }

    /// Note a packet that arrived at this time, by `wall_clock`.
    pub fn note(&mut self, receiver: usize, payload: &[u8], arrived_at: u64) {
        let known = Stamp::read(payload).filter(|stamp| self.is_intact(stamp, payload));
        let Some(stamp) = known else {
            self.corrupt += 1;
            return;
        };
        if stamp.phase == 0 {
            self.flows.insert((receiver, stamp.publisher));
        }
        let nanoseconds = arrived_at.saturating_sub(stamp.sent_at);
        let latencies = &mut self.phases[usize::from(stamp.phase)];
        latencies.push(u32::try_from(nanoseconds).unwrap_or(u32::MAX));
    }

    /// Whether every receiver has got something of every publisher, in phase 0.
    pub fn all_flow(&self) -> bool {
        self.flows.len() == self.subscriptions
    }

    /// Packets of a phase so far.
    pub fn delivered(&self, phase: u16) -> usize {
        self.phases[usize::from(phase)].len()
    }

    /// The latency that this share of a phase's packets stayed below, in microseconds.
    pub fn latency(&mut self, phase: u16, share: f64) -> f64 {
        let latencies = &mut self.phases[usize::from(phase)];
        let last = latencies.len().saturating_sub(1);
        let at = (latencies.len() as f64 * share) as usize;
        latencies.sort_unstable();
        latencies.get(at.min(last)).map_or(f64::NAN, |&nanoseconds| f64::from(nanoseconds) / 1e3)
    }

    fn is_intact(&self, stamp: &Stamp, payload: &[u8]) -> bool {
        let body = &payload[HEAD..payload.len() - Stamp::LENGTH];
        usize::from(stamp.publisher) < self.publishers
            && usize::from(stamp.phase) < self.phases.len()
            && body.iter().all(|&byte| byte == stamp.counter as u8)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} of {} subscriptions", self.flows.len(), self.subscriptions)
    }
}

/// Bytes before the repeated ones: the longest that a codec's descriptor and header take.
pub const HEAD: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stamped_is_counted_once_it_arrives_whole() {
        let stamp = Stamp { sent_at: 1_000, phase: 1, publisher: 2, counter: 300 };
        let mut payload = vec![7; 100];
        stamp.write(&mut payload, HEAD);
        let mut tally = Tally::new(3, 1, 2);
        tally.note(0, &payload, 5_000);
        payload[50] ^= 1;
        tally.note(0, &payload, 5_000);
        assert_eq!((tally.delivered(0), tally.delivered(1), tally.corrupt), (0, 1, 1));
        assert_eq!(tally.latency(1, 0.5), 4.0);
        assert!(!tally.all_flow());
    }
}

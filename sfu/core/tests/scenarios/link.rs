//! A path with delay and seeded loss between a client and the engine.

use std::collections::VecDeque;
use std::time::Duration;

use visio_core::Instant;

/// One direction of a path.
pub struct Link {
    delay: Duration,
    /// Of a hundred datagrams.
    lost: u64,
    random: u64,
    sent: u64,
    under_way: VecDeque<(Instant, Vec<u8>)>,
}

impl Link {
    pub fn new(delay: Duration, lost: u64, seed: u64) -> Link {
        Link { delay, lost, random: seed, sent: 0, under_way: VecDeque::new() }
    }

    /// The first one is never lost: it is what the rest is counted from.
    pub fn send(&mut self, now: Instant, datagram: Vec<u8>) {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.sent += 1;
        if self.sent == 1 || (self.random >> 33) % 100 >= self.lost {
            self.under_way.push_back((now + self.delay, datagram));
        }
    }

    /// What has arrived by now.
    pub fn receive(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let count = self.under_way.iter().take_while(|(at, _)| *at <= now).count();
        self.under_way.drain(..count).map(|(_, datagram)| datagram).collect()
    }
}

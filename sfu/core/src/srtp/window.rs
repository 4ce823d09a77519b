//! Replay protection (RFC 3711 §3.3.2).

use crate::ids::SeqNo;

/// Which of the latest packets were seen (RFC 3711 §3.3.2).
pub struct Window {
    highest: u64,
    started: bool,
    seen: [u64; WINDOW as usize / 64],
}

impl Default for Window {
    fn default() -> Window {
        Window { highest: 0, started: false, seen: [0; WINDOW as usize / 64] }
    }
}

impl Window {
    pub fn highest(&self) -> SeqNo {
        SeqNo(self.highest)
    }

    pub fn is_fresh(&self, index: u64) -> bool {
        if !self.started || index > self.highest {
            return true;
        }
        self.highest - index < WINDOW && self.seen[slot(index)] & bit(index) == 0
    }

    pub fn accept(&mut self, index: u64) {
        if self.started && index > self.highest {
            self.forget(self.highest + 1, index);
        }
        self.highest = if self.started { self.highest.max(index) } else { index };
        self.started = true;
        self.seen[slot(index)] |= bit(index);
    }

    /// Clear the bits of the numbers `from` to `to`, which numbers long past had before.
    fn forget(&mut self, from: u64, to: u64) {
        if to - from >= WINDOW {
            self.seen.fill(0);
            return;
        }
        for index in from..=to {
            self.seen[slot(index)] &= !bit(index);
        }
    }
}

fn slot(index: u64) -> usize {
    (index % WINDOW / 64) as usize
}

fn bit(index: u64) -> u64 {
    1 << (index % 64)
}

/// Packets a late one may be behind. Raising it costs a bit each per stream and lets later
/// retransmissions in; below 1024 a second of video is too much.
pub const WINDOW: u64 = 2048;

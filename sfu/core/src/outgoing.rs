//! What waits to be sent, grouped so that the kernel is called seldom.

use crate::ids::{IdMap, PeerId};
use crate::path::Path;

/// What waits to be sent, by destination; its memory is used over and over.
#[derive(Debug, Default)]
pub struct Outgoing {
    bursts: Vec<Burst>,
    used: usize,
    /// The latest burst to each peer.
    latest: IdMap<PeerId, usize>,
}

/// The datagrams to one destination, one behind the other.
#[derive(Debug)]
pub struct Burst {
    pub destination: Path,
    /// Append a datagram, then call `finish`.
    pub bytes: Vec<u8>,
    pub runs: Vec<Run>,
}

/// Datagrams of one size, of which the last may be shorter: what the kernel can segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub at: usize,
    pub length: usize,
    pub segment: usize,
}

impl Outgoing {
    /// Where to append what goes to a peer by this path.
    pub fn to(&mut self, peer: PeerId, destination: Path) -> &mut Burst {
        let latest = self.latest.get(&peer).copied();
        let known = latest.filter(|index| self.bursts[*index].destination == destination);
        let index = known.unwrap_or_else(|| self.open(peer, destination));
        &mut self.bursts[index]
    }

    pub fn bursts(&self) -> &[Burst] {
        &self.bursts[..self.used]
    }

    /// Bytes that wait.
    pub fn size(&self) -> usize {
        self.bursts().iter().map(|burst| burst.bytes.len()).sum()
    }

    pub fn clear(&mut self) {
        for burst in &mut self.bursts[..self.used] {
            burst.bytes.clear();
            burst.runs.clear();
        }
        self.used = 0;
        self.latest.clear();
    }

    fn open(&mut self, peer: PeerId, destination: Path) -> usize {
        let index = self.used;
        match self.bursts.get_mut(index) {
            Some(burst) => burst.destination = destination,
            None => self.bursts.push(Burst::new(destination)),
        }
        self.used += 1;
        self.latest.insert(peer, index);
        index
    }
}

impl Burst {
    fn new(destination: Path) -> Burst {
        Burst { destination, bytes: Vec::new(), runs: Vec::new() }
    }

    /// Send the datagram that was written since the bytes reached to `at`; returns its size.
    pub fn finish(&mut self, at: usize) -> usize {
        let length = self.bytes.len() - at;
        match self.runs.last_mut() {
            Some(run) if run.takes(length) => run.length += length,
            _ if length == 0 => {}
            _ => self.runs.push(Run { at, length, segment: length }),
        }
        length
    }

    pub fn push(&mut self, datagram: &[u8]) {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(datagram);
        self.finish(at);
    }

    pub fn datagrams(&self) -> impl Iterator<Item = &[u8]> {
        self.runs.iter().flat_map(|run| self.bytes[run.at..run.at + run.length].chunks(run.segment))
    }
}

impl Run {
    fn takes(&self, length: usize) -> bool {
        let is_open = self.length.is_multiple_of(self.segment);
        let segments = self.length / self.segment;
        is_open
            && (1..=self.segment).contains(&length)
            && segments < MAX_SEGMENTS
            && self.length + length <= MAX_SEGMENTED
    }

    pub fn segments(&self) -> usize {
        self.length.div_ceil(self.segment)
    }
}

/// Limits of the kernel for one segmented send.
const MAX_SEGMENTS: usize = 64;
const MAX_SEGMENTED: usize = 65_000;

#[cfg(test)]
mod tests;

//! What waits to be sent, grouped so that the kernel is called seldom.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::mem;

use super::kernel::{BATCH, Port};
use crate::counters::{Counter, Counters};
use crate::path::Path;

/// What waits to be sent, by destination; its memory is used over and over.
#[derive(Default)]
pub struct Outgoing {
    bursts: Vec<Burst>,
    used: usize,
    index: HashMap<Path, usize>,
}

/// The datagrams to one destination, one behind the other.
pub struct Burst {
    pub destination: Path,
    pub bytes: Vec<u8>,
    runs: Vec<Run>,
}

/// Datagrams of one size, of which the last may be shorter: what the kernel can segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub at: usize,
    pub length: usize,
    pub segment: usize,
}

impl Outgoing {
    pub fn push(&mut self, destination: Path, datagram: &[u8]) {
        let index = *self.index.entry(destination).or_insert(self.used);
        if index == self.used {
            self.used += 1;
            match self.bursts.get_mut(index) {
                Some(burst) => burst.destination = destination,
                None => self.bursts.push(Burst::new(destination)),
            }
        }
        self.bursts[index].push(datagram);
    }

    /// Send everything and be empty again.
    pub fn send(&mut self, port: &mut Port, counters: &mut Counters) {
        let bursts = &mut self.bursts[..self.used];
        let mut runs: Vec<_> = bursts
            .iter()
            .flat_map(|burst| burst.runs.iter().map(move |run| (burst, *run)))
            .collect();
        if !port.segments {
            runs = runs.into_iter().flat_map(split).collect();
        }
        for chunk in runs.chunks(BATCH) {
            send_runs(port, chunk, counters);
        }
        for burst in bursts {
            burst.bytes.clear();
            burst.runs.clear();
        }
        self.used = 0;
        self.index.clear();
    }
}

impl Burst {
    fn new(destination: Path) -> Burst {
        Burst { destination, bytes: Vec::new(), runs: Vec::new() }
    }

    fn push(&mut self, datagram: &[u8]) {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(datagram);
        match self.runs.last_mut() {
            Some(run) if run.takes(datagram.len()) => run.length += datagram.len(),
            _ => self.runs.push(Run { at, length: datagram.len(), segment: datagram.len() }),
        }
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

/// The run as runs of one datagram each.
fn split((burst, run): (&Burst, Run)) -> impl Iterator<Item = (&Burst, Run)> {
    (0..run.segments()).map(move |index| {
        let at = run.at + index * run.segment;
        let length = run.segment.min(run.at + run.length - at);
        (burst, Run { at, length, segment: length })
    })
}

fn send_runs(port: &mut Port, mut runs: &[(&Burst, Run)], counters: &mut Counters) {
    let mut patience = true;
    while let Some(first) = runs.first() {
        let error = match port.send(runs) {
            Ok(count) => {
                count_sent(&runs[..count], counters);
                runs = &runs[count..];
                continue;
            }
            Err(error) => error,
        };
        if error.kind() == ErrorKind::Interrupted {
            continue;
        }
        if error.kind() == ErrorKind::WouldBlock && mem::take(&mut patience) {
            port.wait_writable();
            continue;
        }
        if first.1.segments() > 1 {
            // The device cannot segment, or its MTU is small: each datagram by itself.
            port.segments &= error.raw_os_error() != Some(libc::EIO);
            send_runs(port, &split(*first).collect::<Vec<_>>(), counters);
        } else {
            counters.count(Counter::SendsFailed);
        }
        runs = &runs[1..];
    }
}

fn count_sent(runs: &[(&Burst, Run)], counters: &mut Counters) {
    for (_, run) in runs {
        counters.add(Counter::PacketsOut, run.segments() as u64);
        counters.add(Counter::BytesOut, run.length as u64);
    }
}

/// Limits of the kernel for one segmented send.
const MAX_SEGMENTS: usize = 64;
const MAX_SEGMENTED: usize = 65_000;

#[cfg(test)]
mod tests;

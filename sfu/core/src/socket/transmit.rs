//! Bursts handed to the kernel: many runs in one call, each cut into datagrams there.

use std::io::ErrorKind;
use std::mem;

use super::kernel::{BATCH, Port};
use crate::counters::{Counter, Counters};
use crate::outgoing::{Burst, Run};

/// Send all runs of some bursts.
pub fn send<'a>(bursts: impl Iterator<Item = &'a Burst>, port: &mut Port, counters: &mut Counters) {
    let mut runs: Vec<_> =
        bursts.flat_map(|burst| burst.runs.iter().map(move |run| (burst, *run))).collect();
    if !port.segments {
        runs = runs.into_iter().flat_map(split).collect();
    }
    for chunk in runs.chunks(BATCH) {
        send_runs(port, chunk, counters);
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

#[cfg(test)]
mod tests;

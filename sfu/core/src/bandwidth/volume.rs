//! How much a stream carries, by the layers inside it: what a receiver of each one gets.

use std::time::Duration;

use super::Bitrate;
use crate::codec::dependency::{Descriptor, Indication, Layer, Structure};
use crate::time::Instant;

#[derive(Clone, Debug, Default)]
pub struct Volume {
    bytes: [[usize; TEMPORAL_LAYERS]; SPATIAL_LAYERS],
    /// Spatial layers seen so far.
    spatial: usize,
    since: Option<Instant>,
    rates: [Rates; SPATIAL_LAYERS],
    told: [Rates; SPATIAL_LAYERS],
}

/// Bit/s by temporal layer, each up to and including it.
pub type Rates = [u64; TEMPORAL_LAYERS];

impl Volume {
    /// Count a packet of a stream in which each layer needs those below it.
    pub fn record(&mut self, layer: Layer, size: usize) {
        let spatial = usize::from(layer.spatial).min(SPATIAL_LAYERS - 1);
        self.spatial = self.spatial.max(spatial + 1);
        for row in self.bytes.iter_mut().skip(spatial) {
            for bytes in row.iter_mut().skip(usize::from(layer.temporal).min(TEMPORAL_LAYERS - 1)) {
                *bytes += size;
            }
        }
    }

    /// Count a packet that says to which decode targets it belongs.
    pub fn record_described(&mut self, of: &Descriptor, structure: &Structure, size: usize) {
        let spatial = usize::from(of.layer.spatial).min(SPATIAL_LAYERS - 1);
        self.spatial = self.spatial.max(spatial + 1);
        for (target, layer) in structure.targets().iter().enumerate() {
            let (spatial, temporal) = (usize::from(layer.spatial), usize::from(layer.temporal));
            let cell = self.bytes.get_mut(spatial).and_then(|row| row.get_mut(temporal));
            if let Some(bytes) =
                cell.filter(|_| of.indications.of(target) != Indication::NotPresent)
            {
                *bytes += size;
            }
        }
    }

    /// By spatial layer, as measured last.
    pub fn rates(&self) -> &[Rates] {
        self.rates.get(..self.spatial.max(1)).unwrap_or(&self.rates)
    }

    /// All spatial layers together.
    pub fn rates_of_all(&self) -> Rates {
        self.rates[SPATIAL_LAYERS - 1]
    }

    /// Look at what passed since the last call; true when the rates have changed much.
    pub fn measure(&mut self, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        let span = now.since(since);
        if span < LEAST {
            return false;
        }
        let bytes = with_those_below(std::mem::take(&mut self.bytes));
        let first = self.rates[0][TEMPORAL_LAYERS - 1] == 0;
        for (rate, bytes) in self.rates.iter_mut().flatten().zip(bytes.into_iter().flatten()) {
            let measured = Bitrate::of(bytes, span).unwrap_or_default().0;
            let before = *rate as f64;
            // More is noticed at once, less only if it lasts: what counts is what may have to fit.
            let weight = if measured > before || first { RISE } else { FALL };
            *rate = (before + weight * (measured - before)) as u64;
        }
        self.since = Some(now);
        let pairs = self.rates.iter().flatten().zip(self.told.iter().flatten());
        let changed = pairs.into_iter().any(|(rate, told)| differs(*rate, *told));
        if changed {
            self.told = self.rates;
        }
        changed
    }
}

/// A layer that the stream does not have takes as much as the one below it.
fn with_those_below(
    mut bytes: [[usize; TEMPORAL_LAYERS]; SPATIAL_LAYERS],
) -> [[usize; TEMPORAL_LAYERS]; SPATIAL_LAYERS] {
    let mut below = [0; TEMPORAL_LAYERS];
    for row in &mut bytes {
        let mut less = 0;
        for (bytes, below) in row.iter_mut().zip(&mut below) {
            less = (*bytes).max(*below).max(less);
            (*bytes, *below) = (less, less);
        }
    }
    bytes
}

fn differs(rate: u64, told: u64) -> bool {
    rate.abs_diff(told) * 100 > told * CHANGE_PERCENT
}

/// VP8, H.264 and the usual scalability modes have at most three.
pub const TEMPORAL_LAYERS: usize = 3;

/// The modes have at most three of these as well.
const SPATIAL_LAYERS: usize = 3;

/// A shorter time says little of a rate: three frames of thirty a second.
const LEAST: Duration = Duration::from_millis(90);

/// How much of a new measurement counts against those before.
const RISE: f64 = 0.8;
const FALL: f64 = 0.2;

/// Less is no news.
const CHANGE_PERCENT: u64 = 15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_include_the_layers_below_and_little_changes_are_no_news() {
        let mut volume = Volume::default();
        let at = |seconds: u64| Instant::from_nanos(seconds * 1_000_000_000);
        assert!(!volume.measure(at(0)));
        let mut second = |end, scale: usize| {
            for (temporal, size) in [(0, 12_500), (1, 12_500), (7, 25_000)] {
                volume.record(Layer { spatial: 0, temporal }, size * scale / 100);
            }
            (volume.measure(at(end)), volume.rates().to_vec())
        };
        assert_eq!(second(1, 100), (true, vec![[80_000, 160_000, 320_000]]));
        let (changed, rates) = second(2, 100);
        assert!(changed && rates[0][2] > 350_000);
        assert!(!second(3, 100).0);
        assert!(second(4, 200).0);
    }

    #[test]
    fn spatial_layers_count_those_they_are_predicted_from() {
        let mut volume = Volume::default();
        let at = |seconds: u64| Instant::from_nanos(seconds * 1_000_000_000);
        volume.measure(at(0));
        for (spatial, size) in [(0, 12_500), (1, 25_000)] {
            volume.record(Layer { spatial, temporal: 0 }, size);
        }
        volume.measure(at(1));
        assert_eq!(volume.rates(), [[80_000; 3], [240_000; 3]]);
    }
}

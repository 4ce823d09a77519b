use visio_core::rtcp::{Item, nacked, parse};

use crate::harness::fuzz;

/// SR, RR, SDES, BYE, NACK, PLI, FIR, REMB, XR and transport-cc, compound or alone.
#[test]
fn rtcp() {
    fuzz("rtcp", |compound| {
        let mut named = 0;
        let parsed = parse(compound, |item| {
            named += match item {
                Item::Nack { pairs, .. } => nacked(pairs).count(),
                _ => 1,
            };
        });
        // Four bytes name at most 17 packets: work is in proportion to what was sent.
        assert!(named <= compound.len() / 4 * 17);
        assert!(parsed.is_some() || !compound.is_empty());
    });
}

//! H.264 payloads (RFC 6184), as far as finding key frames.

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

/// Whether the packet begins a picture a decoder can begin with: parameters or an IDR slice.
pub fn starts_key_frame(payload: &[u8]) -> bool {
    let Some((&indicator, rest)) = payload.split_first() else { return false };
    match indicator & 0x1F {
        STAP_A => aggregated(rest).any(is_key),
        FU_A => rest.first().is_some_and(|&header| header & 0x80 != 0 && is_key(header & 0x1F)),
        kind => is_key(kind),
    }
}

/// The types of the NAL units in a STAP-A.
fn aggregated(mut units: &[u8]) -> impl Iterator<Item = u8> + '_ {
    std::iter::from_fn(move || {
        let (size, rest) = units.split_first_chunk::<2>()?;
        let size = usize::from(u16::from_be_bytes(*size));
        let kind = rest.first()? & 0x1F;
        units = rest.get(size..).unwrap_or_default();
        Some(kind)
    })
}

fn is_key(kind: u8) -> bool {
    kind == IDR || kind == SPS
}

const IDR: u8 = 5;
const SPS: u8 = 7;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_frames_begin_with_parameters_or_an_idr_slice() {
        for (payload, expected) in [
            (&[][..], false),
            (&[0x65, 0x88], true),
            (&[0x67, 0x42], true),
            (&[0x61, 0x9A], false),
            (&[0x7C, 0x85, 0x88], true),
            (&[0x7C, 0x05, 0x88], false),
            (&[0x7C, 0x81, 0x88], false),
            (&[0x7C], false),
            (&[0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xCE], true),
            (&[0x78, 0, 2, 0x09, 0x10, 0, 2, 0x67, 0x42], true),
            (&[0x78, 0, 2, 0x06, 0x42, 0, 2, 0x41, 0xCE], false),
            (&[0x78, 0, 200, 0x06], false),
        ] {
            assert_eq!(starts_key_frame(payload), expected, "{payload:x?}");
        }
    }
}

//! H.264 payloads (RFC 6184), as far as finding key frames.

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

/// What of a key frame begins in a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The parameters that a decoder needs first.
    Parameters,
    /// A slice of the picture. A decoder can begin here when the parameters do not travel with the
    /// picture; when they do, it would miss them.
    Picture,
}

/// What of a key frame begins in this packet: a single NAL unit, a STAP-A or the first of a FU-A.
pub fn start(payload: &[u8]) -> Option<Start> {
    let (&indicator, rest) = payload.split_first()?;
    match indicator & 0x1F {
        STAP_A => aggregated(rest).find_map(of_kind),
        FU_A => {
            rest.first().filter(|header| **header & 0x80 != 0).and_then(|header| of_kind(*header))
        }
        _ => of_kind(indicator),
    }
}

/// The first bytes of the NAL units in a STAP-A.
fn aggregated(mut units: &[u8]) -> impl Iterator<Item = u8> + '_ {
    std::iter::from_fn(move || {
        let (size, rest) = units.split_first_chunk::<2>()?;
        let size = usize::from(u16::from_be_bytes(*size));
        let header = *rest.first()?;
        units = rest.get(size..).unwrap_or_default();
        Some(header)
    })
}

fn of_kind(header: u8) -> Option<Start> {
    match header & 0x1F {
        IDR => Some(Start::Picture),
        SPS => Some(Start::Parameters),
        _ => None,
    }
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
        let (parameters, picture) = (Some(Start::Parameters), Some(Start::Picture));
        for (payload, expected) in [
            (&[][..], None),
            (&[0x65, 0x88], picture),
            (&[0x67, 0x42], parameters),
            (&[0x61, 0x9A], None),
            (&[0x7C, 0x85, 0x88], picture),
            (&[0x7C, 0x87, 0x88], parameters),
            (&[0x7C, 0x05, 0x88], None),
            (&[0x7C, 0x81, 0x88], None),
            (&[0x7C], None),
            (&[0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xCE], parameters),
            (&[0x78, 0, 2, 0x09, 0x10, 0, 2, 0x67, 0x42], parameters),
            (&[0x78, 0, 2, 0x67, 0x42, 0, 2, 0x65, 0x88], parameters),
            (&[0x78, 0, 2, 0x06, 0x42, 0, 2, 0x41, 0xCE], None),
            (&[0x78, 0, 2, 0x06, 0x42, 0, 2, 0x65, 0x88], picture),
            (&[0x78, 0, 200, 0x06], None),
        ] {
            assert_eq!(start(payload), expected, "{payload:x?}");
        }
    }
}

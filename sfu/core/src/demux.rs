//! What a datagram is, by its first bytes (RFC 7983, RFC 5761 §4).

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

/// The protocols which share the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Stun,
    Dtls,
    Rtp,
    Rtcp,
}

/// The protocol of a datagram, `None` when it is none of ours or too short to be one.
pub fn classify(datagram: &[u8]) -> Option<Kind> {
    let [first, second, ..] = *datagram else { return None };
    match (first, datagram.len()) {
        (0..=3, 20..) => Some(Kind::Stun),
        (20..=63, 13..) => Some(Kind::Dtls),
        (128..=191, 12..) if is_rtcp(second) => Some(Kind::Rtcp),
        (128..=191, 12..) => Some(Kind::Rtp),
        _ => None,
    }
}

fn is_rtcp(second: u8) -> bool {
    (64..96).contains(&(second & 0x7F))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_told_apart_by_their_first_bytes() {
        let datagram = |first: u8, second: u8, length: usize| {
            let mut bytes = vec![0; length];
            bytes[0] = first;
            bytes[1] = second;
            bytes
        };
        for (first, second, length, expected) in [
            (0, 1, 20, Some(Kind::Stun)),
            (3, 0, 20, Some(Kind::Stun)),
            (0, 1, 19, None),
            (4, 0, 100, None),
            (22, 254, 13, Some(Kind::Dtls)),
            (63, 0, 13, Some(Kind::Dtls)),
            (22, 254, 12, None),
            (64, 0, 100, None),
            (127, 0, 100, None),
            (128, 111, 12, Some(Kind::Rtp)),
            (144, 0xEF, 12, Some(Kind::Rtp)),
            (128, 200, 12, Some(Kind::Rtcp)),
            (129, 206, 12, Some(Kind::Rtcp)),
            (128, 111, 11, None),
            (192, 0, 100, None),
        ] {
            assert_eq!(classify(&datagram(first, second, length)), expected, "{first} {second}");
        }
    }

    #[test]
    fn an_empty_datagram_is_nothing() {
        assert_eq!(classify(&[]), None);
        assert_eq!(classify(&[22]), None);
    }
}

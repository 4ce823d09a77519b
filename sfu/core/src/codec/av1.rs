//! AV1 payloads (the AOM's "RTP Payload Format For AV1"), as far as finding key frames.

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

/// Whether the aggregation header says that a new coded video sequence begins here (its N bit).
pub fn starts_key_frame(payload: &[u8]) -> bool {
    let continues_fragment = |header: u8| header & 0x80 != 0;
    payload.first().is_some_and(|&header| header & 0x08 != 0 && !continues_fragment(header))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_frames_begin_where_the_header_says_new_sequence() {
        for (payload, expected) in
            [(&[][..], false), (&[0x18], true), (&[0x10], false), (&[0x98], false)]
        {
            assert_eq!(starts_key_frame(payload), expected, "{payload:x?}");
        }
    }
}

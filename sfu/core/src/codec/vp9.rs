//! The VP9 payload descriptor (RFC 9628 §4.2), as far as finding key frames.

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

/// Whether the packet begins a frame that is not predicted from others, in the lowest spatial layer.
pub fn starts_key_frame(payload: &[u8]) -> bool {
    let Some(&first) = payload.first() else { return false };
    let inter_predicted = first & 0x40 != 0;
    let starts_frame = first & 0x08 != 0;
    starts_frame && !inter_predicted && spatial_layer(payload) == Some(0)
}

fn spatial_layer(payload: &[u8]) -> Option<u8> {
    let first = *payload.first()?;
    let has_picture_id = first & 0x80 != 0;
    let has_layers = first & 0x20 != 0;
    if !has_layers {
        return Some(0);
    }
    let wide = has_picture_id && payload.get(1)? & 0x80 != 0;
    let at = 1 + usize::from(has_picture_id) + usize::from(wide);
    Some(payload.get(at)? >> 1 & 0x07)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_frames_begin_in_the_lowest_spatial_layer_without_prediction() {
        for (payload, expected) in [
            (&[][..], false),
            (&[0x08], true),
            (&[0x48], false),
            (&[0x04], false),
            (&[0x88, 0x01], true),
            (&[0xA8, 0x81, 0x02, 0x01], true),
            (&[0xA8, 0x81, 0x02, 0x02], false),
            (&[0xA8, 0x01, 0x00], true),
            (&[0xA8, 0x01], false),
        ] {
            assert_eq!(starts_key_frame(payload), expected, "{payload:x?}");
        }
    }
}

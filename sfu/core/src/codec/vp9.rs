//! The VP9 payload descriptor (RFC 9628 §4.2).

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

use super::vp8::{PictureId, Reader};

/// The descriptor of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The first packet of a frame, which is one spatial layer of a picture.
    pub starts_frame: bool,
    pub ends_frame: bool,
    /// Predicted from earlier pictures.
    pub is_inter_predicted: bool,
    pub picture_id: Option<PictureId>,
    /// Where TL0PICIDX stands in the payload, and its value.
    pub tl0: Option<(usize, u8)>,
    pub spatial: u8,
    pub temporal: u8,
    /// No later picture of a higher temporal layer needs one of these before this picture.
    pub may_rise: bool,
}

impl Descriptor {
    /// `None` when the payload is too short to be VP9.
    pub fn parse(payload: &[u8]) -> Option<Descriptor> {
        let mut reader = Reader::new(payload);
        let first = reader.byte()?;
        let picture_id = if first & 0x80 != 0 { Some(reader.picture_id()?) } else { None };
        let has_layers = first & 0x20 != 0;
        let layers = if has_layers { reader.byte()? } else { 0 };
        let is_flexible = first & 0x10 != 0;
        let has_tl0 = has_layers && !is_flexible;
        let tl0 = if has_tl0 { Some((reader.at(), reader.byte()?)) } else { None };
        Some(Descriptor {
            starts_frame: first & 0x08 != 0,
            ends_frame: first & 0x04 != 0,
            is_inter_predicted: first & 0x40 != 0,
            picture_id,
            tl0,
            spatial: layers >> 1 & 0x07,
            temporal: layers >> 5,
            may_rise: layers & 0x10 != 0,
        })
    }

    /// Whether the packet begins a picture that is not predicted from others.
    pub fn starts_key_frame(&self) -> bool {
        self.starts_frame && !self.is_inter_predicted && self.spatial == 0
    }

    /// Add to the counters in a payload this descriptor was parsed from.
    pub fn rewrite(&self, payload: &mut [u8], picture_id: u16, tl0: u8) {
        if let Some(id) = self.picture_id {
            id.write(payload, picture_id);
        }
        if let Some(byte) = self.tl0.and_then(|(at, _)| payload.get_mut(at)) {
            *byte = byte.wrapping_add(tl0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_frames_begin_in_the_lowest_spatial_layer_without_prediction() {
        for (payload, expected) in [
            (&[][..], None),
            (&[0x08], Some(true)),
            (&[0x48], Some(false)),
            (&[0x04], Some(false)),
            (&[0x88, 0x01], Some(true)),
            (&[0xA8, 0x81, 0x02, 0x01, 0x07], Some(true)),
            (&[0xA8, 0x81, 0x02, 0x02, 0x07], Some(false)),
            (&[0xA8, 0x01, 0x00, 0x07], Some(true)),
            (&[0xB8, 0x01, 0x00], Some(true)),
            (&[0xA8, 0x01], None),
            (&[0xA8, 0x01, 0x00], None),
        ] {
            let descriptor = Descriptor::parse(payload);
            assert_eq!(descriptor.map(|d| d.starts_key_frame()), expected, "{payload:x?}");
        }
    }

    #[test]
    fn layers_and_counters_are_read_and_rewritten() {
        let mut payload = vec![0xEC, 0x81, 0x02, 0b0101_0101, 0xFF, 0x00];
        let descriptor = Descriptor::parse(&payload).expect("well formed");
        assert_eq!((descriptor.spatial, descriptor.temporal, descriptor.may_rise), (2, 2, true));
        assert_eq!(descriptor.picture_id.map(|id| id.value), Some(0x102));
        assert_eq!(descriptor.tl0, Some((4, 255)));
        descriptor.rewrite(&mut payload, 0x7F00, 2);
        assert_eq!(payload, [0xEC, 0x80, 0x02, 0b0101_0101, 0x01, 0x00]);
    }
}

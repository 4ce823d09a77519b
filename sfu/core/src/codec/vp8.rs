//! The VP8 payload descriptor (RFC 7741 §4.2).

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

/// The descriptor of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The first packet of a key frame.
    pub starts_key_frame: bool,
    pub picture_id: Option<PictureId>,
    /// Where TL0PICIDX stands in the payload, and its value.
    pub tl0: Option<(usize, u8)>,
    /// Temporal layer, 0 without temporal layers.
    pub temporal: u8,
    /// Depends on the base layer only: a receiver may rise to this temporal layer here.
    pub sync: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureId {
    at: usize,
    pub value: u16,
    wide: bool,
}

/// What is added to the counters of a stream so that they go on from those sent before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    pub picture_id: u16,
    pub tl0: u8,
}

impl Descriptor {
    /// `None` when the payload is too short to be VP8.
    pub fn parse(payload: &[u8]) -> Option<Descriptor> {
        let mut reader = Reader { payload, at: 0 };
        let first = reader.byte()?;
        let flags = if first & 0x80 != 0 { reader.byte()? } else { 0 };
        let picture_id = if flags & 0x80 != 0 { Some(reader.picture_id()?) } else { None };
        let tl0 = if flags & 0x40 != 0 { Some((reader.at, reader.byte()?)) } else { None };
        let layer = if flags & 0x30 != 0 { reader.byte()? } else { 0 };
        let has_temporal = flags & 0x20 != 0;
        // The S bit with partition 0 is the start of a frame; bit P of its header says "not a key".
        let starts_frame = first & 0x17 == 0x10;
        Some(Descriptor {
            starts_key_frame: starts_frame && reader.byte()? & 1 == 0,
            picture_id,
            tl0,
            temporal: if has_temporal { layer >> 6 } else { 0 },
            sync: has_temporal && layer & 0x20 != 0,
        })
    }

    /// Shift the counters in a payload this descriptor was parsed from.
    pub fn rewrite(&self, payload: &mut [u8], shift: Shift) {
        if let Some(id) = self.picture_id {
            id.write(payload, shift.picture_id);
        }
        if let Some((at, value)) = self.tl0
            && let Some(byte) = payload.get_mut(at)
        {
            *byte = value.wrapping_add(shift.tl0);
        }
    }
}

impl PictureId {
    /// The value once shifted, in the width it has on the wire.
    pub fn shifted(self, shift: u16) -> u16 {
        self.value.wrapping_add(shift) & if self.wide { 0x7FFF } else { 0x7F }
    }

    fn write(self, payload: &mut [u8], shift: u16) {
        let value = self.shifted(shift);
        let bytes = if self.wide { &(0x8000 | value).to_be_bytes()[..] } else { &[value as u8] };
        if let Some(place) = payload.get_mut(self.at..self.at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }
}

struct Reader<'a> {
    payload: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.payload.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn picture_id(&mut self) -> Option<PictureId> {
        let at = self.at;
        let first = self.byte()?;
        if first & 0x80 == 0 {
            return Some(PictureId { at, value: u16::from(first), wide: false });
        }
        let value = u16::from(first & 0x7F) << 8 | u16::from(self.byte()?);
        Some(PictureId { at, value, wide: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_read() {
        let wide = |value| Some(PictureId { at: 2, value, wide: true });
        let narrow = |value| Some(PictureId { at: 2, value, wide: false });
        for (payload, key, picture_id, tl0, temporal, sync) in [
            (&[0x10, 0x00][..], true, None, None, 0, false),
            (&[0x10, 0x01], false, None, None, 0, false),
            (&[0x00, 0x00], false, None, None, 0, false),
            (&[0x11, 0x00], false, None, None, 0, false),
            (&[0x90, 0x80, 0x81, 0x02, 0x00], true, wide(0x102), None, 0, false),
            (&[0x90, 0x80, 0x7F, 0x01], false, narrow(0x7F), None, 0, false),
            (&[0x90, 0xE0, 0xFF, 0xFF, 9, 0xA0, 0x01], false, wide(0x7FFF), Some((4, 9)), 2, true),
            (&[0x90, 0x10, 0xA0, 0x00], true, None, None, 0, false),
        ] {
            let descriptor = Descriptor::parse(payload).expect("well formed");
            assert_eq!(
                descriptor,
                Descriptor { starts_key_frame: key, picture_id, tl0, temporal, sync },
                "{payload:x?}"
            );
        }
    }

    #[test]
    fn a_descriptor_cut_short_is_refused() {
        let payload = [0x90, 0xE0, 0x81, 0x02, 9, 0xA0, 0x00];
        for length in 0..payload.len() {
            assert_eq!(Descriptor::parse(&payload[..length]), None);
        }
    }

    #[test]
    fn rewriting_keeps_the_width_and_wraps_in_it() {
        for (mut payload, shift, expected) in [
            (
                vec![0x90, 0xE0, 0xFF, 0xFF, 255, 0xA0, 0x01],
                Shift { picture_id: 1, tl0: 1 },
                vec![0x90, 0xE0, 0x80, 0x00, 0, 0xA0, 0x01],
            ),
            (
                vec![0x90, 0x80, 0x7F, 0x01],
                Shift { picture_id: 3, tl0: 9 },
                vec![0x90, 0x80, 0x02, 0x01],
            ),
            (vec![0x10, 0x00], Shift { picture_id: 3, tl0: 9 }, vec![0x10, 0x00]),
        ] {
            let descriptor = Descriptor::parse(&payload).expect("well formed");
            descriptor.rewrite(&mut payload, shift);
            assert_eq!(payload, expected);
        }
    }
}

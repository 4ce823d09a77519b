use visio_core::codec::{Codec, vp8};

use crate::harness::fuzz;

/// The first byte chooses the codec.
#[test]
fn codecs() {
    fuzz("codecs", |bytes| {
        let Some((choice, payload)) = bytes.split_first() else { return };
        let codec = CODECS[usize::from(*choice) % CODECS.len()];
        let frame = codec.inspect(payload);
        let Some(descriptor) = frame.vp8 else { return };
        let shift = vp8::Shift { picture_id: 12_345, tl0: 200 };
        let mut shifted = payload.to_vec();
        descriptor.rewrite(&mut shifted, shift);
        let after = vp8::Descriptor::parse(&shifted).expect("rewriting keeps the form");
        assert_eq!(
            after.picture_id.map(|id| id.value),
            descriptor.picture_id.map(|id| id.shifted(shift.picture_id))
        );
        assert_eq!(after.temporal, descriptor.temporal);
        assert_eq!(after.starts_key_frame, descriptor.starts_key_frame);
        // A payload may be shorter than the packet it was read from: then nothing is written.
        descriptor.rewrite(&mut [], shift);
    });
}

const CODECS: [Codec; 5] = [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1, Codec::Opaque];

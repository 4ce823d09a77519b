use visio_core::ids::{Pt, SeqNo, Ssrc};
use visio_core::rtp::{Extension, ExtensionIds, Header, Rewrite, clear_padding, write_header};

use crate::harness::fuzz;

/// What is parsed is within the packet, and what is written of it is read back.
#[test]
fn rtp() {
    let (from, to) = (ids([1, 2, 3, 4, 10, 11, 12]), ids([9, 14, 15, 4, 200, 6, 7]));
    fuzz("rtp", |packet| {
        let Some(header) = Header::parse(packet) else { return };
        assert!(header.length <= packet.len());
        for extension in EXTENSIONS {
            header.extension(packet, &from, extension);
        }
        let Some(payload) = header.payload(packet) else { return };
        for mid in ["", "0", &"m".repeat(300)] {
            let rewrite = Rewrite {
                ssrc: Ssrc(1),
                pt: Pt(96),
                seq: SeqNo(70_000),
                timestamp: 5,
                marker: header.marker,
                descriptor: (mid == "0").then_some(&[1, 2, 3]),
                transport: Some(9),
                playout: Some(20),
            };
            let mut out = vec![7; 3];
            let length = write_header(&mut out, packet, &header, (&from, &to), mid, rewrite);
            assert_eq!(out.len(), 3 + length);
            clear_padding(&mut out, 3);
            out.extend_from_slice(payload);
            let written = Header::parse(&out[3..]).expect("what we write is well formed");
            assert_eq!(written.payload(&out[3..]), Some(payload));
            assert_eq!(
                (written.ssrc, written.pt, written.marker),
                (Ssrc(1), Pt(96), header.marker)
            );
        }
    });
}

fn ids(numbers: [u8; EXTENSIONS.len()]) -> ExtensionIds {
    let mut ids = ExtensionIds::default();
    for (extension, id) in EXTENSIONS.into_iter().zip(numbers) {
        ids.set(extension, id);
    }
    ids
}

const EXTENSIONS: [Extension; 7] = [
    Extension::AudioLevel,
    Extension::AbsSendTime,
    Extension::TransportCc,
    Extension::Mid,
    Extension::Rid,
    Extension::RepairedRid,
    Extension::DependencyDescriptor,
];

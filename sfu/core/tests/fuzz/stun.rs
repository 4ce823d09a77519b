use visio_core::demux::{Kind, classify};
use visio_core::stun::{Request, integrity_key};

use crate::client::crc32;
use crate::harness::fuzz;

/// RFC 5769 §2.1.
const PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";

#[test]
fn stun() {
    let key = integrity_key(PASSWORD);
    fuzz("stun", |bytes| {
        let repaired = repair(bytes.to_vec());
        for bytes in [bytes, &repaired] {
            if let Some(request) = Request::parse(bytes) {
                assert_eq!(classify(bytes), Some(Kind::Stun));
                assert!(!request.local_ufrag.is_empty());
                request.is_authentic(&key);
            }
        }
    });
}

/// Let the length and the checksum of FINGERPRINT be right, or nothing gets past them.
fn repair(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(4).max(28), 0);
    let covered = bytes.len() - 8;
    let length = (bytes.len() - 20) as u16;
    bytes[2..4].copy_from_slice(&length.to_be_bytes());
    bytes[covered..covered + 4].copy_from_slice(&[0x80, 0x28, 0, 4]);
    let checksum = crc32(&bytes[..covered]) ^ 0x5354_554E;
    bytes[covered + 4..].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

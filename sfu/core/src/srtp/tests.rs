use super::cipher::{Cm, Gcm, derive};
use super::window::WINDOW;
use super::*;
use ring::aead::{AES_128_GCM, AES_256_GCM, LessSafeKey, UnboundKey};
use ring::hmac;

/// RFC 7714 §16 and §17.
const SALT: &str = "517569642070726f2071756f";
const RTP: &str = "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e697320646976697361\
    20696e207061727465732074726573";
const RTCP: &str = "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61\
    deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";

/// Master key and salt of RFC 3711 appendix B.3.
const MASTER: &str = "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6";

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn session_gcm(key_length: u8) -> Gcm {
    let algorithm = if key_length == 32 { &AES_256_GCM } else { &AES_128_GCM };
    let key: Vec<u8> = (0..key_length).collect();
    let key = LessSafeKey::new(UnboundKey::new(algorithm, &key).expect("the right length"));
    Gcm { key, salt: bytes_of(SALT).try_into().expect("twelve bytes") }
}

fn rfc_3711() -> Material {
    Material::new(Profile::Aes128CmSha1, &bytes_of(MASTER)).expect("the right length")
}

fn gcm_sender(key_length: u8, rtcp_index: u32) -> Sender {
    Sender {
        rtp: Cipher::Gcm(Box::new(session_gcm(key_length))),
        rtcp: Cipher::Gcm(Box::new(session_gcm(key_length))),
        rtcp_index,
    }
}

fn gcm_receiver(key_length: u8) -> Receiver {
    Receiver {
        rtp: Cipher::Gcm(Box::new(session_gcm(key_length))),
        rtcp: Cipher::Gcm(Box::new(session_gcm(key_length))),
        streams: IdMap::default(),
        control: IdMap::default(),
    }
}

#[test]
fn gcm_protects_rtp_as_in_rfc_7714() {
    for (key_length, expected) in [
        (
            16,
            "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f\
             42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
        ),
        (
            32,
            "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3\
             b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
        ),
    ] {
        let mut packet = bytes_of(RTP);
        let (ssrc, seq) = (Ssrc(0x5501_A0B2), SeqNo(0xF17B));
        gcm_sender(key_length, 0).protect_rtp(&mut packet, 0, 12, ssrc, seq);
        assert_eq!(packet, bytes_of(expected), "{key_length}");
        let opened = gcm_receiver(key_length).unprotect_rtp(&mut packet, 12, ssrc, 0xF17B);
        assert_eq!(opened, Ok((seq, bytes_of(RTP).len())));
        assert_eq!(packet[..bytes_of(RTP).len()], bytes_of(RTP));
    }
}

#[test]
fn gcm_protects_rtcp_as_in_rfc_7714() {
    let expected = "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32d\
        c676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4";
    let mut packet = bytes_of(RTCP);
    gcm_sender(16, 0x5D4).protect_rtcp(&mut packet, 0);
    assert_eq!(packet, bytes_of(expected));
    assert_eq!(gcm_receiver(16).unprotect_rtcp(&mut packet), Ok(bytes_of(RTCP).len()));
    assert_eq!(packet[..bytes_of(RTCP).len()], bytes_of(RTCP));
}

#[test]
fn gcm_accepts_rtcp_that_is_authenticated_only() {
    let gcm = session_gcm(16);
    let trailer = 0x5D4u32.to_be_bytes();
    let mut packet = bytes_of(RTCP);
    let aad = [&packet[..], &trailer].concat();
    let tag = gcm.seal(gcm.rtcp_nonce(ssrc_at(&packet, 4), 0x5D4), &aad, &mut []);
    packet.extend_from_slice(&tag);
    packet.extend_from_slice(&trailer);
    assert_eq!(gcm_receiver(16).unprotect_rtcp(&mut packet), Ok(bytes_of(RTCP).len()));
}

#[test]
fn keys_are_derived_as_in_rfc_3711() {
    for (label, expected) in [
        (0, "c61e7a93744f39ee10734afe3ff7a087"),
        (1, "cebe321f6ff7716b6fd4ab49af256a156d38baa4"),
        (2, "30cbbc08863d8c85d49db34a9ae1"),
    ] {
        let mut out = vec![0; bytes_of(expected).len()];
        derive(&rfc_3711(), label, &mut out);
        assert_eq!(out, bytes_of(expected));
    }
}

#[test]
fn the_key_stream_is_that_of_rfc_3711() {
    let cm = Cm {
        key: bytes_of("2b7e151628aed2a6abf7158809cf4f3c").try_into().expect("sixteen bytes"),
        salt: bytes_of("f0f1f2f3f4f5f6f7f8f9fafbfcfd").try_into().expect("fourteen bytes"),
        authentication: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &[]),
    };
    let mut stream = [0; 48];
    cm.apply(Ssrc(0), 0, &mut stream);
    let expected = "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab\
        41e95b3bb0a2e8dd477901e4fca894c0";
    assert_eq!(stream[..], bytes_of(expected));
}

/// The packets by which libsrtp tests itself, with the keys of RFC 3711.
#[test]
fn counter_mode_protects_as_libsrtp_does() {
    let plain = bytes_of("800f1234decafbadcafebabeabababababababababababababababab");
    let mut packet = plain.clone();
    let (ssrc, seq) = (Ssrc(0xCAFE_BABE), SeqNo(0x1234));
    Sender::new(&rfc_3711()).protect_rtp(&mut packet, 0, 12, ssrc, seq);
    let expected = "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb";
    assert_eq!(packet, bytes_of(expected));
    let opened = Receiver::new(&rfc_3711()).unprotect_rtp(&mut packet, 12, ssrc, 0x1234);
    assert_eq!(opened, Ok((seq, plain.len())));
    assert_eq!(packet[..plain.len()], plain);

    let plain = bytes_of("81c8000bcafebabeabababababababababababababababab");
    let mut packet = plain.clone();
    Sender { rtcp_index: 1, ..Sender::new(&rfc_3711()) }.protect_rtcp(&mut packet, 0);
    let expected = "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798";
    assert_eq!(packet, bytes_of(expected));
    assert_eq!(Receiver::new(&rfc_3711()).unprotect_rtcp(&mut packet), Ok(plain.len()));
    assert_eq!(packet[..plain.len()], plain);
}

fn pair(profile: Profile) -> (Sender, Receiver) {
    let material = Material::new(profile, &vec![7; profile.material_length()]).expect("fits");
    (Sender::new(&material), Receiver::new(&material))
}

const PROFILES: [Profile; 3] = [Profile::Aes128Gcm, Profile::Aes256Gcm, Profile::Aes128CmSha1];

fn packet(seq: SeqNo) -> Vec<u8> {
    let mut bytes = vec![0x80, 111, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
    bytes[2..4].copy_from_slice(&seq.wire().to_be_bytes());
    bytes.extend_from_slice(b"payload");
    bytes
}

fn protected(sender: &Sender, seq: u64) -> Vec<u8> {
    let mut bytes = packet(SeqNo(seq));
    sender.protect_rtp(&mut bytes, 0, 12, Ssrc(9), SeqNo(seq));
    bytes
}

fn open(receiver: &mut Receiver, mut bytes: Vec<u8>) -> Result<SeqNo, Drop> {
    let wire = u16::from_be_bytes([bytes[2], bytes[3]]);
    receiver.unprotect_rtp(&mut bytes, 12, Ssrc(9), wire).map(|(seq, _)| seq)
}

#[test]
fn each_packet_opens_once_in_any_order_across_the_wrap() {
    for profile in PROFILES {
        let (sender, mut receiver) = pair(profile);
        let order = [65_530u64, 65_534, 65_540, 65_533, 65_536, 65_535, 90_000, 120_000, 150_000];
        for seq in order {
            assert_eq!(open(&mut receiver, protected(&sender, seq)), Ok(SeqNo(seq)));
        }
        for seq in order {
            let again = open(&mut receiver, protected(&sender, seq));
            assert!(again.is_err(), "{seq} {again:?}");
        }
    }
}

#[test]
fn a_packet_may_be_late_by_less_than_the_window() {
    let (sender, mut receiver) = pair(Profile::Aes128Gcm);
    open(&mut receiver, protected(&sender, 10_000)).expect("fresh");
    let oldest = 10_000 - WINDOW + 1;
    assert_eq!(open(&mut receiver, protected(&sender, oldest)), Ok(SeqNo(oldest)));
    assert_eq!(open(&mut receiver, protected(&sender, oldest - 1)), Err(Drop::Replayed));
}

#[test]
fn any_changed_bit_is_noticed_and_changes_nothing() {
    for profile in PROFILES {
        let (sender, mut receiver) = pair(profile);
        let good = protected(&sender, 5);
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&mut receiver, bad).is_err(), "bit {bit}");
        }
        assert_eq!(open(&mut receiver, good), Ok(SeqNo(5)));
    }
}

#[test]
fn packets_of_any_length_are_refused_without_a_panic() {
    for profile in PROFILES {
        let (_, mut receiver) = pair(profile);
        for length in 12..60 {
            let mut bytes = vec![0x80; length];
            assert!(receiver.unprotect_rtp(&mut bytes, 12, Ssrc(9), 1).is_err());
            assert!(receiver.unprotect_rtcp(&mut bytes).is_err());
        }
    }
}

#[test]
fn each_control_packet_opens_once() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        let control = [0x80, 201, 0, 1, 0, 0, 0, 1, 7, 7, 7, 7];
        for _ in 0..3 {
            let mut bytes = control.to_vec();
            sender.protect_rtcp(&mut bytes, 0);
            let mut again = bytes.clone();
            assert_eq!(receiver.unprotect_rtcp(&mut bytes), Ok(control.len()));
            assert_eq!(bytes[..control.len()], control);
            assert_eq!(receiver.unprotect_rtcp(&mut again), Err(Drop::Replayed));
        }
    }
}

#[test]
fn control_packets_end_before_their_index_comes_round() {
    let (sender, _) = pair(Profile::Aes128Gcm);
    let mut sender = Sender { rtcp_index: INDEX_MASK, ..sender };
    let control = vec![0x80, 201, 0, 1, 0, 0, 0, 1];
    let (mut last, mut beyond) = (control.clone(), control);
    sender.protect_rtcp(&mut last, 0);
    sender.protect_rtcp(&mut beyond, 0);
    assert!(last.len() > 8);
    assert!(beyond.is_empty());
}

#[test]
fn a_peer_cannot_use_streams_without_limit() {
    let (sender, mut receiver) = pair(Profile::Aes128Gcm);
    let results = (0..=MAX_STREAMS as u32).map(|ssrc| {
        let mut bytes = packet(SeqNo(1));
        sender.protect_rtp(&mut bytes, 0, 12, Ssrc(ssrc), SeqNo(1));
        receiver.unprotect_rtp(&mut bytes, 12, Ssrc(ssrc), 1).map(|_| ())
    });
    let refused: Vec<_> = results.filter_map(Result::err).collect();
    assert_eq!(refused, [Drop::TooManyStreams]);
}

#[test]
fn keys_of_another_length_are_refused() {
    for profile in PROFILES {
        let right = profile.material_length();
        for (length, accepted) in
            [(0, false), (right - 1, false), (right, true), (right + 1, false)]
        {
            assert_eq!(Material::new(profile, &vec![0; length]).is_some(), accepted);
        }
    }
}

use visio_core::ids::{SeqNo, Ssrc};
use visio_core::rtp::Header;
use visio_core::srtp::{Material, Profile, Receiver, Sender};

use crate::harness::fuzz;

/// Any packet comes back as it was; cut or changed anywhere it does not come back at all. The first
/// byte chooses the profile, the second where the protected packet is damaged.
#[test]
fn srtp() {
    fuzz("srtp", |bytes| {
        let [choice, damage, plain @ ..] = bytes else { return };
        let profile = PROFILES[usize::from(*choice) % PROFILES.len()];
        let material = Material::new(profile, &vec![7; profile.material_length()]);
        let material = material.expect("the profile's length");
        stray(&material, plain);
        rtp(&material, plain, *damage);
        rtcp(&material, plain, *damage);
    });
}

/// What nobody protected is refused, whatever its length.
fn stray(material: &Material, plain: &[u8]) {
    let mut receiver = Receiver::new(material);
    for header in [0, 12, plain.len(), plain.len() + 1] {
        let opened = receiver.unprotect_rtp(&mut plain.to_vec(), header, Ssrc(1), 1);
        assert!(opened.is_err());
    }
    assert!(receiver.unprotect_rtcp(&mut plain.to_vec()).is_err());
}

fn rtp(material: &Material, plain: &[u8], damage: u8) {
    let Some(header) = Header::parse(plain) else { return };
    let mut packet = plain.to_vec();
    let seq = SeqNo(u64::from(header.seq));
    Sender::new(material).protect_rtp(&mut packet, 0, header.length, header.ssrc, seq);
    let mut receiver = Receiver::new(material);
    let mut open = |mut packet: Vec<u8>| {
        let opened = receiver.unprotect_rtp(&mut packet, header.length, header.ssrc, header.seq);
        opened.map(|(_, length)| packet[..length].to_vec())
    };
    for damaged in damages(&packet, damage) {
        assert!(open(damaged).is_err());
    }
    assert_eq!(open(packet.clone()).as_deref(), Ok(plain));
    assert!(open(packet).is_err());
}

fn rtcp(material: &Material, plain: &[u8], damage: u8) {
    if plain.len() < 8 {
        return;
    }
    let mut packet = plain.to_vec();
    Sender::new(material).protect_rtcp(&mut packet, 0);
    let mut receiver = Receiver::new(material);
    let mut open = |mut packet: Vec<u8>| {
        let opened = receiver.unprotect_rtcp(&mut packet);
        opened.map(|length| packet[..length].to_vec())
    };
    for damaged in damages(&packet, damage) {
        assert!(open(damaged).is_err());
    }
    assert_eq!(open(packet.clone()).as_deref(), Ok(plain));
    assert!(open(packet).is_err());
}

fn damages(packet: &[u8], damage: u8) -> [Vec<u8>; 3] {
    let at = usize::from(damage) * packet.len() / 256;
    let mut flipped = packet.to_vec();
    flipped[at] ^= 1 << (damage % 8);
    [packet[..at].to_vec(), flipped, [packet, &[0]].concat()]
}

const PROFILES: [Profile; 3] = [Profile::Aes128Gcm, Profile::Aes256Gcm, Profile::Aes128CmSha1];

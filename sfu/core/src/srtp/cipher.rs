//! The ciphers: AES-GCM and AES counter mode with HMAC-SHA1, and the derivation of their keys.

use std::hint::black_box;

use aes::cipher::{KeyIvInit, StreamCipher};
use aes::{Aes128, Aes256};
use ctr::Ctr128BE;
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;

use super::{ENCRYPTED, INDEX_MASK, Material, Profile};
use crate::counters::Drop;
use crate::ids::{SeqNo, Ssrc};

/// The session keys of RTP or of RTCP in one direction.
pub enum Cipher {
    Gcm(Box<Gcm>),
    Cm(Box<Cm>),
}

impl Cipher {
    pub fn new(material: &Material, labels: Labels) -> Cipher {
        match material.profile {
            Profile::Aes128Gcm | Profile::Aes256Gcm => {
                Cipher::Gcm(Box::new(Gcm::new(material, labels)))
            }
            Profile::Aes128CmSha1 => Cipher::Cm(Box::new(Cm::new(material, labels))),
        }
    }
}

pub struct Gcm {
    pub key: LessSafeKey,
    pub salt: [u8; 12],
}

impl Gcm {
    pub fn new(material: &Material, labels: Labels) -> Gcm {
        let algorithm =
            if material.profile == Profile::Aes256Gcm { &AES_256_GCM } else { &AES_128_GCM };
        let mut key = [0; 32];
        let key = &mut key[..material.profile.key_length()];
        derive(material, labels.cipher, key);
        let mut salt = [0; 12];
        derive(material, labels.salt, &mut salt);
        #[allow(clippy::expect_used)] // cut to length two lines above
        let key = UnboundKey::new(algorithm, key).expect("the key has the algorithm's length");
        Gcm { key: LessSafeKey::new(key), salt }
    }

    /// RFC 7714 §8.1.
    pub fn rtp_nonce(&self, ssrc: Ssrc, seq: SeqNo) -> Nonce {
        self.nonce(ssrc, seq.0)
    }

    /// RFC 7714 §9.1: the index of 31 bits stands where RTP has roll-over counter and sequence.
    pub fn rtcp_nonce(&self, ssrc: Ssrc, index: u32) -> Nonce {
        self.nonce(ssrc, u64::from(index))
    }

    pub fn nonce(&self, ssrc: Ssrc, index: u64) -> Nonce {
        let mut nonce = self.salt;
        let wide = (u128::from(ssrc.0) << 48 | u128::from(index & MAX_INDEX)).to_be_bytes();
        for (byte, mask) in nonce.iter_mut().zip(&wide[4..]) {
            *byte ^= mask;
        }
        Nonce::assume_unique_for_key(nonce)
    }

    pub fn seal(&self, nonce: Nonce, aad: &[u8], text: &mut [u8]) -> [u8; GCM_TAG] {
        #[allow(clippy::expect_used)] // 64 GB; no datagram has more than 64 kB
        let tag = self
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(aad), text)
            .expect("a packet is far below the limit of GCM");
        let mut bytes = [0; GCM_TAG];
        bytes.copy_from_slice(tag.as_ref());
        bytes
    }

    /// The length of the plain text.
    pub fn open(&self, nonce: Nonce, aad: &[u8], text: &mut [u8]) -> Result<usize, Drop> {
        let plain = self.key.open_in_place(nonce, Aad::from(aad), text);
        plain.map(|plain| plain.len()).map_err(|_| Drop::WrongTag)
    }

    pub fn open_rtcp(
        &self,
        packet: &mut [u8],
        ssrc: Ssrc,
        trailer: [u8; 4],
    ) -> Result<usize, Drop> {
        let word = u32::from_be_bytes(trailer);
        let nonce = self.rtcp_nonce(ssrc, word & INDEX_MASK);
        let end = packet.len() - 4;
        if end < RTCP_HEADER + GCM_TAG {
            return Err(Drop::WrongTag);
        }
        if word & ENCRYPTED != 0 {
            let (header, text) = packet[..end].split_at_mut(RTCP_HEADER);
            let aad = rtcp_aad(header, trailer);
            return Ok(RTCP_HEADER + self.open(nonce, &aad, text)?);
        }
        // Authenticated only (RFC 7714 §9.3): all but the tag is associated data.
        let (plain, tag) = packet[..end].split_at_mut(end - GCM_TAG);
        let aad = [&*plain, &trailer].concat();
        self.open(nonce, &aad, tag)?;
        Ok(end - GCM_TAG)
    }
}

/// Counter mode with HMAC-SHA1, the tag cut to 80 bits.
pub struct Cm {
    pub key: [u8; 16],
    pub salt: [u8; 14],
    pub authentication: hmac::Key,
}

impl Cm {
    pub fn new(material: &Material, labels: Labels) -> Cm {
        let (mut key, mut salt, mut authentication) = ([0; 16], [0; 14], [0; 20]);
        derive(material, labels.cipher, &mut key);
        derive(material, labels.salt, &mut salt);
        derive(material, labels.authentication, &mut authentication);
        let authentication = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &authentication);
        Cm { key, salt, authentication }
    }

    /// Encrypt or decrypt: the key stream of RFC 3711 §4.1.1.
    pub fn apply(&self, ssrc: Ssrc, index: u64, text: &mut [u8]) {
        let mut iv = [0; 16];
        iv[..14].copy_from_slice(&self.salt);
        let wide = (u128::from(ssrc.0) << 64 | u128::from(index & MAX_INDEX) << 16).to_be_bytes();
        for (byte, mask) in iv.iter_mut().zip(wide) {
            *byte ^= mask;
        }
        Ctr128BE::<Aes128>::new(&self.key.into(), &iv.into()).apply_keystream(text);
    }

    pub fn sign(&self, packet: &[u8], suffix: &[u8]) -> [u8; CM_TAG] {
        let mut context = hmac::Context::with_key(&self.authentication);
        context.update(packet);
        context.update(suffix);
        let mut tag = [0; CM_TAG];
        tag.copy_from_slice(&context.sign().as_ref()[..CM_TAG]);
        tag
    }

    /// The length of the packet without its tag, at least `least`.
    pub fn verify(&self, packet: &[u8], least: usize, suffix: &[u8]) -> Result<usize, Drop> {
        let length = packet.len().checked_sub(CM_TAG).filter(|length| *length >= least);
        let (signed, tag) = packet.split_at(length.ok_or(Drop::WrongTag)?);
        let authentic = is_same_secret(&self.sign(signed, suffix), tag);
        authentic.then_some(signed.len()).ok_or(Drop::WrongTag)
    }
}

/// Which keys the derivation makes (RFC 3711 §4.3.1).
#[derive(Clone, Copy)]
pub struct Labels {
    pub cipher: u8,
    pub authentication: u8,
    pub salt: u8,
}

/// RFC 3711 §4.3.3 with a derivation rate of zero.
pub fn derive(material: &Material, label: u8, out: &mut [u8]) {
    let mut iv = [0; 16];
    iv[..14].copy_from_slice(&material.salt());
    iv[7] ^= label;
    out.fill(0);
    match <[u8; 16]>::try_from(material.key()) {
        Ok(key) => Ctr128BE::<Aes128>::new(&key.into(), &iv.into()).apply_keystream(out),
        Err(_) => {
            #[allow(clippy::expect_used)] // `Material::new` checked the length
            let key: [u8; 32] = material.key().try_into().expect("keys have 16 or 32 bytes");
            Ctr128BE::<Aes256>::new(&key.into(), &iv.into()).apply_keystream(out);
        }
    }
}

/// Compare in a time that does not tell where the first difference is.
pub fn is_same_secret(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |bits, (a, b)| black_box(bits | (a ^ b)));
    one.len() == other.len() && differences == 0
}

pub fn rtcp_aad(header: &[u8], trailer: [u8; 4]) -> [u8; RTCP_HEADER + 4] {
    let mut aad = [0; RTCP_HEADER + 4];
    aad[..RTCP_HEADER].copy_from_slice(header);
    aad[RTCP_HEADER..].copy_from_slice(&trailer);
    aad
}

pub const RTP_LABELS: Labels = Labels { cipher: 0, authentication: 1, salt: 2 };
pub const RTCP_LABELS: Labels = Labels { cipher: 3, authentication: 4, salt: 5 };
pub const RTCP_HEADER: usize = 8;
pub const GCM_TAG: usize = 16;
pub const CM_TAG: usize = 10;
pub const MAX_INDEX: u64 = (1 << 48) - 1;

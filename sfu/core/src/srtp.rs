//! SRTP and SRTCP (RFC 3711) in three profiles: AES-128-GCM, AES-256-GCM (RFC 7714) and
//! AES-128-CM with HMAC-SHA1-80.
//!
//! Packets are changed in place. A sender hands in extended sequence numbers which it never uses
//! twice with different content: that is what keeps a nonce from being used twice.

mod cipher;
mod window;

use crate::counters::Drop;
use crate::ids::{IdMap, SeqNo, Ssrc};
pub use cipher::is_same_secret;
use cipher::{CM_TAG, Cipher, RTCP_HEADER, RTCP_LABELS, RTP_LABELS, rtcp_aad};
pub use window::Window;

/// A protection profile of DTLS-SRTP (RFC 5764 §4.1.2, RFC 7714 §14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    Aes128Gcm,
    Aes256Gcm,
    Aes128CmSha1,
}

impl Profile {
    /// The profile of that IANA name, if it is one of ours.
    pub fn named(name: &str) -> Option<Profile> {
        match name {
            "SRTP_AEAD_AES_128_GCM" => Some(Profile::Aes128Gcm),
            "SRTP_AEAD_AES_256_GCM" => Some(Profile::Aes256Gcm),
            "SRTP_AES128_CM_SHA1_80" => Some(Profile::Aes128CmSha1),
            _ => None,
        }
    }

    /// Bytes of master key ‖ master salt.
    pub fn material_length(self) -> usize {
        self.key_length() + self.salt_length()
    }

    fn key_length(self) -> usize {
        if self == Profile::Aes256Gcm { 32 } else { 16 }
    }

    fn salt_length(self) -> usize {
        if self == Profile::Aes128CmSha1 { 14 } else { 12 }
    }
}

/// Master key and salt of one direction, of the length its profile wants.
#[derive(Clone, PartialEq, Eq)]
pub struct Material {
    profile: Profile,
    bytes: Box<[u8]>,
}

impl Material {
    /// `None` when the length is not that of the profile.
    pub fn new(profile: Profile, bytes: &[u8]) -> Option<Material> {
        (bytes.len() == profile.material_length())
            .then(|| Material { profile, bytes: bytes.into() })
    }

    fn key(&self) -> &[u8] {
        &self.bytes[..self.profile.key_length()]
    }

    /// RFC 7714 §11: a salt of 96 bits is padded with zeros on the right for the key derivation.
    fn salt(&self) -> [u8; 14] {
        let mut salt = [0; 14];
        let given = &self.bytes[self.profile.key_length()..];
        salt[..given.len()].copy_from_slice(given);
        salt
    }
}

/// What protects packets we send.
pub struct Sender {
    rtp: Cipher,
    rtcp: Cipher,
    rtcp_index: u32,
}

impl Sender {
    pub fn new(material: &Material) -> Sender {
        Sender {
            rtp: Cipher::new(material, RTP_LABELS),
            rtcp: Cipher::new(material, RTCP_LABELS),
            rtcp_index: 0,
        }
    }

    /// Protect the packet which starts at `at` in `buffer` and reaches to its end; its header
    /// takes `header` bytes. The tag is appended.
    pub fn protect_rtp(
        &self,
        buffer: &mut Vec<u8>,
        at: usize,
        header: usize,
        ssrc: Ssrc,
        seq: SeqNo,
    ) {
        match &self.rtp {
            Cipher::Gcm(gcm) => {
                let nonce = gcm.rtp_nonce(ssrc, seq);
                let (aad, text) = buffer[at..].split_at_mut(header);
                let tag = gcm.seal(nonce, aad, text);
                buffer.extend_from_slice(&tag);
            }
            Cipher::Cm(cm) => {
                cm.apply(ssrc, seq.0, &mut buffer[at + header..]);
                let tag = cm.sign(&buffer[at..], &seq.roll_over().to_be_bytes());
                buffer.extend_from_slice(&tag);
            }
        }
    }

    /// Protect the compound packet which starts at `at` in `buffer` and reaches to its end.
    pub fn protect_rtcp(&mut self, buffer: &mut Vec<u8>, at: usize) {
        if self.rtcp_index > INDEX_MASK {
            // The index must not come round (RFC 3711 §9.2); it takes years to get here.
            return buffer.truncate(at);
        }
        let index = self.rtcp_index;
        self.rtcp_index += 1;
        let ssrc = ssrc_at(&buffer[at..], 4);
        let trailer = (ENCRYPTED | index).to_be_bytes();
        match &self.rtcp {
            Cipher::Gcm(gcm) => {
                let nonce = gcm.rtcp_nonce(ssrc, index);
                let (header, text) = buffer[at..].split_at_mut(RTCP_HEADER);
                let tag = gcm.seal(nonce, &rtcp_aad(header, trailer), text);
                buffer.extend_from_slice(&tag);
                buffer.extend_from_slice(&trailer);
            }
            Cipher::Cm(cm) => {
                cm.apply(ssrc, u64::from(index), &mut buffer[at + RTCP_HEADER..]);
                buffer.extend_from_slice(&trailer);
                let tag = cm.sign(&buffer[at..], &[]);
                buffer.extend_from_slice(&tag);
            }
        }
    }
}

/// What opens packets we receive, and refuses those seen before.
pub struct Receiver {
    rtp: Cipher,
    rtcp: Cipher,
    streams: IdMap<Ssrc, Window>,
    control: IdMap<Ssrc, Window>,
}

impl Receiver {
    pub fn new(material: &Material) -> Receiver {
        Receiver {
            rtp: Cipher::new(material, RTP_LABELS),
            rtcp: Cipher::new(material, RTCP_LABELS),
            streams: IdMap::default(),
            control: IdMap::default(),
        }
    }

    /// Open a packet in place: its extended sequence number and its length without the tag.
    ///
    /// A duplicate is refused before anything is decrypted; nothing is remembered of a packet
    /// whose tag is wrong.
    pub fn unprotect_rtp(
        &mut self,
        packet: &mut [u8],
        header: usize,
        ssrc: Ssrc,
        wire: u16,
    ) -> Result<(SeqNo, usize), Drop> {
        let window = self.streams.get(&ssrc);
        let seq = window.map_or(SeqNo(u64::from(wire)), |window| window.highest().closest(wire));
        check_fresh(window, seq.0, self.streams.len())?;
        let length = match &self.rtp {
            Cipher::Gcm(gcm) => {
                let (aad, text) = packet.split_at_mut_checked(header).ok_or(Drop::WrongTag)?;
                header + gcm.open(gcm.rtp_nonce(ssrc, seq), aad, text)?
            }
            Cipher::Cm(cm) => {
                let length = cm.verify(packet, header, &seq.roll_over().to_be_bytes())?;
                cm.apply(ssrc, seq.0, &mut packet[header..length]);
                length
            }
        };
        self.streams.entry(ssrc).or_default().accept(seq.0);
        Ok((seq, length))
    }

    /// Open a compound packet in place: its length without tag and index.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Drop> {
        let ssrc = ssrc_at(packet, 4);
        let end = packet.len();
        let trailer_end =
            if matches!(self.rtcp, Cipher::Cm(_)) { end - CM_TAG.min(end) } else { end };
        let trailer = *packet[..trailer_end].last_chunk::<4>().ok_or(Drop::WrongTag)?;
        let word = u32::from_be_bytes(trailer);
        let index = word & INDEX_MASK;
        check_fresh(self.control.get(&ssrc), u64::from(index), self.control.len())?;
        let length = match &self.rtcp {
            Cipher::Gcm(gcm) => gcm.open_rtcp(packet, ssrc, trailer)?,
            Cipher::Cm(cm) => {
                let length = cm.verify(packet, RTCP_HEADER + 4, &[])? - 4;
                if word & ENCRYPTED != 0 {
                    cm.apply(ssrc, u64::from(index), &mut packet[RTCP_HEADER..length]);
                }
                length
            }
        };
        self.control.entry(ssrc).or_default().accept(u64::from(index));
        Ok(length)
    }
}

fn check_fresh(window: Option<&Window>, index: u64, streams: usize) -> Result<(), Drop> {
    match window {
        Some(window) if !window.is_fresh(index) => Err(Drop::Replayed),
        None if streams >= MAX_STREAMS => Err(Drop::TooManyStreams),
        _ => Ok(()),
    }
}

fn ssrc_at(packet: &[u8], at: usize) -> Ssrc {
    let bytes = packet.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    Ssrc(u32::from_be_bytes(bytes.unwrap_or_default()))
}

const ENCRYPTED: u32 = 1 << 31;
const INDEX_MASK: u32 = ENCRYPTED - 1;

/// SSRCs a peer may use in its life. Raising it lets a hostile peer take more memory (300 bytes
/// each); a room of 50 tracks with simulcast and retransmission needs about 350.
const MAX_STREAMS: usize = 1024;

#[cfg(test)]
mod tests;

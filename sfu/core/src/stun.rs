//! STUN messages (RFC 8489), as far as an ICE-lite agent needs them: read a Binding request, write
//! its answer.

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

use std::net::{IpAddr, SocketAddr};

use ring::hmac;

use crate::srtp::is_same_secret;

pub type TransactionId = [u8; 12];

/// A Binding request whose structure is right; nothing in it is authenticated yet.
#[derive(Debug, PartialEq, Eq)]
pub struct Request<'a> {
    pub transaction: TransactionId,
    /// Our ufrag, the part of USERNAME before the colon.
    pub local_ufrag: &'a str,
    /// The client's ufrag, the part after the colon.
    pub remote_ufrag: &'a str,
    pub use_candidate: bool,
    /// The client claims the role which is ours (RFC 8445 §7.3.1.1).
    pub controlled: bool,
    has_role: bool,
    bytes: &'a [u8],
    integrity_at: usize,
}

impl<'a> Request<'a> {
    /// `None` for anything but a well-formed Binding request with USERNAME, a role,
    /// MESSAGE-INTEGRITY and FINGERPRINT, which RFC 8445 §7.1 requires of every check. With all of
    /// them it is never shorter than our answer, so that nobody can be flooded by way of us.
    pub fn parse(bytes: &'a [u8]) -> Option<Request<'a>> {
        let mut request = Request::bare(parse_header(bytes)?, bytes);
        for attribute in Attributes::of(bytes) {
            let Attribute { kind, value, at } = attribute?;
            match kind {
                FINGERPRINT => {
                    let whole = request.is_complete() && check_fingerprint(bytes, at, value);
                    return whole.then_some(request);
                }
                // What follows MESSAGE-INTEGRITY is not protected by it (RFC 8489 §14.5).
                _ if request.integrity_at > 0 => {}
                USERNAME => request.set_username(value)?,
                MESSAGE_INTEGRITY if value.len() == 20 => request.integrity_at = at,
                MESSAGE_INTEGRITY => return None,
                USE_CANDIDATE => request.use_candidate = true,
                ICE_CONTROLLED => (request.has_role, request.controlled) = (true, true),
                ICE_CONTROLLING => request.has_role = true,
                _ => {}
            }
        }
        None
    }

    fn bare(transaction: TransactionId, bytes: &'a [u8]) -> Request<'a> {
        Request {
            transaction,
            local_ufrag: "",
            remote_ufrag: "",
            use_candidate: false,
            controlled: false,
            has_role: false,
            bytes,
            integrity_at: 0,
        }
    }

    fn set_username(&mut self, value: &'a [u8]) -> Option<()> {
        (self.local_ufrag, self.remote_ufrag) = std::str::from_utf8(value).ok()?.split_once(':')?;
        Some(())
    }

    fn is_complete(&self) -> bool {
        self.integrity_at > 0 && self.has_role && !self.local_ufrag.is_empty()
    }

    /// Whether MESSAGE-INTEGRITY was made with this password.
    pub fn is_authentic(&self, key: &hmac::Key) -> bool {
        self.check_integrity(key).unwrap_or(false)
    }

    fn check_integrity(&self, key: &hmac::Key) -> Option<bool> {
        let (covered, integrity) = self.bytes.split_at_checked(self.integrity_at)?;
        let mut context = hmac::Context::with_key(key);
        // The length field is that of a message which ends with MESSAGE-INTEGRITY (RFC 8489 §14.5).
        let length = (self.integrity_at + 24 - 20) as u16;
        context.update(covered.get(..2)?);
        context.update(&length.to_be_bytes());
        context.update(covered.get(4..)?);
        Some(is_same_secret(context.sign().as_ref(), integrity.get(4..24)?))
    }
}

/// The key under which a password authenticates STUN messages.
pub fn integrity_key(password: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes())
}

/// A success response that tells the client its address.
pub fn success(transaction: &TransactionId, source: SocketAddr, key: &hmac::Key) -> Vec<u8> {
    let mut message = Message::new(BINDING_SUCCESS, transaction);
    message.attribute(XOR_MAPPED_ADDRESS, &xor_address(source, transaction));
    message.finish(key)
}

/// The error response 487 (Role Conflict).
pub fn role_conflict(transaction: &TransactionId, key: &hmac::Key) -> Vec<u8> {
    let mut message = Message::new(BINDING_ERROR, transaction);
    message.attribute(ERROR_CODE, b"\0\0\x04\x57Role Conflict");
    message.finish(key)
}

/// A message being written: attributes in their order, then integrity and fingerprint.
struct Message(Vec<u8>);

impl Message {
    fn new(kind: u16, transaction: &TransactionId) -> Message {
        let mut bytes = Vec::with_capacity(96);
        bytes.extend_from_slice(&kind.to_be_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&MAGIC_COOKIE);
        bytes.extend_from_slice(transaction);
        Message(bytes)
    }

    fn attribute(&mut self, kind: u16, value: &[u8]) {
        self.0.extend_from_slice(&kind.to_be_bytes());
        self.0.extend_from_slice(&(value.len() as u16).to_be_bytes());
        self.0.extend_from_slice(value);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
    }

    fn finish(mut self, key: &hmac::Key) -> Vec<u8> {
        self.set_length(24);
        let tag = hmac::sign(key, &self.0);
        self.attribute(MESSAGE_INTEGRITY, tag.as_ref());
        self.set_length(8);
        let checksum = crc32(&self.0) ^ FINGERPRINT_XOR;
        self.attribute(FINGERPRINT, &checksum.to_be_bytes());
        self.0
    }

    /// The length as if an attribute of `coming` bytes were written already.
    fn set_length(&mut self, coming: usize) {
        let length = (self.0.len() + coming - 20) as u16;
        if let Some(field) = self.0.get_mut(2..4) {
            field.copy_from_slice(&length.to_be_bytes());
        }
    }
}

struct Attribute<'a> {
    kind: u16,
    value: &'a [u8],
    at: usize,
}

/// The attributes of a message; `Some(None)` where one runs past the end.
struct Attributes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Attributes<'a> {
    fn of(bytes: &'a [u8]) -> Attributes<'a> {
        Attributes { bytes, at: 20 }
    }

    fn read(&mut self) -> Option<Attribute<'a>> {
        let at = self.at;
        let head: &[u8; 4] = self.bytes.get(at..)?.first_chunk()?;
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = self.bytes.get(at + 4..at + 4 + length)?;
        self.at = at + 4 + length.next_multiple_of(4);
        Some(Attribute { kind, value, at })
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Option<Attribute<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let attribute = self.read();
        if attribute.is_none() {
            self.at = self.bytes.len();
        }
        Some(attribute)
    }
}

fn parse_header(bytes: &[u8]) -> Option<TransactionId> {
    let header: &[u8; 20] = bytes.first_chunk()?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let well_formed = header[..2] == BINDING_REQUEST.to_be_bytes()
        && header[4..8] == MAGIC_COOKIE
        && length % 4 == 0
        && bytes.len() == 20 + length;
    well_formed.then(|| header.last_chunk().copied()).flatten()
}

/// FINGERPRINT is the last attribute and covers all before it (RFC 8489 §14.7).
fn check_fingerprint(bytes: &[u8], at: usize, value: &[u8]) -> bool {
    let expected = bytes.get(..at).map(|covered| crc32(covered) ^ FINGERPRINT_XOR);
    at + 8 == bytes.len() && expected.is_some_and(|sum| value == sum.to_be_bytes())
}

fn xor_address(source: SocketAddr, transaction: &TransactionId) -> Vec<u8> {
    let port = source.port() ^ 0x2112;
    let mut value = vec![0, if source.is_ipv4() { 1 } else { 2 }];
    value.extend_from_slice(&port.to_be_bytes());
    let mask = MAGIC_COOKIE.iter().chain(transaction);
    match source.ip() {
        IpAddr::V4(ip) => value.extend(ip.octets().iter().zip(mask).map(|(a, b)| a ^ b)),
        IpAddr::V6(ip) => value.extend(ip.octets().iter().zip(mask).map(|(a, b)| a ^ b)),
    }
    value
}

// A byte is an index of each table of 256.
#[allow(clippy::indexing_slicing)]
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| (crc >> 8) ^ CRC_TABLE[usize::from((crc as u8) ^ byte)])
}

#[allow(clippy::indexing_slicing)]
const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = (value >> 1) ^ (0xEDB8_8320 & (value & 1).wrapping_neg());
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

static CRC_TABLE: [u32; 256] = crc_table();
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const FINGERPRINT_XOR: u32 = 0x5354_554E;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const ERROR_CODE: u16 = 0x0009;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;
const ICE_CONTROLLED: u16 = 0x8029;
const ICE_CONTROLLING: u16 = 0x802A;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// RFC 5769 §2.1.
    pub(crate) const SAMPLE_REQUEST: &str = "000100582112a442b7e7a701bc34d686fa87dfae\
        802200105354554e207465737420636c69656e74\
        002400046e0001ff80290008932ff9b151263b36\
        000600096576746a3a68367659202020\
        000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf";
    pub(crate) const SAMPLE_PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";

    pub(crate) fn bytes_of(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            hex.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    #[test]
    fn the_sample_request_of_rfc_5769_is_read_and_authentic() {
        let bytes = bytes_of(SAMPLE_REQUEST);
        let request = Request::parse(&bytes).expect("the vector is well formed");
        assert_eq!((request.local_ufrag, request.remote_ufrag), ("evtj", "h6vY"));
        assert!(request.controlled);
        assert!(!request.use_candidate);
        assert!(request.is_authentic(&integrity_key(SAMPLE_PASSWORD)));
        assert!(!request.is_authentic(&integrity_key("VOkJxbRl1RmTxUk/WvJxBu")));
    }

    #[test]
    fn addresses_are_masked_as_in_rfc_5769() {
        let transaction: TransactionId =
            bytes_of("b7e7a701bc34d686fa87dfae").try_into().expect("twelve bytes");
        for (address, expected) in [
            ("192.0.2.1:32853", "0001a147e112a643"),
            (
                "[2001:db8:1234:5678:11:2233:4455:6677]:32853",
                "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9",
            ),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(xor_address(address, &transaction), bytes_of(expected));
        }
    }

    #[test]
    fn every_changed_bit_of_a_request_is_noticed() {
        let bytes = bytes_of(SAMPLE_REQUEST);
        let key = integrity_key(SAMPLE_PASSWORD);
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let accepted = Request::parse(&changed).is_some_and(|r| r.is_authentic(&key));
            assert!(!accepted, "bit {bit}");
        }
    }

    #[test]
    fn a_request_cut_short_anywhere_is_refused() {
        let bytes = bytes_of(SAMPLE_REQUEST);
        for length in 0..bytes.len() {
            assert_eq!(Request::parse(&bytes[..length]), None);
        }
    }

    #[test]
    fn answers_are_authentic_and_no_longer_than_the_request() {
        let key = integrity_key("password");
        let source = "192.0.2.1:32853".parse().expect("an address");
        for answer in [success(&[7; 12], source, &key), role_conflict(&[7; 12], &key)] {
            let length = usize::from(u16::from_be_bytes([answer[2], answer[3]]));
            assert_eq!(answer.len(), 20 + length);
            assert!(answer.len() <= bytes_of(SAMPLE_REQUEST).len());
            assert!(check_fingerprint(&answer, answer.len() - 8, &answer[answer.len() - 4..]));
            let integrity_at = answer.len() - 32;
            let request = Request { integrity_at, ..Request::bare([7; 12], &answer) };
            assert!(request.is_authentic(&key));
        }
    }
}

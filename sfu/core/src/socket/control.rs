//! Control messages (cmsg(3)) read and written as bytes, so that no pointer is needed.

use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What goes along with one datagram: which of our addresses it uses, where the kernel cuts it.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
pub struct Control {
    bytes: [u8; Control::CAPACITY],
    length: usize,
}

impl Control {
    /// Room for an IPv6 address with its interface, and a segment size.
    pub const CAPACITY: usize = 64;

    pub const EMPTY: Control = Control { bytes: [0; Control::CAPACITY], length: 0 };

    /// Bytes that are used.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Note how much the kernel has written.
    pub fn set_length(&mut self, length: usize) {
        self.length = length.min(Control::CAPACITY);
    }

    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.bytes.as_mut_ptr()
    }

    /// Cut the datagrams after so many bytes each (udp(7), UDP_SEGMENT).
    pub fn push_segment_size(&mut self, size: u16) {
        self.push(libc::SOL_UDP, libc::UDP_SEGMENT, &size.to_ne_bytes());
    }

    /// Send from this address of ours: ip(7) IP_PKTINFO, or ipv6(7) IPV6_PKTINFO on a socket of
    /// that family, for which IPv4 addresses are mapped ones.
    pub fn push_source(&mut self, source: IpAddr, is_v6: bool) {
        // The interface stays 0: routing chooses it.
        let mut info = [0; 20];
        match source {
            IpAddr::V4(v4) if !is_v6 => {
                info[4..8].copy_from_slice(&v4.octets());
                info[8..12].copy_from_slice(&v4.octets());
                self.push(libc::IPPROTO_IP, libc::IP_PKTINFO, &info[..12]);
            }
            IpAddr::V4(v4) => {
                info[..16].copy_from_slice(&v4.to_ipv6_mapped().octets());
                self.push(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, &info);
            }
            IpAddr::V6(v6) => {
                info[..16].copy_from_slice(&v6.octets());
                self.push(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, &info);
            }
        }
    }

    /// The address of ours that a datagram came to, if the socket was asked to tell.
    pub fn destination(&self) -> Option<IpAddr> {
        let mut rest = &self.bytes[..self.length];
        while let Some((level, kind, value)) = take_message(&mut rest) {
            match (level, kind) {
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                    let address: [u8; 4] = value.get(8..12)?.try_into().ok()?;
                    return Some(Ipv4Addr::from(address).into());
                }
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    let address: [u8; 16] = value.get(..16)?.try_into().ok()?;
                    return Some(Ipv6Addr::from(address).to_canonical());
                }
                _ => {}
            }
        }
        None
    }

    fn push(&mut self, level: libc::c_int, kind: libc::c_int, value: &[u8]) {
        let end = HEADER + value.len();
        let message = &mut self.bytes[self.length..];
        message[..LENGTH].copy_from_slice(&end.to_ne_bytes());
        message[LENGTH..LENGTH + 4].copy_from_slice(&level.to_ne_bytes());
        message[LENGTH + 4..HEADER].copy_from_slice(&kind.to_ne_bytes());
        message[HEADER..end].copy_from_slice(value);
        self.length += end.next_multiple_of(LENGTH);
    }
}

/// The first message: level, type, value.
fn take_message<'a>(rest: &mut &'a [u8]) -> Option<(libc::c_int, libc::c_int, &'a [u8])> {
    let message: &'a [u8] = rest;
    let length = usize::from_ne_bytes(message.get(..LENGTH)?.try_into().ok()?);
    let level = libc::c_int::from_ne_bytes(message.get(LENGTH..LENGTH + 4)?.try_into().ok()?);
    let kind = libc::c_int::from_ne_bytes(message.get(LENGTH + 4..HEADER)?.try_into().ok()?);
    let value = message.get(HEADER..length)?;
    *rest = message.get(length.next_multiple_of(LENGTH)..).unwrap_or_default();
    Some((level, kind, value))
}

/// A message begins with its length, which is also what everything is aligned to; then level and
/// type.
const LENGTH: usize = mem::size_of::<usize>();
const HEADER: usize = mem::size_of::<libc::cmsghdr>();
const _: () = assert!(HEADER == LENGTH + 8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for (source, is_v6) in [("192.0.2.1", false), ("192.0.2.1", true), ("2001:db8::1", true)] {
            let source = source.parse().expect("an address");
            let mut control = Control::EMPTY;
            control.push_segment_size(1200);
            control.push_source(source, is_v6);
            assert_eq!(control.destination(), Some(source));
        }
    }

    #[test]
    fn without_an_address_there_is_none() {
        assert_eq!(Control::EMPTY.destination(), None);
        let mut control = Control::EMPTY;
        control.push_segment_size(1200);
        assert_eq!(control.destination(), None);
        control.push_source("2001:db8::1".parse().expect("an address"), true);
        for length in 0..control.length() - 4 {
            control.set_length(length);
            assert_eq!(control.destination(), None, "{length}");
        }
    }
}

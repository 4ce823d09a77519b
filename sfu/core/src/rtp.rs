//! RTP packets (RFC 3550 §5) and their header extensions (RFC 8285), read and written.

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

use crate::ids::{Pt, SeqNo, Ssrc};

/// The header of a packet, with the places of its extensions.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    pub marker: bool,
    pub pt: Pt,
    pub seq: u16,
    pub timestamp: u32,
    pub ssrc: Ssrc,
    /// Bytes before the payload.
    pub length: usize,
    has_padding: bool,
    elements: [Element; MAX_ELEMENTS],
    count: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Element {
    id: u8,
    length: u8,
    at: u16,
}

impl Header {
    /// `None` when the bytes are no whole RTP header of version 2.
    pub fn parse(packet: &[u8]) -> Option<Header> {
        let fixed: &[u8; 12] = packet.first_chunk()?;
        if fixed[0] >> 6 != 2 {
            return None;
        }
        let mut header = Header {
            marker: fixed[1] & 0x80 != 0,
            pt: Pt(fixed[1] & 0x7F),
            seq: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: Ssrc(u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]])),
            length: 12 + 4 * usize::from(fixed[0] & 0x0F),
            has_padding: fixed[0] & 0x20 != 0,
            elements: [Element::default(); MAX_ELEMENTS],
            count: 0,
        };
        if fixed[0] & 0x10 != 0 {
            header.parse_extensions(packet)?;
        }
        (header.length <= packet.len()).then_some(header)
    }

    /// The payload of a decrypted packet without its padding; `None` when the padding is impossible.
    pub fn payload<'a>(&self, packet: &'a [u8]) -> Option<&'a [u8]> {
        let payload = packet.get(self.length..)?;
        if !self.has_padding {
            return Some(payload);
        }
        let padding = usize::from(*payload.last()?);
        if padding == 0 { None } else { payload.get(..payload.len().checked_sub(padding)?) }
    }

    /// The value of an extension, by the ids its sender negotiated.
    pub fn extension<'a>(
        &self,
        packet: &'a [u8],
        ids: &ExtensionIds,
        extension: Extension,
    ) -> Option<&'a [u8]> {
        let id = ids.id(extension)?;
        let element = self.elements().find(|element| element.id == id)?;
        element.value(packet)
    }

    fn elements(&self) -> impl Iterator<Item = &Element> + Clone {
        self.elements.iter().take(self.count)
    }

    fn parse_extensions(&mut self, packet: &[u8]) -> Option<()> {
        let at = self.length;
        let head: &[u8; 4] = packet.get(at..)?.first_chunk()?;
        let profile = u16::from_be_bytes([head[0], head[1]]);
        let end = at + 4 + 4 * usize::from(u16::from_be_bytes([head[2], head[3]]));
        let block = packet.get(..end)?;
        self.length = end;
        match profile {
            ONE_BYTE => self.parse_one_byte(block, at + 4),
            _ if profile & 0xFFF0 == TWO_BYTE => self.parse_two_byte(block, at + 4),
            _ => {}
        }
        Some(())
    }

    fn parse_one_byte(&mut self, block: &[u8], mut at: usize) {
        while let Some(&head) = block.get(at) {
            match (head >> 4, usize::from(head & 0x0F) + 1) {
                _ if head == 0 => at += 1,
                // RFC 8285 §4.2: 15 ends the extensions.
                (15, _) => return,
                (id, length) => {
                    self.push(id, at + 1, length, block.len());
                    at += 1 + length;
                }
            }
        }
    }

    fn parse_two_byte(&mut self, block: &[u8], mut at: usize) {
        while let Some(&id) = block.get(at) {
            if id == 0 {
                at += 1;
                continue;
            }
            let Some(&length) = block.get(at + 1) else { return };
            self.push(id, at + 2, usize::from(length), block.len());
            at += 2 + usize::from(length);
        }
    }

    fn push(&mut self, id: u8, at: usize, length: usize, end: usize) {
        let Some(element) = self.elements.get_mut(self.count) else { return };
        if at + length <= end && at <= usize::from(u16::MAX) {
            *element = Element { id, length: length as u8, at: at as u16 };
            self.count += 1;
        }
    }
}

impl Element {
    fn value<'a>(&self, packet: &'a [u8]) -> Option<&'a [u8]> {
        let at = usize::from(self.at);
        packet.get(at..at + usize::from(self.length))
    }
}

/// The header extensions the engine knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Extension {
    Mid,
    Rid,
    RepairedRid,
    TransportCc,
    AbsSendTime,
    AudioLevel,
    AbsCaptureTime,
    DependencyDescriptor,
    Orientation,
    PlayoutDelay,
    ContentType,
    ColorSpace,
}

impl Extension {
    /// The extension of that URI, if the engine knows it.
    pub fn named(uri: &str) -> Option<Extension> {
        let found = URIS.iter().find(|(known, _)| *known == uri);
        found.map(|(_, extension)| *extension)
    }

    /// Whether it means the same to a subscriber. The others speak of the publisher's transport.
    fn is_forwarded(self) -> bool {
        self as u8 >= Extension::AudioLevel as u8
    }
}

/// The extension ids one peer negotiated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionIds {
    ids: [u8; URIS.len()],
    extensions: [Option<Extension>; 256],
}

impl Default for ExtensionIds {
    fn default() -> ExtensionIds {
        ExtensionIds { ids: [0; URIS.len()], extensions: [None; 256] }
    }
}

impl ExtensionIds {
    pub fn set(&mut self, extension: Extension, id: u8) {
        if let Some(known) = self.ids.get_mut(extension as usize) {
            *known = id;
        }
        if let Some(known) = self.extensions.get_mut(usize::from(id)) {
            *known = Some(extension);
        }
    }

    pub fn id(&self, extension: Extension) -> Option<u8> {
        self.ids.get(extension as usize).copied().filter(|id| *id != 0)
    }

    fn extension(&self, id: u8) -> Option<Extension> {
        self.extensions.get(usize::from(id)).copied().flatten()
    }
}

/// The fields of a forwarded packet which differ from those that came in.
#[derive(Clone, Copy, Debug)]
pub struct Rewrite<'a> {
    pub ssrc: Ssrc,
    pub pt: Pt,
    pub seq: SeqNo,
    pub timestamp: u32,
    pub marker: bool,
    /// Takes the place of the dependency descriptor that came.
    pub descriptor: Option<&'a [u8]>,
    /// The transport-wide sequence number, if the subscriber reports on those.
    pub transport: Option<u16>,
    /// How long pictures shall wait at least, in units of 10 ms; takes the place of what came.
    pub playout: Option<u16>,
}

impl Rewrite<'_> {
    /// A packet without a frame, in a stream of retransmissions.
    pub fn padding((ssrc, pt, seq): (Ssrc, Pt, SeqNo), transport: Option<u16>) -> Rewrite<'static> {
        let (marker, descriptor, playout) = (false, None, None);
        Rewrite { ssrc, pt, seq, timestamp: 0, marker, descriptor, transport, playout }
    }
}

/// Append a packet's header as a subscriber shall see it: other numbers, its own extension ids, its
/// own mid. Returns the bytes written. The payload, padding included, is the caller's to append.
pub fn write_header(
    out: &mut Vec<u8>,
    packet: &[u8],
    header: &Header,
    (from, to): (&ExtensionIds, &ExtensionIds),
    mid: &str,
    rewrite: Rewrite,
) -> usize {
    let at = out.len();
    let padding = if header.has_padding { 0x20 } else { 0 };
    out.extend_from_slice(&[0x80 | padding, u8::from(rewrite.marker) << 7 | rewrite.pt.0]);
    out.extend_from_slice(&rewrite.seq.wire().to_be_bytes());
    out.extend_from_slice(&rewrite.timestamp.to_be_bytes());
    out.extend_from_slice(&rewrite.ssrc.0.to_be_bytes());
    let own = (mid, rewrite.transport, rewrite.playout);
    write_extensions(out, at, packet, header, (from, to), own, rewrite.descriptor);
    out.len() - at
}

/// Append the header and payload of a packet that holds nothing but padding (RFC 3550 §5.1), the
/// most one can hold. Returns the length of the header.
pub fn write_padding(out: &mut Vec<u8>, ids: &ExtensionIds, mid: &str, rewrite: Rewrite) -> usize {
    let at = out.len();
    let blank = [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let Some(header) = Header::parse(&blank) else { return 0 };
    let none = ExtensionIds::default();
    let length = write_header(out, &blank, &header, (&none, ids), mid, rewrite);
    if let Some(first) = out.get_mut(at) {
        *first |= 0x20;
    }
    out.resize(out.len() + usize::from(u8::MAX) - 1, 0);
    out.push(u8::MAX);
    length
}

/// Take the padding flag from a header that was written at `at`.
pub fn clear_padding(out: &mut [u8], at: usize) {
    if let Some(first) = out.get_mut(at) {
        *first &= !0x20;
    }
}

/// Pad the packet that starts at `at`, unless it is short, to a multiple of a few bytes (RFC 3550
/// §5.1). Senders split a frame into packets which differ by a byte: now they are of one size, and all
/// of the frame leaves in one segmented send.
pub fn even_out(out: &mut Vec<u8>, at: usize) {
    let length = out.len().saturating_sub(at);
    let missing = length.next_multiple_of(EVEN) - length;
    let Some(first) = out.get_mut(at) else { return };
    if missing == 0 || length < LEAST_EVENED || *first & 0x20 != 0 {
        return;
    }
    *first |= 0x20;
    out.resize(out.len() + missing - 1, 0);
    out.push(missing as u8);
}

fn write_extensions(
    out: &mut Vec<u8>,
    packet_at: usize,
    packet: &[u8],
    header: &Header,
    (from, to): (&ExtensionIds, &ExtensionIds),
    (mid, transport, playout): (&str, Option<u16>, Option<u16>),
    descriptor: Option<&[u8]>,
) {
    let block = out.len();
    let forwarded = header.elements().filter_map(|element| {
        let extension = from.extension(element.id).filter(|found| found.is_forwarded())?;
        if extension == Extension::PlayoutDelay && playout.is_some() {
            return None;
        }
        let other = descriptor.filter(|_| extension == Extension::DependencyDescriptor);
        Some((to.id(extension)?, other.or_else(|| element.value(packet))?))
    });
    let mid =
        to.id(Extension::Mid).map(|id| (id, mid.as_bytes().get(..255).unwrap_or(mid.as_bytes())));
    let transport = transport.map(u16::to_be_bytes);
    let transport = transport.as_ref().zip(to.id(Extension::TransportCc));
    let transport = transport.map(|(seq, id)| (id, seq.as_slice()));
    let playout = playout.map(playout_delay);
    let playout = playout.as_ref().zip(to.id(Extension::PlayoutDelay));
    let playout = playout.map(|(delay, id)| (id, delay.as_slice()));
    let own = mid.into_iter().chain(transport).chain(playout);
    let two_byte =
        forwarded.clone().chain(own.clone()).any(|(id, value)| !fits_one_byte(id, value));
    out.extend_from_slice(&[0; 4]);
    for (id, value) in own.chain(forwarded) {
        write_element(out, two_byte, id, value);
    }
    let written = out.len() - block - 4;
    if written == 0 {
        return out.truncate(block);
    }
    out.resize(block + 4 + written.next_multiple_of(4), 0);
    let profile = if two_byte { TWO_BYTE } else { ONE_BYTE };
    let words = written.div_ceil(4) as u16;
    let head = u32::from(profile) << 16 | u32::from(words);
    if let Some(place) = out.get_mut(block..block + 4) {
        place.copy_from_slice(&head.to_be_bytes());
    }
    if let Some(first) = out.get_mut(packet_at) {
        *first |= 0x10;
    }
}

/// Twelve bits of the least and of the greatest delay; the greatest is libwebrtc's default.
fn playout_delay(least: u16) -> [u8; 3] {
    let [_, high, middle, low] =
        (u32::from(least.min(0xFFF)) << 12 | GREATEST_PLAYOUT).to_be_bytes();
    [high, middle, low]
}

fn write_element(out: &mut Vec<u8>, two_byte: bool, id: u8, value: &[u8]) {
    if two_byte {
        out.extend_from_slice(&[id, value.len() as u8]);
    } else {
        out.push(id << 4 | (value.len() - 1) as u8);
    }
    out.extend_from_slice(value);
}

fn fits_one_byte(id: u8, value: &[u8]) -> bool {
    id < 15 && (1..=16).contains(&value.len())
}

const URIS: [(&str, Extension); 12] = [
    ("urn:ietf:params:rtp-hdrext:sdes:mid", Extension::Mid),
    ("urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", Extension::Rid),
    ("urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", Extension::RepairedRid),
    (
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
        Extension::TransportCc,
    ),
    ("http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", Extension::AbsSendTime),
    ("urn:ietf:params:rtp-hdrext:ssrc-audio-level", Extension::AudioLevel),
    ("http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time", Extension::AbsCaptureTime),
    (
        "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
        Extension::DependencyDescriptor,
    ),
    ("urn:3gpp:video-orientation", Extension::Orientation),
    ("http://www.webrtc.org/experiments/rtp-hdrext/playout-delay", Extension::PlayoutDelay),
    ("http://www.webrtc.org/experiments/rtp-hdrext/video-content-type", Extension::ContentType),
    ("http://www.webrtc.org/experiments/rtp-hdrext/color-space", Extension::ColorSpace),
];
/// Ten seconds in units of 10 ms.
const GREATEST_PLAYOUT: u32 = 1000;

/// Raising it lets fewer frames fall apart, now one in eight, and pads more: half of it on average.
const EVEN: usize = 8;

/// Shorter packets are not padded: it would cost more than a hundredth of them.
const LEAST_EVENED: usize = 500;

const ONE_BYTE: u16 = 0xBEDE;
const TWO_BYTE: u16 = 0x1000;

/// Extensions looked at in one packet; senders use at most ten.
const MAX_ELEMENTS: usize = 16;

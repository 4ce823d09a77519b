//! A client as the engine meets it: it checks connectivity, protects what it sends and opens what it
//! receives.

use std::net::SocketAddr;

use ring::hmac;
use visio_core::Command;
use visio_core::codec::Codec;
use visio_core::ids::{PeerId, Pt, SeqNo, Ssrc};
use visio_core::path::{LocalId, Path, Via};
use visio_core::peer::{Format, Formats};
use visio_core::rtcp;
use visio_core::rtp::{Extension, Header};
use visio_core::srtp::{Material, Profile, Receiver, Sender};

use crate::world::World;

pub const AUDIO_PT: Pt = Pt(111);
pub const VIDEO_PT: Pt = Pt(96);
pub const RTX_PT: Pt = Pt(97);
pub const RED_PT: Pt = Pt(63);
pub const VP9_PT: Pt = Pt(98);
pub const AV1_PT: Pt = Pt(45);
pub const H264_PT: Pt = Pt(102);

const MID: u8 = 4;
const RID: u8 = 10;
const REPAIRED_RID: u8 = 11;
const TRANSPORT_CC: u8 = 3;
pub const SEND_TIME: u8 = 2;
const LEVEL: u8 = 1;
const DESCRIPTOR: u8 = 12;
pub const PLAYOUT: u8 = 5;

pub struct Client {
    pub peer: PeerId,
    pub address: SocketAddr,
    pub via: Via,
    pub ufrag: String,
    pub password: String,
    pub remote_ufrag: String,
    profile: Profile,
    sender: Sender,
    receiver: Receiver,
}

/// A packet a client sends; `..Packet::default()` for what does not matter.
#[derive(Clone, Debug)]
pub struct Packet {
    pub pt: Pt,
    pub ssrc: u32,
    /// Extended: it chooses the roll-over counter of SRTP too.
    pub seq: u64,
    pub timestamp: u32,
    pub marker: bool,
    pub payload: Vec<u8>,
    pub padding: u8,
    pub mid: Option<&'static str>,
    pub rid: Option<&'static str>,
    pub repaired_rid: Option<&'static str>,
    pub transport_seq: Option<u16>,
    pub send_time: Option<[u8; 3]>,
    pub level: Option<u8>,
    /// The dependency descriptor.
    pub descriptor: Option<Vec<u8>>,
}

impl Default for Packet {
    fn default() -> Packet {
        Packet {
            pt: AUDIO_PT,
            ssrc: 7,
            seq: 1,
            timestamp: 0,
            marker: false,
            payload: vec![1, 2, 3],
            padding: 0,
            mid: None,
            rid: None,
            repaired_rid: None,
            transport_seq: None,
            send_time: None,
            level: None,
            descriptor: None,
        }
    }
}

/// A packet a client received and opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub pt: Pt,
    pub ssrc: u32,
    /// Extended as the client's SRTP did.
    pub seq: u64,
    pub timestamp: u32,
    pub marker: bool,
    pub mid: Option<String>,
    pub level: Option<u8>,
    pub descriptor: Option<Vec<u8>>,
    pub transport: Option<u16>,
    /// Of the playout-delay extension, where it was negotiated.
    pub playout: Option<[u8; 3]>,
    pub payload: Vec<u8>,
}

/// RTCP a client received and opened, as the engine's own parser reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    SenderReport { ssrc: u32, ntp: u64, rtp: u32 },
    Report(rtcp::ReportBlock),
    Nack { media: u32, lost: Vec<u16> },
    PictureLoss(u32),
    Remb(f64),
}

impl Client {
    pub fn new(number: u64) -> Client {
        Client::with_profile(number, Profile::Aes128Gcm)
    }

    pub fn with_profile(number: u64, profile: Profile) -> Client {
        Client {
            peer: PeerId(number),
            address: format!("192.0.2.{number}:5000").parse().expect("an address"),
            via: Via::Udp(LocalId::default()),
            ufrag: format!("server{number}"),
            password: format!("the password of server {number}"),
            remote_ufrag: format!("client{number}"),
            profile,
            sender: Sender::new(&material(profile, number, 1)),
            receiver: Receiver::new(&material(profile, number, 2)),
        }
    }

    pub fn add(&self, world: &mut World) {
        world.command(Command::AddPeer {
            peer: self.peer,
            ufrag: self.ufrag.clone(),
            password: self.password.clone(),
        });
        self.set_ice(world);
    }

    pub fn set_ice(&self, world: &mut World) {
        world.command(Command::SetIce {
            peer: self.peer,
            ufrag: self.ufrag.clone(),
            password: self.password.clone(),
            remote_ufrag: self.remote_ufrag.clone(),
        });
    }

    pub fn set_keys(&self, world: &mut World) {
        world.command(Command::SetKeys {
            peer: self.peer,
            receive: material(self.profile, self.peer.0, 1),
            send: material(self.profile, self.peer.0, 2),
        });
    }

    pub fn set_formats(&self, world: &mut World) {
        world.command(Command::SetFormats { peer: self.peer, formats: Box::new(formats()) });
    }

    pub fn path(&self) -> Path {
        Path { remote: self.address, via: self.via }
    }

    /// Send a Binding request from the client's address.
    pub fn check(&self, world: &mut World, nominate: bool) {
        world.deliver(self.path(), &self.binding_request(nominate));
    }

    pub fn binding_request(&self, nominate: bool) -> Vec<u8> {
        let username = format!("{}:{}", self.ufrag, self.remote_ufrag);
        binding_request(&username, &self.password, nominate, CONTROLLING)
    }

    pub fn send(&self, world: &mut World, packet: &Packet) {
        world.deliver(self.path(), &self.protect(packet));
    }

    pub fn protect(&self, packet: &Packet) -> Vec<u8> {
        let (bytes, header) = packet.write();
        self.protect_bytes(bytes, header, packet)
    }

    /// Protect bytes that were written for a packet and changed since.
    pub fn protect_bytes(&self, mut bytes: Vec<u8>, header: usize, packet: &Packet) -> Vec<u8> {
        let (ssrc, seq) = (Ssrc(packet.ssrc), SeqNo(packet.seq));
        self.sender.protect_rtp(&mut bytes, 0, header, ssrc, seq);
        bytes
    }

    pub fn send_rtcp(&mut self, world: &mut World, write: impl FnOnce(&mut Vec<u8>)) {
        let bytes = self.protect_rtcp(write);
        world.deliver(self.path(), &bytes);
    }

    pub fn protect_rtcp(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes);
        self.sender.protect_rtcp(&mut bytes, 0);
        bytes
    }

    pub fn clear(&self, world: &mut World) {
        world.take(self.path());
    }

    /// The media that arrived since the last call; RTCP and STUN are thrown away.
    pub fn media(&mut self, world: &mut World) -> Vec<Received> {
        self.receive(world).0
    }

    /// The RTCP that arrived since the last call; media is thrown away.
    pub fn control(&mut self, world: &mut World) -> Vec<Control> {
        let datagrams = world.take(self.path());
        self.read_control(datagrams)
    }

    /// The media among datagrams that reached the client.
    pub fn read_media(&mut self, datagrams: Vec<Vec<u8>>) -> Vec<Received> {
        self.read(datagrams).0
    }

    /// The RTCP among datagrams that reached the client.
    pub fn read_control(&mut self, datagrams: Vec<Vec<u8>>) -> Vec<Control> {
        self.read(datagrams).1.iter().flat_map(|compound| read_control(compound)).collect()
    }

    /// The plain RTCP compounds among datagrams that reached the client.
    pub fn read_compounds(&mut self, datagrams: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        self.read(datagrams).1
    }

    /// Media and plain RTCP compounds that arrived since the last call.
    pub fn receive(&mut self, world: &mut World) -> (Vec<Received>, Vec<Vec<u8>>) {
        let datagrams = world.take(self.path());
        self.read(datagrams)
    }

    fn read(&mut self, datagrams: Vec<Vec<u8>>) -> (Vec<Received>, Vec<Vec<u8>>) {
        let (mut media, mut control) = (Vec::new(), Vec::new());
        for mut datagram in datagrams {
            match datagram[0] {
                128..=191 if (64..96).contains(&(datagram[1] & 0x7F)) => {
                    let length = self.receiver.unprotect_rtcp(&mut datagram).expect("authentic");
                    control.push(datagram[..length].to_vec());
                }
                128..=191 => media.push(self.open(datagram)),
                _ => {}
            }
        }
        (media, control)
    }

    /// Media that arrived under numbers which were received before.
    pub fn repeated(&mut self, world: &mut World) -> Vec<Received> {
        self.receiver = Receiver::new(&material(self.profile, self.peer.0, 2));
        self.media(world)
    }

    /// Open a datagram that holds media.
    pub fn open(&mut self, mut datagram: Vec<u8>) -> Received {
        let header = Header::parse(&datagram).expect("well formed");
        let (seq, length) = self
            .receiver
            .unprotect_rtp(&mut datagram, header.length, header.ssrc, header.seq)
            .expect("authentic and new");
        let packet = &datagram[..length];
        let mut ids = formats().extensions;
        ids.set(Extension::PlayoutDelay, PLAYOUT);
        let text = |extension| {
            let value = header.extension(packet, &ids, extension)?;
            Some(String::from_utf8_lossy(value).into_owned())
        };
        Received {
            pt: header.pt,
            ssrc: header.ssrc.0,
            seq: seq.0,
            timestamp: header.timestamp,
            marker: header.marker,
            mid: text(Extension::Mid),
            level: header.extension(packet, &ids, Extension::AudioLevel).map(|value| value[0]),
            descriptor: formats().descriptor(packet, &header).map(<[u8]>::to_vec),
            transport: header
                .extension(packet, &ids, Extension::TransportCc)
                .map(|value| u16::from_be_bytes([value[0], value[1]])),
            playout: header
                .extension(packet, &ids, Extension::PlayoutDelay)
                .map(|value| [value[0], value[1], value[2]]),
            payload: header.payload(packet).expect("sane padding").to_vec(),
        }
    }
}

impl Packet {
    /// The plain packet and the length of its header.
    pub fn write(&self) -> (Vec<u8>, usize) {
        let padded = if self.padding > 0 { 0x20 } else { 0 };
        let mut bytes = vec![0x90 | padded, u8::from(self.marker) << 7 | self.pt.0];
        bytes.extend_from_slice(&(self.seq as u16).to_be_bytes());
        bytes.extend_from_slice(&self.timestamp.to_be_bytes());
        bytes.extend_from_slice(&self.ssrc.to_be_bytes());
        let extensions = self.write_extensions();
        let profile: u16 = if self.descriptor.is_some() { 0x1000 } else { 0xBEDE };
        bytes.extend_from_slice(&profile.to_be_bytes());
        bytes.extend_from_slice(&[0, (extensions.len() / 4) as u8]);
        bytes.extend_from_slice(&extensions);
        let header = bytes.len();
        bytes.extend_from_slice(&self.payload);
        if self.padding > 0 {
            bytes.resize(bytes.len() + usize::from(self.padding) - 1, 0);
            bytes.push(self.padding);
        }
        (bytes, header)
    }

    fn write_extensions(&self) -> Vec<u8> {
        let mut block = Vec::new();
        let mut push = |id: u8, value: &[u8]| {
            match self.descriptor {
                Some(_) => block.extend_from_slice(&[id, value.len() as u8]),
                None => block.push(id << 4 | (value.len() - 1) as u8),
            }
            block.extend_from_slice(value);
        };
        if let Some(mid) = self.mid {
            push(MID, mid.as_bytes());
        }
        if let Some(rid) = self.rid {
            push(RID, rid.as_bytes());
        }
        if let Some(rid) = self.repaired_rid {
            push(REPAIRED_RID, rid.as_bytes());
        }
        if let Some(seq) = self.transport_seq {
            push(TRANSPORT_CC, &seq.to_be_bytes());
        }
        if let Some(time) = self.send_time {
            push(SEND_TIME, &time);
        }
        if let Some(level) = self.level {
            push(LEVEL, &[level]);
        }
        if let Some(descriptor) = &self.descriptor {
            push(DESCRIPTOR, descriptor);
        }
        block.resize(block.len().next_multiple_of(4), 0);
        block
    }
}

/// A VP8 payload with 15-bit picture id and temporal layer.
pub fn vp8(key: bool, picture_id: u16, tl0: u8, temporal: u8, sync: bool) -> Vec<u8> {
    let id = 0x8000 | picture_id;
    let layer = temporal << 6 | u8::from(sync) << 5;
    vec![0x90, 0xE0, (id >> 8) as u8, id as u8, tl0, layer, u8::from(!key), 0xAA]
}

/// Picture id and TL0PICIDX of such a payload.
pub fn vp8_counters(payload: &[u8]) -> (u16, u8) {
    (u16::from_be_bytes([payload[2] & 0x7F, payload[3]]), payload[4])
}

/// A video packet without simulcast.
pub fn video(seq: u64, timestamp: u32, payload: Vec<u8>) -> Packet {
    Packet { pt: VIDEO_PT, ssrc: 20, seq, timestamp, payload, mid: Some("0"), ..Packet::default() }
}

/// A packet of a simulcast layer; its SSRC follows from the rid.
pub fn layered(rid: &'static str, seq: u64, timestamp: u32, payload: Vec<u8>) -> Packet {
    let ssrc = 30 + u32::from(rid.as_bytes()[0]);
    Packet { ssrc, rid: Some(rid), marker: true, ..video(seq, timestamp, payload) }
}

/// The retransmission of a packet, as the RTX stream's packet `seq`.
pub fn rtx(packet: &Packet, seq: u64) -> Packet {
    let payload = [&(packet.seq as u16).to_be_bytes()[..], &packet.payload].concat();
    let (ssrc, repaired_rid) = (packet.ssrc + 5_000, packet.rid);
    Packet { pt: RTX_PT, ssrc, seq, payload, rid: None, repaired_rid, ..packet.clone() }
}

/// A payload of redundant audio: what it repeats, each with how much earlier it was, oldest first.
pub fn red(earlier: &[(u32, &[u8])], primary: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    for (behind, block) in earlier {
        let word = (0x80 | u32::from(AUDIO_PT.0)) << 24 | behind << 10 | block.len() as u32;
        payload.extend_from_slice(&word.to_be_bytes());
    }
    payload.push(AUDIO_PT.0);
    earlier.iter().for_each(|(_, block)| payload.extend_from_slice(block));
    payload.extend_from_slice(primary);
    payload
}

pub const CONTROLLING: u16 = 0x802A;
pub const CONTROLLED: u16 = 0x8029;

pub fn binding_request(username: &str, password: &str, nominate: bool, role: u16) -> Vec<u8> {
    let mut bytes = vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42];
    bytes.extend_from_slice(&[9; 12]);
    attribute(&mut bytes, 0x0006, username.as_bytes());
    attribute(&mut bytes, role, &[5; 8]);
    if nominate {
        attribute(&mut bytes, 0x0025, &[]);
    }
    set_length(&mut bytes, 24);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    let tag = hmac::sign(&key, &bytes);
    attribute(&mut bytes, 0x0008, tag.as_ref());
    set_length(&mut bytes, 8);
    let checksum = crc32(&bytes) ^ 0x5354_554E;
    attribute(&mut bytes, 0x8028, &checksum.to_be_bytes());
    bytes
}

fn attribute(bytes: &mut Vec<u8>, kind: u16, value: &[u8]) {
    bytes.extend_from_slice(&kind.to_be_bytes());
    bytes.extend_from_slice(&(value.len() as u16).to_be_bytes());
    bytes.extend_from_slice(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

fn set_length(bytes: &mut [u8], coming: usize) {
    let length = (bytes.len() - 20 + coming) as u16;
    bytes[2..4].copy_from_slice(&length.to_be_bytes());
}

pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

pub fn read_control(compound: &[u8]) -> Vec<Control> {
    let mut items = Vec::new();
    rtcp::parse(compound, |item| match item {
        rtcp::Item::SenderReport { ssrc, ntp, rtp } => {
            items.push(Control::SenderReport { ssrc: ssrc.0, ntp, rtp });
        }
        rtcp::Item::Report(block) => items.push(Control::Report(block)),
        rtcp::Item::Nack { media, pairs } => {
            items.push(Control::Nack { media: media.0, lost: rtcp::nacked(pairs).collect() });
        }
        rtcp::Item::PictureLoss(media) => items.push(Control::PictureLoss(media.0)),
        rtcp::Item::Arrivals(_) => {}
        rtcp::Item::Remb(rate) => items.push(Control::Remb(rate)),
        rtcp::Item::Bye(_) | rtcp::Item::FullIntra(_) => panic!("the engine sends none"),
    })
    .expect("well formed");
    items
}

pub fn formats() -> Formats {
    let mut formats = Formats::default();
    for (extension, id) in [
        (Extension::Mid, MID),
        (Extension::Rid, RID),
        (Extension::RepairedRid, REPAIRED_RID),
        (Extension::TransportCc, TRANSPORT_CC),
        (Extension::AudioLevel, LEVEL),
        (Extension::DependencyDescriptor, DESCRIPTOR),
    ] {
        formats.extensions.set(extension, id);
    }
    let opus = Format { codec: Codec::Opaque, clock_rate: 48_000, apt: None };
    let video = |codec| Format { codec, clock_rate: 90_000, apt: None };
    let rtx = Format { codec: Codec::Rtx, clock_rate: 90_000, apt: Some(VIDEO_PT) };
    let red = Format { codec: Codec::Red, clock_rate: 48_000, apt: Some(AUDIO_PT) };
    for (pt, format) in [
        (AUDIO_PT, opus),
        (VIDEO_PT, video(Codec::Vp8)),
        (VP9_PT, video(Codec::Vp9)),
        (AV1_PT, video(Codec::Av1)),
        (H264_PT, video(Codec::H264)),
        (RTX_PT, rtx),
        (RED_PT, red),
    ] {
        formats.set(pt, format);
    }
    formats
}

fn material(profile: Profile, number: u64, direction: u8) -> Material {
    let bytes = vec![number as u8 * 2 + direction; profile.material_length()];
    Material::new(profile, &bytes).expect("the profile's length")
}

//! The least that forwarding can cost: one thread, batches in, a packet opened once and protected
//! anew for each receiver with ring's AES-128-GCM, and one segmented send (UDP GSO) a run of equal
//! sizes.
//!
//! str0m connects the clients; then nothing but this loop runs: no history, no feedback, no
//! counters, no replay window, no header extensions, one SSRC rewritten.

use std::collections::HashMap;
use std::io::{BufRead, StdinLock, Write, stdin, stdout};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde_json::{Value, json};
use str0m::change::SdpOffer;
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

use crate::Result;
use crate::client::Identity;
use crate::keys::{Session as SessionKeys, Tap, tapped};
use crate::wire::{Batch, Endpoint, Epoll, Message};

/// Obey the lines of standard input until it ends, and forward meanwhile.
pub fn serve() -> Result<()> {
    let mut floor = Floor::open()?;
    let mut lines = stdin().lock();
    let epoll = Epoll::new()?;
    epoll.add(&lines, STANDARD_INPUT)?;
    epoll.add(&floor.socket, SOCKET)?;
    let mut batch = Batch::new();
    let mut ready = Vec::new();
    let mut swept_at = Instant::now();
    loop {
        epoll.wait(SWEEP, &mut ready);
        if ready.contains(&STANDARD_INPUT) && !floor.obey(&mut lines)? {
            return Ok(());
        }
        floor.receive(&mut batch)?;
        if swept_at.elapsed() >= SWEEP {
            swept_at = Instant::now();
            floor.sweep(swept_at)?;
        }
    }
}

struct Floor {
    socket: Endpoint,
    identity: Identity,
    peers: Vec<Peer>,
    by_address: HashMap<SocketAddr, usize>,
    /// Publishing peers, in the order of their offers.
    published: Vec<usize>,
    outgoing: Vec<Burst>,
}

/// A client, and what it publishes, which is at most one track.
struct Peer {
    rtc: Rtc,
    tap: Tap,
    timeout: Instant,
    address: Option<SocketAddr>,
    open: Option<Cipher>,
    seal: Option<Cipher>,
    /// Who receives its track, and under which SSRC.
    receivers: Vec<(usize, u32)>,
}

struct Cipher {
    key: LessSafeKey,
    salt: [u8; 12],
}

/// What waits to be sent to one peer: its bytes, and runs of packets of one size.
#[derive(Default)]
struct Burst {
    bytes: Vec<u8>,
    runs: Vec<Run>,
}

#[derive(Clone, Copy)]
struct Run {
    at: usize,
    length: usize,
    segment: usize,
}

impl Floor {
    fn open() -> Result<Floor> {
        Ok(Floor {
            socket: Endpoint::open()?,
            identity: Identity::new()?,
            peers: Vec::new(),
            by_address: HashMap::new(),
            published: Vec::new(),
            outgoing: Vec::new(),
        })
    }

    /// Obey one line; says whether there was one.
    fn obey(&mut self, lines: &mut StdinLock) -> Result<bool> {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(false);
        }
        let request: Value = serde_json::from_str(&line)?;
        let response = match (request["do"].as_str(), request["sdp"].as_str()) {
            (Some("offer"), Some(sdp)) => json!({ "sdp": self.answer(sdp)? }),
            _ => json!({ "counters": {} }),
        };
        writeln!(stdout(), "{response}")?;
        Ok(true)
    }

    /// Peers are numbered from 0, and each offers once.
    fn answer(&mut self, offer: &str) -> Result<String> {
        let (provider, tap) = tapped(&self.identity.provider);
        let mut rtc = RtcConfig::new()
            .set_crypto_provider(provider.into())
            .set_dtls_cert(self.identity.certificate.clone())
            .set_ice_lite(true)
            .set_rtp_mode(true)
            .build(Instant::now());
        rtc.add_local_candidate(Candidate::host(self.socket.address(), "udp")?);
        let answer = rtc.sdp_api().accept_offer(SdpOffer::from_sdp_string(offer)?)?;
        let number = self.peers.len();
        self.peers.push(Peer::new(rtc, tap));
        self.outgoing.push(Burst::default());
        let answer = answer.to_sdp_string();
        self.connect(number, &answer);
        Ok(answer)
    }

    /// What is published so far goes to the sections in which this peer receives; or it publishes.
    fn connect(&mut self, number: usize, answer: &str) {
        let sections: Vec<_> = answer.split("\r\nm=").skip(1).collect();
        if sections.iter().any(|section| section.contains("\r\na=recvonly")) {
            self.published.push(number);
        }
        let ssrcs = sections.iter().filter_map(|section| sent_ssrc(section));
        for (&source, ssrc) in self.published.iter().zip(ssrcs) {
            self.peers[source].receivers.push((number, ssrc));
        }
    }

    fn receive(&mut self, batch: &mut Batch) -> Result<()> {
        self.socket.receive(batch);
        for (source, _, datagram) in batch.iter_mut() {
            match datagram {
                [128..=191, 192..=223, ..] => {} // RTCP (RFC 5761): nobody listens.
                [128..=191, ..] => self.forward(source, datagram),
                _ => self.handle_control(source, datagram)?,
            }
        }
        self.send();
        Ok(())
    }

    fn forward(&mut self, source: SocketAddr, packet: &mut [u8]) {
        let Some(&number) = self.by_address.get(&source) else { return };
        let publisher = &self.peers[number];
        let head = header_length(packet);
        let Some(cipher) = publisher.open.as_ref().filter(|_| head < packet.len()) else { return };
        let (header, body) = packet.split_at_mut(head);
        let nonce = cipher.nonce(header);
        let Ok(payload) = cipher.key.open_in_place(nonce, Aad::from(&*header), body) else {
            return;
        };
        header[0] &= !EXTENSION;
        for &(receiver, ssrc) in &publisher.receivers {
            header[8..12].copy_from_slice(&ssrc.to_be_bytes());
            if let Some(cipher) = &self.peers[receiver].seal {
                self.outgoing[receiver].push(&header[..12], payload, cipher);
            }
        }
    }

    fn send(&mut self) {
        let mut messages = Vec::new();
        for (burst, peer) in self.outgoing.iter().zip(&self.peers) {
            let Some(to) = peer.address else { continue };
            messages.extend(burst.runs.iter().map(|run| Message {
                to,
                bytes: &burst.bytes[run.at..run.at + run.length],
                segment: (run.length > run.segment).then_some(run.segment as u16),
            }));
        }
        self.socket.send(&messages);
        for burst in &mut self.outgoing {
            burst.bytes.clear();
            burst.runs.clear();
        }
    }

    fn handle_control(&mut self, source: SocketAddr, datagram: &[u8]) -> Result<()> {
        let own = self.socket.address();
        let input = || -> Result<Input> {
            let received = Receive::new(Protocol::Udp, source, own, datagram)?;
            Ok(Input::Receive(Instant::now(), received))
        };
        let number = match self.by_address.get(&source) {
            Some(&number) => number,
            None => {
                let check = input()?;
                let Some(number) = self.peers.iter().position(|peer| peer.rtc.accepts(&check))
                else {
                    return Ok(());
                };
                number
            }
        };
        self.by_address.insert(source, number);
        self.peers[number].address = Some(source);
        self.peers[number].rtc.handle_input(input()?)?;
        self.drain(number)
    }

    fn sweep(&mut self, now: Instant) -> Result<()> {
        for number in 0..self.peers.len() {
            if self.peers[number].timeout <= now {
                self.peers[number].rtc.handle_input(Input::Timeout(now))?;
                self.drain(number)?;
            }
        }
        Ok(())
    }

    fn drain(&mut self, number: usize) -> Result<()> {
        let peer = &mut self.peers[number];
        loop {
            match peer.rtc.poll_output()? {
                Output::Timeout(timeout) => {
                    peer.timeout = timeout;
                    return Ok(());
                }
                Output::Transmit(one) => self.socket.send(&[Message {
                    to: one.destination,
                    bytes: &one.contents,
                    segment: None,
                }]),
                Output::Event(Event::Connected) => {
                    let keys = peer.tap.keys().ok_or("DTLS chose another cipher.")?;
                    let derive = |master: crate::keys::Master| {
                        Cipher::new(&master.derive(&self.identity.provider))
                    };
                    peer.open = Some(derive(keys.client)?);
                    peer.seal = Some(derive(keys.server)?);
                }
                Output::Event(_) => {}
            }
        }
    }
}

impl Peer {
    fn new(rtc: Rtc, tap: Tap) -> Peer {
        Peer {
            rtc,
            tap,
            timeout: Instant::now(),
            address: None,
            open: None,
            seal: None,
            receivers: Vec::new(),
        }
    }
}

impl Cipher {
    fn new(keys: &SessionKeys) -> Result<Cipher> {
        let key = UnboundKey::new(&AES_128_GCM, &keys.key).map_err(|_| "Not a key of AES-128.")?;
        Ok(Cipher { key: LessSafeKey::new(key), salt: keys.salt })
    }

    /// RFC 7714 §8.1; no stream here lives long enough for a roll-over.
    fn nonce(&self, header: &[u8]) -> Nonce {
        let mut nonce = self.salt;
        for (byte, own) in nonce[2..6].iter_mut().zip(&header[8..12]) {
            *byte ^= own;
        }
        for (byte, own) in nonce[10..12].iter_mut().zip(&header[2..4]) {
            *byte ^= own;
        }
        Nonce::assume_unique_for_key(nonce)
    }
}

impl Burst {
    fn push(&mut self, header: &[u8], payload: &[u8], cipher: &Cipher) {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(header);
        self.bytes.extend_from_slice(payload);
        let body = &mut self.bytes[at + header.len()..];
        let nonce = cipher.nonce(header);
        if let Ok(tag) = cipher.key.seal_in_place_separate_tag(nonce, Aad::from(header), body) {
            self.bytes.extend_from_slice(tag.as_ref());
        }
        let length = self.bytes.len() - at;
        match self.runs.last_mut() {
            Some(run) if run.takes(length) => run.length += length,
            _ => self.runs.push(Run { at, length, segment: length }),
        }
    }
}

impl Run {
    /// The kernel wants one size; only the last may be shorter.
    fn takes(&self, length: usize) -> bool {
        self.length.is_multiple_of(self.segment)
            && length <= self.segment
            && self.length / self.segment < MAX_SEGMENTS
            && self.length + length <= MAX_SEGMENTED
    }
}

/// The SSRC that a section of our answer says we send (RFC 5576 §4.1).
fn sent_ssrc(section: &str) -> Option<u32> {
    let (_, told) = section.split_once("\r\na=ssrc:")?;
    told.split(' ').next()?.parse().ok()
}

/// RFC 3550 §5.1, RFC 8285 §4.1; more than the packet is long where it is none.
fn header_length(packet: &[u8]) -> usize {
    let Some(&[first, ..]) = packet.first_chunk::<12>() else { return usize::MAX };
    let fixed = 12 + usize::from(first & 15) * 4;
    if first & EXTENSION == 0 {
        return fixed;
    }
    let words = packet
        .get(fixed + 2..fixed + 4)
        .map(|word| usize::from(word[0]) << 8 | usize::from(word[1]));
    words.map_or(usize::MAX, |words| fixed + 4 + words * 4)
}

const EXTENSION: u8 = 0x10;

const STANDARD_INPUT: usize = 0;
const SOCKET: usize = 1;

/// How often str0m's timers are looked at.
const SWEEP: Duration = Duration::from_millis(100);

/// Limits of the kernel for one segmented send.
const MAX_SEGMENTS: usize = 64;
const MAX_SEGMENTED: usize = 65_000;

//! ICE-TCP, the passive side (RFC 6544): connections that clients open, and what waits for them.
//!
//! A connection is worth something once the engine has seen an authenticated check on it. Until then
//! it is one of few, for a short time; afterwards it lives as long as its pair is valid. One thread
//! accepts them all; one whose first check names nobody there goes on to the next thread.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::framing::{FrameTooLong, HEADER, LONGEST, first, frame, unframe};
use super::inbox::{Inbox, Message};
use super::kernel::{Epoll, limit_unsent};
use crate::counters::{Counter, Counters, Drop};
use crate::demux::{Kind, classify};
use crate::engine::{Engine, Input};
use crate::outgoing::Burst;
use crate::path::{ConnectionId, Path, Via};
use crate::stun::Request;
use crate::time::Instant;

/// The port and its connections.
pub struct Streams {
    pub epoll: Epoll,
    listener: Option<TcpListener>,
    /// Who may know a peer that is unknown here.
    next: Option<Inbox>,
    /// Held once by each connection of all threads, and by each thread.
    places: Arc<()>,
    /// False while nothing can be accepted, as without a free descriptor.
    accepting: bool,
    connections: HashMap<ConnectionId, Connection>,
    latest: u64,
    ready: Vec<u64>,
    buffer: Box<[u8; BUFFER]>,
    sweep: Option<Instant>,
}

struct Connection {
    stream: TcpStream,
    remote: SocketAddr,
    /// Since when no valid pair has used it.
    unproven: Option<Instant>,
    /// The beginning of a frame whose end has not come.
    begun: Vec<u8>,
    /// Frames the kernel has not taken.
    waiting: Vec<u8>,
    watches_writable: bool,
    _place: Arc<()>,
}

/// A connection that is to find the thread of its peer, with what it has sent.
pub struct Stray {
    stream: TcpStream,
    remote: SocketAddr,
    received: Vec<u8>,
}

impl Streams {
    pub fn new(
        listener: Option<TcpListener>,
        next: Option<Inbox>,
        places: Arc<()>,
    ) -> io::Result<Streams> {
        let epoll = Epoll::new()?;
        if let Some(listener) = &listener {
            listener.set_nonblocking(true)?;
            epoll.add(listener, LISTENER)?;
        }
        Ok(Streams {
            epoll,
            listener,
            next,
            places,
            accepting: true,
            connections: HashMap::new(),
            latest: LISTENER,
            ready: Vec::new(),
            buffer: Box::new([0; BUFFER]),
            sweep: None,
        })
    }

    /// When `sweep` wants to be called.
    pub fn next_sweep(&self) -> Option<Instant> {
        self.sweep
    }

    /// Accept, read and write what can be, without waiting; the engine gets what arrived.
    pub fn receive(&mut self, now: Instant, engine: &mut Engine, counters: &mut Counters) {
        let mut ready = std::mem::take(&mut self.ready);
        self.epoll.ready(&mut ready);
        for token in &ready {
            match *token {
                LISTENER => self.accept(now, counters),
                id => self.handle_ready(now, ConnectionId(id), engine),
            }
        }
        self.ready = ready;
    }

    /// Take a connection over from the thread before.
    pub fn adopt(
        &mut self,
        now: Instant,
        stray: Stray,
        engine: &mut Engine,
        counters: &mut Counters,
    ) {
        let Stray { stream, remote, received } = stray;
        self.sweep.get_or_insert(now + SWEEP_INTERVAL);
        if self.has_room(remote.ip()) && self.add(now, stream, remote, received).is_ok() {
            self.handle_ready(now, ConnectionId(self.latest), engine);
        } else {
            counters.count(Counter::ConnectionsRefused);
        }
    }

    /// Write what goes to a connection, as far as the kernel takes it. Where the client is behind with
    /// reading it is lost, as on any link.
    pub fn send(&mut self, id: ConnectionId, burst: &Burst, counters: &mut Counters) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        for datagram in burst.datagrams() {
            if connection.push(datagram) {
                counters.count(Counter::PacketsOut);
                counters.add(Counter::BytesOut, datagram.len() as u64);
            } else {
                counters.count(Drop::QueueFull);
            }
        }
        // A connection that failed is ready for reading, which tells so again.
        let _ = connection.flush(&self.epoll, id);
    }

    /// Once a second: close what no valid pair has used for a while, accept again.
    pub fn sweep(&mut self, now: Instant, engine: &Engine, counters: &mut Counters) {
        if self.sweep.is_none_or(|at| now < at) {
            return;
        }
        self.connections.retain(|id, connection| {
            connection.prove(now, engine, *id);
            let stays = connection.unproven.is_none_or(|since| now.since(since) < PROOF_PATIENCE);
            counters.add(Counter::ConnectionsUnproven, u64::from(!stays));
            stays
        });
        if !self.accepting
            && let Some(listener) = &self.listener
        {
            self.accepting = self.epoll.add(listener, LISTENER).is_ok();
        }
        let needed = !self.accepting || !self.connections.is_empty();
        self.sweep = needed.then(|| now + SWEEP_INTERVAL);
    }

    fn accept(&mut self, now: Instant, counters: &mut Counters) {
        self.sweep.get_or_insert(now + SWEEP_INTERVAL);
        for _ in 0..ACCEPTED_AT_ONCE {
            let Some(listener) = &self.listener else { return };
            match listener.accept() {
                Ok((stream, remote)) if self.has_room(remote.ip()) => {
                    let added = self.add(now, stream, remote, Vec::new());
                    counters.count(match added {
                        Ok(()) => Counter::ConnectionsAccepted,
                        Err(_) => Counter::ConnectionsRefused,
                    });
                }
                Ok(_) => counters.count(Counter::ConnectionsRefused),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(_) => {
                    // No descriptor is free: look again later instead of without a pause.
                    self.accepting = self.epoll.remove(listener).is_err();
                    return;
                }
            }
        }
    }

    fn has_room(&self, source: IpAddr) -> bool {
        let unproven = || self.connections.values().filter(|one| one.unproven.is_some());
        let network = network(source);
        let near = |one: &&Connection| self::network(one.remote.ip()) == network;
        Arc::strong_count(&self.places) < MAX_CONNECTIONS
            && unproven().count() < MAX_UNPROVEN
            && unproven().filter(near).count() < MAX_UNPROVEN_OF_SOURCE
    }

    fn add(
        &mut self,
        now: Instant,
        stream: TcpStream,
        remote: SocketAddr,
        begun: Vec<u8>,
    ) -> io::Result<()> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        limit_unsent(&stream, UNSENT);
        self.latest += 1;
        self.epoll.add(&stream, self.latest)?;
        let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
        let connection = Connection {
            stream,
            remote,
            unproven: Some(now),
            begun,
            waiting: Vec::new(),
            watches_writable: false,
            _place: Arc::clone(&self.places),
        };
        self.connections.insert(ConnectionId(self.latest), connection);
        Ok(())
    }

    fn handle_ready(&mut self, now: Instant, id: ConnectionId, engine: &mut Engine) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let path = connection.path(id);
        let flushed = connection.flush(&self.epoll, id);
        let read = flushed.and_then(|()| connection.read(&mut self.buffer));
        if let (Ok(bytes), Some(next), Some(_)) = (&read, &self.next, connection.unproven)
            && is_strange(bytes, engine)
        {
            let received = bytes.to_vec();
            if let Some(Connection { stream, remote, .. }) = self.connections.remove(&id)
                && self.epoll.remove(&stream).is_ok()
            {
                next.send(Message::Connection(Stray { stream, remote, received }));
            }
            return;
        }
        let goes_on = read.and_then(|bytes| connection.handle(bytes, now, engine, path));
        if goes_on.is_err() {
            self.connections.remove(&id);
            engine.handle(now, Input::Closed(path));
        } else if connection.unproven.is_some() {
            connection.prove(now, engine, id);
        }
    }
}

impl Connection {
    fn path(&self, id: ConnectionId) -> Path {
        Path { remote: self.remote, via: Via::Tcp(id) }
    }

    fn prove(&mut self, now: Instant, engine: &Engine, id: ConnectionId) {
        if engine.is_valid(self.path(id)) {
            self.unproven = None;
        } else {
            self.unproven.get_or_insert(now);
        }
    }

    /// Read once, so that no connection keeps the others waiting; returns what is to be handled. An
    /// error ends the connection, as more bytes before an answer do than any client sends.
    fn read<'a>(&mut self, buffer: &'a mut [u8; BUFFER]) -> io::Result<&'a mut [u8]> {
        let begun = self.begun.len();
        buffer[..begun].copy_from_slice(&self.begun);
        match self.stream.read(&mut buffer[begun..]) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(&mut buffer[..begun + count]),
            Err(error) if is_passing(&error) => Ok(&mut buffer[..begun]),
            Err(error) => Err(error),
        }
    }

    /// Give every whole frame to the engine and keep the rest.
    fn handle(
        &mut self,
        bytes: &mut [u8],
        now: Instant,
        engine: &mut Engine,
        source: Path,
    ) -> io::Result<()> {
        let rest = unframe(bytes, |bytes| {
            engine.handle(now, Input::Datagram { source, bytes });
        });
        let rest = rest.map_err(|FrameTooLong| ErrorKind::InvalidData)?;
        self.begun.clear();
        self.begun.extend_from_slice(rest);
        Ok(())
    }

    /// False when the datagram does not fit any more.
    fn push(&mut self, datagram: &[u8]) -> bool {
        let is_media = classify(datagram) == Some(Kind::Rtp);
        let limit = if is_media { MEDIA_WAITING } else { WAITING };
        self.waiting.len() + HEADER + datagram.len() <= limit && frame(&mut self.waiting, datagram)
    }

    fn flush(&mut self, epoll: &Epoll, id: ConnectionId) -> io::Result<()> {
        while !self.waiting.is_empty() {
            match self.stream.write(&self.waiting) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.waiting.drain(..count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        let blocked = !self.waiting.is_empty();
        if blocked != self.watches_writable {
            epoll.watch_writable(&self.stream, id.0, blocked)?;
            self.watches_writable = blocked;
        }
        Ok(())
    }
}

/// Whether it begins with a check that names nobody here.
fn is_strange(bytes: &[u8], engine: &Engine) -> bool {
    let check = first(bytes).and_then(Request::parse);
    check.is_some_and(|check| !engine.knows(check.local_ufrag))
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// What one subscriber of an access network holds: an IPv4 address, or a /64 of IPv6.
fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX)).into(),
        v4 => v4,
    }
}

/// Connections of all threads at a time. Raising it takes descriptors from the rest of the process, of which most
/// systems give it 1,024.
const MAX_CONNECTIONS: usize = 512;

/// Connections without an authenticated check. Raising them lets who floods the port hold more of
/// it, lowering them refuses those who join at the same time, also from behind one address: a
/// browser opens one for each of its addresses and ours.
const MAX_UNPROVEN: usize = 256;
const MAX_UNPROVEN_OF_SOURCE: usize = 64;

/// How long a connection may be without a valid pair. Raising it lets idle ones hold their place
/// longer; a check needs a round trip, and a client may wait for our answer's way before it.
const PROOF_PATIENCE: Duration = Duration::from_secs(5);
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

const ACCEPTED_AT_ONCE: usize = 64;

/// Bytes that wait for a slow reader. Raising it delays media on links that are too slow for it,
/// lowering it drops bursts, as key frames are, on links that are not.
const MEDIA_WAITING: usize = 128 * 1024;

/// The same for what is not media: checks and DTLS have to get through when media do not.
const WAITING: usize = MEDIA_WAITING + 64 * 1024;

/// Bytes waiting in the kernel, beyond those under way.
const UNSENT: libc::c_int = 16 * 1024;

/// A read, and the frame that the one before left unfinished.
const BUFFER: usize = 16 * 1024 + HEADER + LONGEST;

/// The listener's token; connections have larger ones.
const LISTENER: u64 = 0;

#[cfg(test)]
mod tests;

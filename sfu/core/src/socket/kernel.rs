//! The calls to the kernel: the only unsafe code of the crate.

#![allow(unsafe_code)]

use std::fs::File;
use std::io::{self, Read, Write};
use std::mem;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6, TcpStream, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::time::Duration;

use super::control::Control;
use super::locals::Locals;
use crate::outgoing::{Burst, Run};
use crate::path::{Path, Via};
use crate::time::Instant;

/// What there is to do after a sleep.
pub struct Ready {
    pub datagrams: bool,
    pub wake: bool,
    pub streams: bool,
}

/// The UDP socket.
pub struct Port {
    socket: UdpSocket,
    is_v6: bool,
    /// Those of our addresses that datagrams came to, if the socket is bound to all.
    locals: Locals,
    tells_local: bool,
    /// Whether the device is trusted to segment.
    pub segments: bool,
}

impl Port {
    pub fn new(socket: UdpSocket) -> Port {
        // The second of each pair goes beyond the system's limit, for who is allowed to.
        let receive = [libc::SO_RCVBUF, libc::SO_RCVBUFFORCE];
        let send = [libc::SO_SNDBUF, libc::SO_SNDBUFFORCE];
        for option in receive.into_iter().chain(send) {
            set_option(&socket, libc::SOL_SOCKET, option, SOCKET_BUFFER);
        }
        let bound = socket.local_addr().ok();
        let is_v6 = bound.is_some_and(|address| address.is_ipv6());
        let tells_local = bound.is_some_and(|address| address.ip().is_unspecified());
        if tells_local && is_v6 {
            set_option(&socket, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, 1);
        } else if tells_local {
            set_option(&socket, libc::IPPROTO_IP, libc::IP_PKTINFO, 1);
        }
        Port { socket, is_v6, locals: Locals::default(), tells_local, segments: true }
    }

    /// Sleep until a datagram, the wake, one of the streams or the time; says which is there.
    pub fn wait(&self, wake: &EventFd, streams: &Epoll, until: Option<Instant>) -> Ready {
        let readable = [self.socket.as_raw_fd(), wake.fileno(), streams.0.as_raw_fd()];
        let entries = readable.map(|fd| (fd, libc::POLLIN));
        let [datagrams, wake, streams] = wait_for(entries, until.map(|until| until.since(clock())));
        Ready { datagrams, wake, streams }
    }

    /// Sleep until the kernel takes datagrams again, but not for long: others wait too.
    pub fn wait_writable(&self) {
        wait_for([(self.socket.as_raw_fd(), libc::POLLOUT)], Some(SEND_PATIENCE));
    }

    /// Fill `datagrams` with what has arrived, without waiting.
    pub fn receive(&mut self, datagrams: &mut Datagrams) {
        let mut vectors: [libc::iovec; BATCH] = zeroed();
        let mut messages: [libc::mmsghdr; BATCH] = zeroed();
        for (index, message) in messages.iter_mut().enumerate() {
            vectors[index].iov_base = datagrams.buffers[index].as_mut_ptr().cast();
            vectors[index].iov_len = DATAGRAM;
            message.msg_hdr.msg_iov = &raw mut vectors[index];
            message.msg_hdr.msg_iovlen = 1;
            message.msg_hdr.msg_name = (&raw mut datagrams.sources[index]).cast();
            message.msg_hdr.msg_namelen = ADDRESS as u32;
            if self.tells_local {
                message.msg_hdr.msg_control = datagrams.controls[index].as_mut_ptr().cast();
                message.msg_hdr.msg_controllen = Control::CAPACITY;
            }
        }
        // SAFETY: each message points to a buffer, a vector, an address and room for a control
        // message which outlive the call, with their true sizes.
        let count = unsafe {
            libc::recvmmsg(
                self.socket.as_raw_fd(),
                messages.as_mut_ptr(),
                BATCH as u32,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        datagrams.count = usize::try_from(count).unwrap_or(0);
        for (index, message) in messages[..datagrams.count].iter().enumerate() {
            datagrams.lengths[index] = message.msg_len as usize;
            let control = &mut datagrams.controls[index];
            control.set_length(message.msg_hdr.msg_controllen);
            let local = self.locals.number(control.destination());
            datagrams.paths[index] = decode(&datagrams.sources[index])
                .map(|remote| Path { remote, via: Via::Udp(local) });
        }
    }

    /// Send runs, as many of the first as the kernel takes; returns how many.
    pub fn send(&self, runs: &[(&Burst, Run)]) -> io::Result<usize> {
        let mut addresses: [libc::sockaddr_storage; BATCH] = zeroed();
        let mut vectors: [libc::iovec; BATCH] = zeroed();
        let mut controls: [Control; BATCH] = [Control::EMPTY; BATCH];
        let mut messages: [libc::mmsghdr; BATCH] = zeroed();
        for (index, (burst, run)) in runs.iter().enumerate() {
            let (address, length) = self.encode(burst.destination.remote);
            addresses[index] = address;
            // The kernel only reads through this pointer.
            vectors[index].iov_base = burst.bytes[run.at..].as_ptr().cast_mut().cast();
            vectors[index].iov_len = run.length;
            let header = &mut messages[index].msg_hdr;
            header.msg_name = (&raw mut addresses[index]).cast();
            header.msg_namelen = length;
            header.msg_iov = &raw mut vectors[index];
            header.msg_iovlen = 1;
            let control = &mut controls[index];
            if let Some(local) = self.locals.address(burst.destination.via) {
                control.push_source(local, self.is_v6);
            }
            if run.segments() > 1 {
                control.push_segment_size(run.segment as u16);
            }
            if control.length() > 0 {
                header.msg_controllen = control.length();
                header.msg_control = control.as_mut_ptr().cast();
            }
        }
        // SAFETY: each message points to an address, a vector and a control message above, which outlive
        // the call, and the vectors to the bursts' bytes, which the kernel only reads.
        let count = unsafe {
            libc::sendmmsg(self.socket.as_raw_fd(), messages.as_mut_ptr(), runs.len() as u32, 0)
        };
        usize::try_from(count).map_err(|_| io::Error::last_os_error())
    }

    /// An address as the socket's family wants it.
    fn encode(&self, destination: SocketAddr) -> (libc::sockaddr_storage, u32) {
        match destination {
            SocketAddr::V4(v4) if !self.is_v6 => encode_v4(v4),
            SocketAddr::V4(v4) => {
                let mapped = v4.ip().to_ipv6_mapped();
                encode_v6(SocketAddrV6::new(mapped, v4.port(), 0, 0))
            }
            SocketAddr::V6(v6) => encode_v6(v6),
        }
    }
}

/// A batch of received datagrams.
pub struct Datagrams {
    buffers: Box<[[u8; DATAGRAM]; BATCH]>,
    sources: Box<[libc::sockaddr_storage; BATCH]>,
    controls: Box<[Control; BATCH]>,
    paths: Box<[Option<Path>; BATCH]>,
    lengths: [usize; BATCH],
    count: usize,
}

impl Datagrams {
    pub fn new() -> Datagrams {
        Datagrams {
            buffers: Box::new([[0; DATAGRAM]; BATCH]),
            sources: Box::new(zeroed()),
            controls: Box::new([Control::EMPTY; BATCH]),
            paths: Box::new([None; BATCH]),
            lengths: [0; BATCH],
            count: 0,
        }
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Path, &mut [u8])> {
        let parts = self.buffers.iter_mut().zip(&self.lengths).zip(self.paths.iter());
        parts
            .take(self.count)
            .filter_map(|((buffer, length), path)| Some(((*path)?, &mut buffer[..*length])))
    }
}

/// Sockets that are waited for together (epoll(7), level-triggered).
pub struct Epoll(OwnedFd);

impl Epoll {
    pub fn new() -> io::Result<Epoll> {
        // SAFETY: the call takes no pointers.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new and nobody else's.
        Ok(Epoll(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Watch a socket for what can be read. Closing it ends that.
    pub fn add(&self, socket: &impl AsRawFd, token: u64) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, socket, token, libc::EPOLLIN)
    }

    /// Watch it for room to write, too, or for that no more.
    pub fn watch_writable(&self, socket: &impl AsRawFd, token: u64, on: bool) -> io::Result<()> {
        let events = if on { libc::EPOLLIN | libc::EPOLLOUT } else { libc::EPOLLIN };
        self.control(libc::EPOLL_CTL_MOD, socket, token, events)
    }

    pub fn remove(&self, socket: &impl AsRawFd) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_DEL, socket, 0, 0)
    }

    /// Replace `tokens` by those of sockets that are ready, without waiting; a batch at a time.
    pub fn ready(&self, tokens: &mut Vec<u64>) {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; BATCH];
        // SAFETY: the events outlive the call and their true number is given.
        let count = unsafe {
            libc::epoll_wait(self.0.as_raw_fd(), events.as_mut_ptr(), BATCH as libc::c_int, 0)
        };
        tokens.clear();
        tokens.extend(events.iter().take(usize::try_from(count).unwrap_or(0)).map(|one| one.u64));
    }

    fn control(
        &self,
        operation: libc::c_int,
        socket: &impl AsRawFd,
        token: u64,
        events: libc::c_int,
    ) -> io::Result<()> {
        let mut event = libc::epoll_event { events: events as u32, u64: token };
        // SAFETY: the event outlives the call.
        let result = unsafe {
            libc::epoll_ctl(self.0.as_raw_fd(), operation, socket.as_raw_fd(), &raw mut event)
        };
        if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

/// Let so many bytes at most wait in the kernel for a slow reader (tcp(7), TCP_NOTSENT_LOWAT).
pub fn limit_unsent(stream: &TcpStream, bytes: libc::c_int) {
    set_option(stream, libc::IPPROTO_TCP, libc::TCP_NOTSENT_LOWAT, bytes);
}

/// A counter in the kernel which makes its descriptor readable while it is not zero.
pub struct EventFd(File);

impl EventFd {
    pub fn new() -> io::Result<EventFd> {
        // SAFETY: the call takes no pointers.
        let fd = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new and nobody else's.
        Ok(EventFd(File::from(unsafe { OwnedFd::from_raw_fd(fd) })))
    }

    pub fn fileno(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    pub fn set(&self) {
        // It fails only when it is set 2^64 times over, and then it is readable anyway.
        let _ = (&self.0).write(&1u64.to_ne_bytes());
    }

    pub fn clear(&self) {
        // It fails when it is not set.
        let _ = (&self.0).read(&mut [0; 8]);
    }
}

/// Sleep until one of the descriptors is ready or the time is over; says which are.
fn wait_for<const N: usize>(
    entries: [(RawFd, libc::c_short); N],
    timeout: Option<Duration>,
) -> [bool; N] {
    let mut entries = entries.map(|(fd, events)| libc::pollfd { fd, events, revents: 0 });
    let timeout = timeout.map(|left| libc::timespec {
        tv_sec: left.as_secs() as libc::time_t,
        tv_nsec: left.subsec_nanos() as libc::c_long,
    });
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: `entries` and `timeout` are valid for the call; no signal mask is given.
    let count =
        unsafe { libc::ppoll(entries.as_mut_ptr(), N as libc::nfds_t, timeout, ptr::null()) };
    entries.map(|entry| count > 0 && entry.revents != 0)
}

/// The monotonic clock, the same as Python's `time.monotonic`.
pub fn clock() -> Instant {
    let mut time: libc::timespec = zeroed();
    // SAFETY: `time` is valid for the call, which cannot fail for this clock.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    Instant::from_nanos(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
}

fn set_option(socket: &impl AsRawFd, level: libc::c_int, option: libc::c_int, value: libc::c_int) {
    // SAFETY: the value outlives the call and its size is given. Failing leaves the default.
    unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            (&raw const value).cast(),
            mem::size_of::<libc::c_int>() as u32,
        );
    }
}

fn encode_v4(address: std::net::SocketAddrV4) -> (libc::sockaddr_storage, u32) {
    let encoded = libc::sockaddr_in {
        sin_family: libc::AF_INET as u16,
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(address.ip().octets()) },
        sin_zero: [0; 8],
    };
    (stored(encoded), mem::size_of::<libc::sockaddr_in>() as u32)
}

fn encode_v6(address: SocketAddrV6) -> (libc::sockaddr_storage, u32) {
    let encoded = libc::sockaddr_in6 {
        sin6_family: libc::AF_INET6 as u16,
        sin6_port: address.port().to_be(),
        sin6_flowinfo: address.flowinfo(),
        sin6_addr: libc::in6_addr { s6_addr: address.ip().octets() },
        sin6_scope_id: address.scope_id(),
    };
    (stored(encoded), mem::size_of::<libc::sockaddr_in6>() as u32)
}

/// An address the kernel wrote; a mapped IPv4 address is IPv4 to us.
fn decode(storage: &libc::sockaddr_storage) -> Option<SocketAddr> {
    match libc::c_int::from(storage.ss_family) {
        libc::AF_INET => {
            let address: libc::sockaddr_in = loaded(storage);
            let ip = IpAddr::from(address.sin_addr.s_addr.to_ne_bytes());
            Some(SocketAddr::new(ip, u16::from_be(address.sin_port)))
        }
        libc::AF_INET6 => {
            let address: libc::sockaddr_in6 = loaded(storage);
            let ip = Ipv6Addr::from(address.sin6_addr.s6_addr);
            let port = u16::from_be(address.sin6_port);
            match ip.to_ipv4_mapped() {
                Some(v4) => Some(SocketAddr::new(v4.into(), port)),
                None => Some(SocketAddrV6::new(ip, port, 0, address.sin6_scope_id).into()),
            }
        }
        _ => None,
    }
}

/// Structures of the kernel's interface, which are plain memory: zeros are a value of each.
trait Plain: Copy {}

impl Plain for libc::iovec {}
impl Plain for libc::mmsghdr {}
impl Plain for libc::sockaddr_storage {}
impl Plain for libc::sockaddr_in {}
impl Plain for libc::sockaddr_in6 {}
impl Plain for libc::timespec {}
impl<T: Plain, const N: usize> Plain for [T; N] {}

fn zeroed<T: Plain>() -> T {
    // SAFETY: all bytes zero is a valid value of every `Plain` type.
    unsafe { mem::zeroed() }
}

fn stored<T: Plain>(address: T) -> libc::sockaddr_storage {
    let mut storage: libc::sockaddr_storage = zeroed();
    const { assert!(mem::size_of::<T>() <= mem::size_of::<libc::sockaddr_storage>()) };
    // SAFETY: both are plain memory and the storage is large enough, as asserted.
    unsafe { ptr::copy_nonoverlapping(&raw const address, (&raw mut storage).cast(), 1) };
    storage
}

fn loaded<T: Plain>(storage: &libc::sockaddr_storage) -> T {
    const { assert!(mem::size_of::<T>() <= mem::size_of::<libc::sockaddr_storage>()) };
    // SAFETY: the storage is aligned for, and as large as, any address, as asserted.
    unsafe { ptr::from_ref(storage).cast::<T>().read() }
}

/// Datagrams in one call. Raising it costs 2 kB each and delays the first of a full batch.
pub const BATCH: usize = 64;

/// The longest datagram taken whole: above any MTU of the Internet.
const DATAGRAM: usize = 2048;

const ADDRESS: usize = mem::size_of::<libc::sockaddr_storage>();

/// How long a batch waits once for room in the socket's buffer. Raising it delays whoever sends in
/// the meantime, lowering it loses bursts that a moment would have saved.
const SEND_PATIENCE: Duration = Duration::from_millis(2);

/// Socket buffers, as far as the kernel's limits allow: half a second of 60 Mbit/s.
const SOCKET_BUFFER: libc::c_int = 4 << 20;

#[cfg(test)]
mod tests;

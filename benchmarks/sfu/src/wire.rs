//! The calls to the kernel: batches of datagrams, who is ready, clocks and processors. The only
//! unsafe code of the crate.

#![allow(unsafe_code)]

use std::io;
use std::mem;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::time::{Duration, Instant};

/// A UDP socket on the loopback address which takes and gives batches.
pub struct Endpoint {
    socket: UdpSocket,
    address: SocketAddr,
}

/// One datagram to send, or several of `segment` bytes one behind the other (UDP GSO).
pub struct Message<'a> {
    pub to: SocketAddr,
    pub bytes: &'a [u8],
    pub segment: Option<u16>,
}

impl Endpoint {
    pub fn open() -> io::Result<Endpoint> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        for option in [libc::SO_RCVBUF, libc::SO_RCVBUFFORCE, libc::SO_SNDBUF, libc::SO_SNDBUFFORCE]
        {
            set_option(&socket, option, SOCKET_BUFFER);
        }
        Ok(Endpoint { socket, address })
    }

    /// Let the kernel note when each datagram arrives.
    pub fn stamp_arrivals(&self) {
        set_option(&self.socket, libc::SO_TIMESTAMPNS, 1);
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Send all; what the kernel refuses is lost, as on any link.
    pub fn send(&self, messages: &[Message]) {
        for chunk in messages.chunks(BATCH) {
            self.send_chunk(chunk);
        }
    }

    fn send_chunk(&self, chunk: &[Message]) {
        // SAFETY: all bytes zero is a valid value of these plain structures of the kernel.
        let mut addresses: [libc::sockaddr_in; BATCH] = unsafe { mem::zeroed() };
        // SAFETY: as above.
        let mut vectors: [libc::iovec; BATCH] = unsafe { mem::zeroed() };
        // SAFETY: as above.
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { mem::zeroed() };
        let mut controls = [Control([0; CONTROL]); BATCH];
        for (index, message) in chunk.iter().enumerate() {
            let SocketAddr::V4(to) = message.to else { continue };
            addresses[index] = encode(to);
            // The kernel only reads through this pointer.
            vectors[index].iov_base = message.bytes.as_ptr().cast_mut().cast();
            vectors[index].iov_len = message.bytes.len();
            let header = &mut headers[index].msg_hdr;
            header.msg_name = (&raw mut addresses[index]).cast();
            header.msg_namelen = mem::size_of::<libc::sockaddr_in>() as u32;
            header.msg_iov = &raw mut vectors[index];
            header.msg_iovlen = 1;
            if let Some(segment) = message.segment {
                controls[index] = Control::segment(segment);
                header.msg_control = (&raw mut controls[index]).cast();
                header.msg_controllen = CONTROL;
            }
        }
        let mut sent = 0;
        while sent < chunk.len() {
            // SAFETY: each header from `sent` on points to an address, a vector and a control
            // message above, and the vectors to the messages' bytes; all outlive the call.
            let count = unsafe {
                libc::sendmmsg(
                    self.socket.as_raw_fd(),
                    headers[sent..].as_mut_ptr(),
                    (chunk.len() - sent) as u32,
                    0,
                )
            };
            sent += usize::try_from(count).unwrap_or(1).max(1);
        }
    }

    /// Fill `batch` with what has arrived, without waiting.
    pub fn receive(&self, batch: &mut Batch) {
        // SAFETY: all bytes zero is a valid value of these plain structures of the kernel.
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { mem::zeroed() };
        // SAFETY: as above.
        let mut vectors: [libc::iovec; BATCH] = unsafe { mem::zeroed() };
        for (index, message) in headers.iter_mut().enumerate() {
            vectors[index].iov_base = batch.buffers[index].as_mut_ptr().cast();
            vectors[index].iov_len = DATAGRAM;
            message.msg_hdr.msg_iov = &raw mut vectors[index];
            message.msg_hdr.msg_iovlen = 1;
            message.msg_hdr.msg_name = (&raw mut batch.sources[index]).cast();
            message.msg_hdr.msg_namelen = mem::size_of::<libc::sockaddr_in>() as u32;
            message.msg_hdr.msg_control = (&raw mut batch.controls[index]).cast();
            message.msg_hdr.msg_controllen = CONTROL;
        }
        // SAFETY: each header points to a buffer, a vector, an address and room for control
        // messages which outlive the call, with their true sizes.
        let count = unsafe {
            libc::recvmmsg(
                self.socket.as_raw_fd(),
                headers.as_mut_ptr(),
                BATCH as u32,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        batch.count = usize::try_from(count).unwrap_or(0);
        for (length, header) in batch.lengths.iter_mut().zip(&headers[..batch.count]) {
            *length = header.msg_len as usize;
        }
    }
}

impl AsRawFd for Endpoint {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

/// Received datagrams, each with its source and the time the kernel got it, by `wall_clock`.
pub struct Batch {
    buffers: Box<[[u8; DATAGRAM]; BATCH]>,
    sources: [libc::sockaddr_in; BATCH],
    controls: [Control; BATCH],
    lengths: [usize; BATCH],
    count: usize,
}

impl Batch {
    pub fn new() -> Batch {
        Batch {
            buffers: Box::new([[0; DATAGRAM]; BATCH]),
            // SAFETY: all bytes zero is a valid value of this plain structure of the kernel.
            sources: unsafe { mem::zeroed() },
            controls: [Control([0; CONTROL]); BATCH],
            lengths: [0; BATCH],
            count: 0,
        }
    }

    /// Whether more may be waiting.
    pub fn is_full(&self) -> bool {
        self.count == BATCH
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (SocketAddr, u64, &mut [u8])> {
        let parts =
            self.buffers.iter_mut().zip(&self.lengths).zip(&self.sources).zip(&self.controls);
        parts.take(self.count).map(|(((buffer, length), source), control)| {
            (decode(source), control.timestamp(), &mut buffer[..*length])
        })
    }
}

/// Room for one control message (cmsg(3)).
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control([u8; CONTROL]);

impl Control {
    fn segment(size: u16) -> Control {
        let mut control = Control([0; CONTROL]);
        let header = mem::size_of::<libc::cmsghdr>();
        control.0[..8].copy_from_slice(&(header + mem::size_of::<u16>()).to_ne_bytes());
        control.0[8..12].copy_from_slice(&libc::SOL_UDP.to_ne_bytes());
        control.0[12..16].copy_from_slice(&libc::UDP_SEGMENT.to_ne_bytes());
        control.0[header..header + 2].copy_from_slice(&size.to_ne_bytes());
        control
    }

    /// What SO_TIMESTAMPNS wrote, in nanoseconds.
    fn timestamp(&self) -> u64 {
        let word = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&self.0[at..at + 8]);
            u64::from_ne_bytes(bytes)
        };
        word(16) * 1_000_000_000 + word(24)
    }
}

/// Descriptors that are waited for together (epoll(7), level-triggered).
pub struct Epoll(OwnedFd);

impl Epoll {
    pub fn new() -> io::Result<Epoll> {
        // SAFETY: the call takes no pointers; the descriptor is new and nobody else's.
        match unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) } {
            fd if fd < 0 => Err(io::Error::last_os_error()),
            // SAFETY: as above.
            fd => Ok(Epoll(unsafe { OwnedFd::from_raw_fd(fd) })),
        }
    }

    pub fn add(&self, source: &impl AsRawFd, token: usize) -> io::Result<()> {
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: token as u64 };
        let fd = source.as_raw_fd();
        // SAFETY: the event outlives the call.
        let result =
            unsafe { libc::epoll_ctl(self.0.as_raw_fd(), libc::EPOLL_CTL_ADD, fd, &raw mut event) };
        if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// Replace `tokens` by those that are ready, after waiting at most this long for the first.
    pub fn wait(&self, timeout: Duration, tokens: &mut Vec<usize>) {
        // Its own timeout counts in milliseconds, that of ppoll in nanoseconds.
        let mut entry = libc::pollfd { fd: self.0.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let timeout = libc::timespec {
            tv_sec: timeout.as_secs() as libc::time_t,
            tv_nsec: timeout.subsec_nanos() as libc::c_long,
        };
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; READY];
        // SAFETY: the pointers are to the locals above, which outlive the calls; sizes are true.
        let count = unsafe {
            libc::ppoll(&raw mut entry, 1, &raw const timeout, ptr::null());
            libc::epoll_wait(self.0.as_raw_fd(), events.as_mut_ptr(), READY as libc::c_int, 0)
        };
        tokens.clear();
        let ready = events.iter().take(usize::try_from(count).unwrap_or(0));
        tokens.extend(ready.map(|event| event.u64 as usize));
    }
}

/// The time of day, by which the kernel stamps datagrams, in nanoseconds.
pub fn wall_clock() -> u64 {
    read_clock(libc::CLOCK_REALTIME).unwrap_or(0)
}

/// The `Instant` of a time by `wall_clock` that is not long ago.
pub fn instant_of(stamp: u64) -> Instant {
    Instant::now() - Duration::from_nanos(wall_clock().saturating_sub(stamp))
}

/// The processor time that a process has used, all its threads, in nanoseconds.
pub fn cpu_time(process: u32) -> io::Result<u64> {
    let mut clock = 0;
    // SAFETY: the clock outlives the call.
    if unsafe { libc::clock_getcpuclockid(process as libc::pid_t, &raw mut clock) } != 0 {
        return Err(io::Error::other("The server under measurement has no clock: it ended."));
    }
    read_clock(clock)
}

/// Run this process, and those that it starts from now on, on these processors only.
pub fn pin(processors: &[usize]) -> io::Result<()> {
    // SAFETY: all bytes zero is an empty set; the set outlives the call, with its true size.
    let result = unsafe {
        let mut set: libc::cpu_set_t = mem::zeroed();
        for &processor in processors {
            libc::CPU_SET(processor, &mut set);
        }
        libc::sched_setaffinity(0, mem::size_of_val(&set), &raw const set)
    };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn read_clock(clock: libc::clockid_t) -> io::Result<u64> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the time outlives the call.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
}

fn set_option(socket: &impl AsRawFd, option: libc::c_int, value: libc::c_int) {
    // SAFETY: the value outlives the call and its size is given. Failing leaves the default.
    unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            option,
            (&raw const value).cast(),
            mem::size_of::<libc::c_int>() as u32,
        );
    }
}

fn encode(address: SocketAddrV4) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as u16,
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(address.ip().octets()) },
        sin_zero: [0; 8],
    }
}

fn decode(address: &libc::sockaddr_in) -> SocketAddr {
    let ip = Ipv4Addr::from(address.sin_addr.s_addr.to_ne_bytes());
    SocketAddrV4::new(ip, u16::from_be(address.sin_port)).into()
}

/// Datagrams in one call.
pub const BATCH: usize = 64;

const DATAGRAM: usize = 2048;

const CONTROL: usize = 32;

const READY: usize = 256;

/// Socket buffers: half a second of 60 Mbit/s, as our server has.
const SOCKET_BUFFER: libc::c_int = 4 << 20;

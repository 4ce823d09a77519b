//! The ways to a client: an ICE-lite agent's side of a candidate pair (RFC 8445 §2.5).

use std::net::SocketAddr;

/// A way to a client and back. What is sent to it leaves from where its datagrams came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    pub remote: SocketAddr,
    pub via: Via,
}

/// Our end of a path, by a number that only the thread which owns the sockets understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    Udp(LocalId),
    Tcp(ConnectionId),
}

/// One of our own addresses; the default leaves the choice to the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LocalId(pub u8);

/// A connection a client opened (RFC 6544); no two in a server's life have the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

impl From<SocketAddr> for Path {
    fn from(remote: SocketAddr) -> Path {
        Path { remote, via: Via::Udp(LocalId::default()) }
    }
}

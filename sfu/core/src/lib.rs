//! The packet engine of Visio: it forwards RTP between peers and knows nothing of rooms or people.
//!
//! [`Engine`] does no I/O and reads no clock: give it inputs with [`Engine::handle`], then take what
//! it wants done with [`Engine::poll`] until that says [`Output::Timeout`]. In production
//! `socket::MediaThread` drives it; in tests a virtual link does.

#![deny(unsafe_code, clippy::undocumented_unsafe_blocks)]
// Nothing a peer sends may end the media thread, and everybody's meeting with it.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)
)]

pub mod bandwidth;
pub mod codec;
pub mod counters;
pub mod demux;
pub mod engine;
pub mod feedback;
pub mod history;
pub mod ice;
pub mod ids;
pub mod loudest;
pub mod numbering;
pub mod outgoing;
pub mod path;
pub mod peer;
pub mod publication;
pub mod quality;
pub mod redundancy;
pub mod rtcp;
pub mod rtp;
pub mod rtx;
pub mod scalable;
pub mod sent;
pub mod socket;
pub mod speaker;
pub mod srtp;
pub mod stun;
pub mod subscription;
pub mod time;

#[cfg(feature = "python")]
mod py;

pub use engine::{Command, Engine, Event, Input, Output};
pub use path::Path;
pub use time::Instant;

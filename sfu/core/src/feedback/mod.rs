//! What a publisher is told about its packets: arrival times, losses, requests to repeat.

pub mod missing;
pub mod queueing;
pub mod reception;
pub mod relief;
pub mod transport_cc;

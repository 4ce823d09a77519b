//! Clients and the engine over a virtual link in virtual time: one scenario a file.

mod call;
mod client;
mod encoder;
mod link;
mod world;

mod amplification;
mod any_bytes;
mod congestion;
mod consent_lost;
mod forward;
mod ice_restart;
mod key_frames;
mod lifecycle;
mod lose_and_repeat;
mod migrate;
mod nonces;
mod pacing;
mod padding;
mod paths;
mod recover;
mod redundancy;
mod reorder;
mod replay;
mod reports;
mod retransmissions;
mod simulcast_h264;
mod simulcast_ssrc;
mod speakers;
mod stray_datagrams;
mod svc_by_descriptor;
mod svc_vp9;
mod switch_layers;
mod tap;
mod temporal_layers;
mod wrap_around;

//! Each parser, and the engine as a whole, against bytes that nobody meant well: a loop that mutates
//! a kept corpus. It needs no nightly and no instrumentation, so it runs wherever the tests do.
//!
//! A target is one test: `fuzz("name", |bytes| …)` with seeds in `corpus/name`; it fails by panicking.
//! An input that makes it fail is written there as `found-….bin`, to be committed with the fix: from
//! then on it is tried first. FUZZ_SECONDS says how long each target runs, FUZZ_SEED which way it goes.

mod bandwidth;
mod codecs;
mod dependency;
mod engine;
mod feedback;
mod harness;
mod rtcp;
mod rtp;
mod srtp;
mod stun;

#[path = "../scenarios/client.rs"]
#[allow(dead_code)] // the scenarios use the rest
mod client;
#[path = "../scenarios/world.rs"]
#[allow(dead_code)]
mod world;

//! One client's transport as the engine sees it.

use crate::bandwidth::uplink::Uplink;
use crate::codec::Codec;
use crate::feedback::queueing::Queueing;
use crate::feedback::relief::Relief;
use crate::feedback::transport_cc::Arrivals;
use crate::ice::Agent;
use crate::ids::{IdMap, Mid, Pt, PublicationId, Rid, SeqNo, Ssrc, SubscriptionId};
use crate::quality;
use crate::rtp::{Extension, ExtensionIds, Header};
use crate::srtp::{Material, Receiver, Sender};
use crate::time::Instant;

/// A peer: its ICE agent, keys, formats and which of its SSRCs mean what.
pub struct Peer {
    pub ice: Agent,
    pub security: Option<Security>,
    pub formats: Formats,
    /// Where the packets it sends belong.
    pub incoming: IdMap<Ssrc, Route>,
    /// The mid and rid each SSRC named once: a sender leaves them out when it was heard (RFC 8852
    /// §3.3), and may use the SSRC again for its next track.
    pub labels: IdMap<Ssrc, Label>,
    /// What is sent to it, by the SSRC of the media.
    pub outgoing: IdMap<Ssrc, SubscriptionId>,
    /// The last sequence number sent with each SSRC that had a subscription once: it must not be
    /// used again, or an SRTP nonce would be.
    pub spent: IdMap<Ssrc, SeqNo>,
    pub arrivals: Arrivals,
    pub queueing: Queueing,
    pub relief: Relief,
    /// What fits on the way from it, if it wants to be told.
    pub uplink: Option<Box<Uplink>>,
    pub latest_media: Ssrc,
    /// When anything authentic came from it last.
    pub heard_at: Instant,
    /// How well its tracks get through, as was told last.
    pub told_score: f64,
    /// Packets came since the last receiver report.
    pub heard: bool,
    pub alarms: Alarms,
}

/// SRTP in both directions.
pub struct Security {
    material: (Material, Material),
    pub receiver: Receiver,
    pub sender: Sender,
}

/// When each timer of the peer fires, if it is armed.
#[derive(Default)]
pub struct Alarms {
    pub consent: Option<Instant>,
    pub arrivals: Option<Instant>,
    pub reports: Option<Instant>,
}

/// What a stream calls itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub mid: Mid,
    pub rid: Option<Rid>,
}

/// What an incoming SSRC is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    Layer(PublicationId, usize),
    /// The retransmissions of a layer.
    Repair(PublicationId, usize),
    /// Replaced by another SSRC in its layer: what is still under way is not wanted.
    Retired,
}

impl Route {
    pub fn publication(self) -> Option<PublicationId> {
        match self {
            Route::Layer(publication, _) | Route::Repair(publication, _) => Some(publication),
            Route::Retired => None,
        }
    }
}

/// What the peer's bundle negotiated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formats {
    pub extensions: ExtensionIds,
    payload_types: [Option<Format>; 128],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    pub codec: Codec,
    pub clock_rate: u32,
    /// The payload type which this one repairs (RFC 4588 §8.1) or repeats (RFC 2198 §5).
    pub apt: Option<Pt>,
}

impl Default for Formats {
    fn default() -> Formats {
        Formats { extensions: ExtensionIds::default(), payload_types: [None; 128] }
    }
}

impl Formats {
    pub fn set(&mut self, pt: Pt, format: Format) {
        self.payload_types[usize::from(pt.0 & 0x7F)] = Some(format);
    }

    pub fn get(&self, pt: Pt) -> Option<Format> {
        self.payload_types[usize::from(pt.0 & 0x7F)]
    }

    /// The dependency descriptor of a packet.
    pub fn descriptor<'a>(&self, packet: &'a [u8], header: &Header) -> Option<&'a [u8]> {
        header.extension(packet, &self.extensions, Extension::DependencyDescriptor)
    }

    /// The payload type of retransmissions of `pt`.
    pub fn retransmission_of(&self, pt: Pt) -> Option<Pt> {
        let repairs = |format: &Option<Format>| {
            format.is_some_and(|format| format.codec == Codec::Rtx && format.apt == Some(pt))
        };
        let index = self.payload_types.iter().position(repairs)?;
        Some(Pt(index as u8))
    }
}

impl Peer {
    pub fn new(ufrag: &str, password: &str) -> Peer {
        Peer {
            ice: Agent::new(ufrag, password),
            security: None,
            formats: Formats::default(),
            incoming: IdMap::default(),
            labels: IdMap::default(),
            outgoing: IdMap::default(),
            spent: IdMap::default(),
            arrivals: Arrivals::default(),
            queueing: Queueing::default(),
            relief: Relief::default(),
            uplink: None,
            latest_media: Ssrc(0),
            heard_at: Instant::default(),
            told_score: quality::BEST,
            heard: false,
            alarms: Alarms::default(),
        }
    }

    /// Whether media can be sent to it.
    pub fn is_reachable(&self) -> bool {
        self.ice.selected().is_some() && self.security.is_some()
    }

    /// Start SRTP. The same keys again change nothing: starting over would use nonces again.
    pub fn set_keys(&mut self, receive: Material, send: Material) {
        let material = (receive, send);
        if self.security.as_ref().is_some_and(|security| security.material == material) {
            return;
        }
        let receiver = Receiver::new(&material.0);
        let sender = Sender::new(&material.1);
        self.security = Some(Security { material, receiver, sender });
    }
}

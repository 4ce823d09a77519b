//! Totals since the start: plain integers, read by snapshot.

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident = $key:literal,)*) => {
        /// What is counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Counter { $($(#[$doc])* $name,)* }

        impl Counter {
            /// All of them, in order of their values in a snapshot.
            pub const ALL: &[Counter] = &[$(Counter::$name,)*];

            pub const fn key(self) -> &'static str {
                match self { $(Counter::$name => $key,)* }
            }
        }
    };
}

macro_rules! drops {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Why a packet went no further.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Drop { $($(#[$doc])* $name,)* }

        impl From<Drop> for Counter {
            fn from(reason: Drop) -> Counter {
                match reason { $(Drop::$name => Counter::$name,)* }
            }
        }
    };
}

counters! {
    PacketsIn = "packets_in",
    BytesIn = "bytes_in",
    PacketsOut = "packets_out",
    BytesOut = "bytes_out",
    PacketsForwarded = "packets_forwarded",
    PacketsRetransmitted = "packets_retransmitted",
    PacketsDoubled = "packets_doubled",
    PaddingSent = "padding_sent",
    /// Lost on the way from a publisher and repaired, by RTX or by RED.
    RepairedByRtx = "packets_repaired_by_rtx",
    RepairedByRed = "packets_repaired_by_red",
    StunAnswered = "stun_answered",
    PairsValidated = "pairs_validated",
    PairsLost = "pairs_lost",
    NacksReceived = "nacks_received",
    NacksSent = "nacks_sent",
    KeyFramesAsked = "plis_received",
    KeyFramesRequested = "plis_sent",
    LayersSwitched = "layers_switched",
    CommandsRefused = "commands_refused",
    SendsFailed = "sends_failed",
    ConnectionsAccepted = "connections_accepted",
    ConnectionsRefused = "connections_refused",
    ConnectionsUnproven = "connections_unproven",
    NotAProtocol = "drop_not_a_protocol",
    MalformedStun = "drop_malformed_stun",
    UnknownUfrag = "drop_unknown_ufrag",
    WrongIntegrity = "drop_wrong_integrity",
    OverBudget = "drop_over_budget",
    UnvalidatedPair = "drop_unvalidated_pair",
    NoPair = "drop_no_pair",
    QueueFull = "drop_queue_full",
    NoKeys = "drop_no_keys",
    MalformedRtp = "drop_malformed_rtp",
    MalformedRtcp = "drop_malformed_rtcp",
    Replayed = "drop_replayed",
    WrongTag = "drop_wrong_tag",
    TooManyStreams = "drop_too_many_streams",
    UnknownStream = "drop_unknown_stream",
    NotMedia = "drop_not_media",
    UnknownPayloadType = "drop_unknown_payload_type",
    Padding = "drop_padding",
    Paused = "drop_paused",
    HeldBack = "drop_held_back",
    OtherLayer = "drop_other_layer",
    HigherTemporalLayer = "drop_higher_temporal_layer",
    AwaitingKeyFrame = "drop_awaiting_key_frame",
    BeforeSwitch = "drop_before_switch",
    NotInHistory = "drop_not_in_history",
    RepeatedTooSoon = "drop_repeated_too_soon",
    AlreadyHere = "drop_already_here",
    EventsOverflowed = "drop_events_overflowed",
}

drops! {
    /// Empty, too short or a first byte of no protocol of ours.
    NotAProtocol,
    MalformedStun,
    /// The USERNAME names nobody here.
    UnknownUfrag,
    /// MESSAGE-INTEGRITY or FINGERPRINT does not match.
    WrongIntegrity,
    /// The source failed too often lately.
    OverBudget,
    /// DTLS or SRTP from an address pair no authenticated check validated.
    UnvalidatedPair,
    /// Nowhere to send: the peer has no validated pair.
    NoPair,
    /// A TCP connection takes less than is sent on it.
    QueueFull,
    /// SRTP before the DTLS handshake gave keys.
    NoKeys,
    MalformedRtp,
    MalformedRtcp,
    /// Seen before, or older than the replay window.
    Replayed,
    /// SRTP authentication failed.
    WrongTag,
    /// The peer uses more SSRCs than a sane one.
    TooManyStreams,
    /// No publication of the peer claims the SSRC.
    UnknownStream,
    /// Error correction nobody asked for.
    NotMedia,
    /// The subscriber did not negotiate the payload type.
    UnknownPayloadType,
    /// Nothing but padding: a bandwidth probe for us, not for subscribers.
    Padding,
    Paused,
    /// Many microphones are open in the room and others are louder.
    HeldBack,
    OtherLayer,
    HigherTemporalLayer,
    AwaitingKeyFrame,
    /// It belongs before the key frame the subscription switched at.
    BeforeSwitch,
    /// Asked for again, but too old or never sent.
    NotInHistory,
    /// Asked for again within a round trip.
    RepeatedTooSoon,
    /// Repaired before it came, or repaired although it had come.
    AlreadyHere,
    /// Python does not drain.
    EventsOverflowed,
}

/// One total for each `Counter`.
#[derive(Clone, Debug)]
pub struct Counters([u64; Counter::ALL.len()]);

impl Default for Counters {
    fn default() -> Counters {
        Counters([0; Counter::ALL.len()])
    }
}

impl Counters {
    pub fn get(&self, counter: impl Into<Counter>) -> u64 {
        self.0[counter.into() as usize]
    }

    pub fn add(&mut self, counter: impl Into<Counter>, amount: u64) {
        self.0[counter.into() as usize] += amount;
    }

    pub fn count(&mut self, counter: impl Into<Counter>) {
        self.add(counter, 1);
    }

    /// The totals in the order of `Counter::ALL`.
    pub fn totals(&self) -> &[u64] {
        &self.0
    }
}

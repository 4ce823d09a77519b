//! What the engine must know of codecs: where a decoder can begin, and VP8's counters.

pub mod av1;
pub mod h264;
pub mod vp8;
pub mod vp9;

/// What a payload type stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    Vp8,
    Vp9,
    H264,
    Av1,
    /// Audio, or video of which nothing is known: each packet is forwarded as it is.
    Opaque,
    /// Audio with that of earlier packets (RFC 2198).
    Red,
    /// Retransmission (RFC 4588).
    Rtx,
    /// Error correction: not media of its own.
    Repair,
}

impl Codec {
    /// By its name in lower case, as in `a=rtpmap`.
    pub fn named(name: &str) -> Codec {
        match name {
            "vp8" => Codec::Vp8,
            "vp9" => Codec::Vp9,
            "h264" => Codec::H264,
            "av1" => Codec::Av1,
            "red" => Codec::Red,
            "rtx" => Codec::Rtx,
            "ulpfec" | "flexfec-03" => Codec::Repair,
            _ => Codec::Opaque,
        }
    }

    /// Whether packets are media as they are, rather than made of other packets.
    pub fn is_media(self) -> bool {
        !matches!(self, Codec::Red | Codec::Rtx | Codec::Repair)
    }

    /// Look into a payload.
    pub fn inspect(self, payload: &[u8]) -> Frame {
        match self {
            Codec::Vp8 => Frame::vp8(vp8::Descriptor::parse(payload)),
            Codec::Vp9 => Frame::plain(vp9::starts_key_frame(payload)),
            Codec::H264 => Frame::plain(h264::starts_key_frame(payload)),
            Codec::Av1 => Frame::plain(av1::starts_key_frame(payload)),
            Codec::Opaque | Codec::Red | Codec::Rtx | Codec::Repair => Frame::plain(true),
        }
    }
}

/// What a packet says of the frame it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// A decoder which knows nothing can begin with this packet.
    pub starts_key_frame: bool,
    pub vp8: Option<vp8::Descriptor>,
}

impl Frame {
    fn plain(starts_key_frame: bool) -> Frame {
        Frame { starts_key_frame, vp8: None }
    }

    fn vp8(vp8: Option<vp8::Descriptor>) -> Frame {
        Frame { starts_key_frame: vp8.is_some_and(|descriptor| descriptor.starts_key_frame), vp8 }
    }
}

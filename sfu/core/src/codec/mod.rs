//! What the engine must know of codecs: where a decoder can begin, the layers, VP8's and VP9's counters.

pub mod av1;
mod bits;
pub mod dependency;
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
            Codec::Vp9 => Frame::vp9(vp9::Descriptor::parse(payload)),
            Codec::H264 => Frame::h264(h264::start(payload)),
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
    /// It can, if no packet of the same frame came before.
    pub starts_if_first: bool,
    pub vp8: Option<vp8::Descriptor>,
    pub vp9: Option<vp9::Descriptor>,
    /// What the dependency descriptor says, as far as its structure is known.
    pub dependency: Option<dependency::Descriptor>,
    /// The frame number of the dependency descriptor, known or not.
    pub number: Option<u16>,
}

impl Frame {
    fn plain(starts_key_frame: bool) -> Frame {
        Frame {
            starts_key_frame,
            starts_if_first: false,
            vp8: None,
            vp9: None,
            dependency: None,
            number: None,
        }
    }

    fn vp8(vp8: Option<vp8::Descriptor>) -> Frame {
        let starts = vp8.is_some_and(|descriptor| descriptor.starts_key_frame);
        Frame { vp8, ..Frame::plain(starts) }
    }

    fn vp9(vp9: Option<vp9::Descriptor>) -> Frame {
        let starts = vp9.is_some_and(|descriptor| descriptor.starts_key_frame());
        Frame { vp9, ..Frame::plain(starts) }
    }

    /// With what the packet's dependency descriptor says. If that can be read it alone says where a
    /// decoder can begin: the payload may be encrypted end to end, down to its first byte.
    pub fn described(self, bytes: &[u8], dependency: Option<dependency::Descriptor>) -> Frame {
        let starts = dependency.map(|descriptor| descriptor.starts_key_frame());
        Frame {
            starts_key_frame: starts.unwrap_or(self.starts_key_frame),
            dependency,
            number: dependency::frame_number(bytes),
            ..self
        }
    }

    fn h264(start: Option<h264::Start>) -> Frame {
        let starts_if_first = start == Some(h264::Start::Picture);
        Frame { starts_if_first, ..Frame::plain(start == Some(h264::Start::Parameters)) }
    }
}

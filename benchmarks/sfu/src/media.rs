//! What publishers send: frames in bursts as libwebrtc makes them, or audio packets.

use crate::tally::{HEAD, Stamp};
use crate::wire::wall_clock;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// VP8 frames of nine packets of about 1,200 bytes.
    Video,
    /// Packets of about 120 bytes.
    Audio,
}

/// One RTP packet to send.
pub struct Packet {
    pub payload: Vec<u8>,
    pub sequence: u64,
    pub time: u32,
    pub marker: bool,
}

/// The packets of one track, burst after burst.
pub struct Track {
    media: Media,
    publisher: u16,
    /// Units of the RTP clock between bursts.
    step: u32,
    bursts: u32,
    packets: u32,
}

impl Track {
    /// A track with this many bursts a second.
    pub fn new(media: Media, publisher: u16, rate: f64) -> Track {
        let clock = if media == Media::Video { 90_000.0 } else { 48_000.0 };
        Track { media, publisher, step: (clock / rate) as u32, bursts: 0, packets: 0 }
    }

    /// The next frame, or audio packet, stamped with the time.
    pub fn next(&mut self, phase: u16, is_key: bool) -> Vec<Packet> {
        let sizes = match self.media {
            Media::Video => frame_sizes(self.bursts),
            Media::Audio => vec![AUDIO_PAYLOAD],
        };
        let sent_at = wall_clock();
        let last = sizes.len() - 1;
        let packets = sizes.into_iter().enumerate().map(|(index, size)| {
            let mut payload = vec![0; size];
            let counter = self.packets + index as u32;
            Stamp { sent_at, phase, publisher: self.publisher, counter }.write(&mut payload, 0);
            if self.media == Media::Video {
                write_vp8(&mut payload, self.bursts, index == 0, is_key);
            }
            Packet {
                payload,
                sequence: u64::from(counter),
                time: self.bursts.wrapping_mul(self.step),
                marker: index == last && self.media == Media::Video,
            }
        });
        let packets: Vec<_> = packets.collect();
        self.bursts += 1;
        self.packets += packets.len() as u32;
        packets
    }
}

/// How libwebrtc splits a frame: about equally, and the larger packets, by one byte, come last.
fn frame_sizes(frame: u32) -> Vec<usize> {
    // Frames differ in length: all remainders come up equally often.
    let larger = frame as usize * 5 % BURST;
    (0..BURST).map(|index| VIDEO_PAYLOAD + usize::from(index >= BURST - larger)).collect()
}

/// A descriptor with a picture id (RFC 7741 §4.2) and, in a frame's first packet, the frame's
/// header.
fn write_vp8(payload: &mut [u8], frame: u32, is_first: bool, is_key: bool) {
    payload[..HEAD].fill(0);
    payload[0] = if is_first { 0x90 } else { 0x80 };
    payload[1] = 0x80;
    payload[2..4].copy_from_slice(&(0x8000 | frame as u16 & 0x7fff).to_be_bytes());
    let header: &[u8] = if is_key { &KEY_FRAME } else { &[0x11, 0, 0] };
    if is_first {
        payload[4..4 + header.len()].copy_from_slice(header);
    }
}

/// Packets of a frame.
const BURST: usize = 9;

/// With the RTP header and the extensions of str0m, 1,200 bytes.
const VIDEO_PAYLOAD: usize = 1172;

/// The same for 120 bytes: Opus at 40 kbit/s.
const AUDIO_PAYLOAD: usize = 92;

/// The uncompressed header of a key frame of 640x360 (RFC 6386 §9.1).
const KEY_FRAME: [u8; 10] = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frames_packets_differ_by_one_byte_and_the_larger_come_last() {
        for frame in 0..20 {
            let sizes = frame_sizes(frame);
            assert!(sizes.is_sorted());
            assert!(sizes[BURST - 1] - sizes[0] <= 1);
        }
    }

    #[test]
    fn packets_are_numbered_on_and_a_frame_ends_with_a_marker() {
        let mut track = Track::new(Media::Video, 3, 30.0);
        let first = track.next(0, true);
        let second = track.next(0, false);
        assert_eq!(first.len(), BURST);
        assert_eq!((second[0].sequence, second[0].time), (9, 3000));
        assert_eq!(first.iter().filter(|packet| packet.marker).count(), 1);
        assert_eq!(&first[0].payload[4..14], &KEY_FRAME);
    }
}

//! Datagrams on a stream: each behind its length in two bytes (RFC 4571 §2).

/// A frame says that it is longer than any datagram of ours.
#[derive(Debug, PartialEq, Eq)]
pub struct FrameTooLong;

/// Give every whole frame to `handle`; returns the bytes which begin one that is not whole yet.
pub fn unframe(
    mut bytes: &mut [u8],
    mut handle: impl FnMut(&mut [u8]),
) -> Result<&mut [u8], FrameTooLong> {
    loop {
        let [high, low, ..] = *bytes else { return Ok(bytes) };
        let end = HEADER + usize::from(u16::from_be_bytes([high, low]));
        if end > HEADER + LONGEST {
            return Err(FrameTooLong);
        }
        if end > bytes.len() {
            return Ok(bytes);
        }
        let (frame, rest) = bytes.split_at_mut(end);
        handle(&mut frame[HEADER..]);
        bytes = rest;
    }
}

/// What the first frame holds, if it is whole.
pub fn first(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first_chunk::<HEADER>()?;
    rest.get(..usize::from(u16::from_be_bytes(*length)))
}

/// Append a datagram in its frame; false, and nothing, when it is longer than a frame can be.
pub fn frame(bytes: &mut Vec<u8>, datagram: &[u8]) -> bool {
    let Ok(length) = u16::try_from(datagram.len()) else { return false };
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(datagram);
    true
}

/// The longest datagram taken, as from UDP.
pub const LONGEST: usize = 2048;

pub const HEADER: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(bytes: &mut [u8]) -> (Vec<Vec<u8>>, Result<usize, FrameTooLong>) {
        let mut frames = Vec::new();
        let rest = unframe(bytes, |frame| frames.push(frame.to_vec())).map(|rest| rest.len());
        (frames, rest)
    }

    #[test]
    fn frames_come_out_as_they_went_in_wherever_the_stream_is_cut() {
        let datagrams: Vec<Vec<u8>> =
            [0, 1, 2, 300, LONGEST].map(|length| vec![length as u8; length]).into();
        let mut stream = Vec::new();
        assert!(datagrams.iter().all(|datagram| frame(&mut stream, datagram)));
        for cut in 0..=stream.len() {
            let mut first = stream[..cut].to_vec();
            let (mut received, rest) = frames(&mut first);
            let begun = cut - rest.expect("short frames");
            let (others, rest) = frames(&mut stream[begun..].to_vec());
            received.extend(others);
            assert_eq!((received, rest), (datagrams.clone(), Ok(0)), "{cut}");
        }
    }

    #[test]
    fn the_first_frame_is_seen_when_it_is_whole() {
        let mut stream = Vec::new();
        assert!(frame(&mut stream, b"one") && frame(&mut stream, b"two"));
        let whole = HEADER + 3;
        for cut in 0..=stream.len() {
            let expected = (cut >= whole).then_some(&b"one"[..]);
            assert_eq!(first(&stream[..cut]), expected, "{cut}");
        }
    }

    #[test]
    fn a_frame_longer_than_a_datagram_is_refused_before_it_is_whole() {
        for length in [LONGEST as u16 + 1, u16::MAX] {
            let mut stream = [[0, 1], [7, 0]].concat();
            stream.truncate(3);
            stream.extend(length.to_be_bytes());
            assert_eq!(frames(&mut stream), (vec![vec![7]], Err(FrameTooLong)));
        }
        assert!(!frame(&mut Vec::new(), &[0; 65_536]));
    }
}

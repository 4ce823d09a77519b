use super::*;
use crate::codec::Codec;

/// Captured from Chromium sending AV1 with three spatial and three temporal layers: the key frame's
/// first packet, then what followed.
const KEY: &str = "c1017280081485214eafffaaaa863cf0430c10c302afc0aaa0063c00430010c002a000a80006000040\
                   001d954926e082b04a0941b820ac1282503157f974000ca864330e222222eca8655304224230eca87\
                   7530077004200ef008601df010d";
const FOLLOWING: [&str; 8] = [
    "86017340fc",
    "46017340fc",
    "c3017540fc",
    "88017640fc",
    "48017640fc",
    "c2017840fc",
    "860173",
    "0b0174",
];

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |index: usize| u8::from_str_radix(&hex[index..index + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(digit).collect()
}

fn letters(indications: Indications, targets: usize) -> String {
    let letter = |target| match indications.of(target) {
        Indication::NotPresent => '-',
        Indication::Discardable => 'D',
        Indication::Switch => 'S',
        Indication::Required => 'R',
    };
    (0..targets).map(letter).collect()
}

fn layer(spatial: u8, temporal: u8) -> Layer {
    Layer { spatial, temporal }
}

#[test]
fn the_structure_of_chromium_is_read() {
    let mut stream = Stream::default();
    let key = stream.read(&bytes(KEY)).expect("well formed");
    assert!(key.starts_key_frame() && key.ends_frame);
    assert_eq!((key.number, key.layer), (0x172, layer(0, 0)));
    assert_eq!(letters(key.indications, 9), "SSSSSSSSS");
    let structure = stream.structure().expect("it came with the key frame");
    assert_eq!(structure.targets[..3], [layer(0, 0), layer(0, 1), layer(0, 2)]);
    assert_eq!(structure.targets[6..], [layer(2, 0), layer(2, 1), layer(2, 2)]);
    assert_eq!(structure.chains, 3);
    for (index, expected, at, distances) in [
        (0, "SSSRRRRRR", layer(0, 0), &[12][..]),
        (2, "-DS-RR-RR", layer(0, 1), &[6]),
        (7, "----DS-RR", layer(1, 1), &[6, 1]),
        (14, "--------D", layer(2, 2), &[3, 1]),
    ] {
        let template = &structure.templates[index];
        assert_eq!(letters(template.indications, 9), expected);
        assert_eq!((template.layer, template.references.distances()), (at, distances));
    }
    assert_eq!(structure.contained_in(4), 0b11011);
    assert!((0..9).all(|target| stream.is_active(target)));
}

#[test]
fn the_frames_that_follow_are_read_by_their_templates() {
    let mut stream = Stream::default();
    for packet in FOLLOWING {
        assert_eq!(stream.read(&bytes(packet)), None, "before the structure");
    }
    stream.read(&bytes(KEY)).expect("well formed");
    let read = FOLLOWING.map(|packet| stream.read(&bytes(packet)).expect("well formed"));
    for (descriptor, (number, at, distances, starts, ends)) in read.iter().zip([
        (0x173, layer(1, 0), &[1][..], true, false),
        (0x173, layer(1, 0), &[1], false, true),
        (0x175, layer(0, 2), &[3], true, true),
        (0x176, layer(1, 2), &[3, 1], true, false),
        (0x176, layer(1, 2), &[3, 1], false, true),
        (0x178, layer(0, 1), &[6], true, true),
        (0x173, layer(1, 0), &[1], true, false),
        (0x174, layer(2, 0), &[1], false, false),
    ]) {
        assert_eq!((descriptor.number, descriptor.layer), (number, at));
        assert_eq!(descriptor.references.distances(), distances);
        assert_eq!((descriptor.starts_frame, descriptor.ends_frame), (starts, ends));
        assert!(!descriptor.attached && !descriptor.starts_key_frame());
    }
}

/// The fields of a descriptor one after the other, as (value, bits).
fn write(fields: &[(u32, usize)]) -> Vec<u8> {
    let mut room = [0; 64];
    let mut writer = Writer::new(&mut room);
    fields.iter().for_each(|(value, count)| writer.put(*value, *count).expect("room"));
    let length = writer.length();
    room[..length].to_vec()
}

/// One spatial and two temporal layers, template ids from 60 on, one chain, no resolutions.
fn small_key(number: u32) -> Vec<u8> {
    let head = [(1, 1), (1, 1), (60, 6), (number, 16), (0b10000, 5), (60, 6), (1, 5)];
    let layers = [(0, 2), (1, 2), (3, 2)];
    let indications = [(2, 2), (2, 2), (2, 2), (2, 2), (0, 2), (1, 2)];
    // Templates: key frame, base layer two frames after another, upper layer.
    let references = [(0, 1), (1, 1), (1, 4), (0, 1), (1, 1), (0, 4), (0, 1)];
    // ns(3): one chain; ns(1) takes no bits; then 3 templates' distances.
    let chains = [(0b10, 2), (0, 4), (2, 4), (1, 4)];
    let end = [(0, 1)];
    write(&[&head[..], &layers, &indications, &references, &chains, &end].concat())
}

#[test]
fn custom_fields_take_the_place_of_the_templates() {
    let mut stream = Stream::default();
    stream.read(&small_key(7)).expect("well formed");
    let custom = write(&[
        (0b11, 2),
        (62, 6),
        (9, 16),
        (0b01111, 5),
        (0b01, 2),
        (3, 2),
        (1, 2),
        (1, 2),
        (4, 4),
        (3, 2),
        (0xABC, 12),
        (0, 2),
        (77, 8),
    ]);
    let descriptor = stream.read(&custom).expect("well formed");
    assert_eq!(letters(descriptor.indications, 2), "RD");
    assert_eq!(descriptor.references.distances(), [5, 0xABD]);
    assert_eq!(descriptor.layer, layer(0, 1));
    assert_eq!((stream.is_active(0), stream.is_active(1)), (true, false));
    assert!(descriptor.place.is_told);
    assert_eq!(stream.read(&custom[..custom.len() - 1]), None);
}

#[test]
fn a_template_that_does_not_exist_is_refused() {
    let mut stream = Stream::default();
    stream.read(&small_key(7)).expect("well formed");
    for (id, known) in [(59, false), (60, true), (61, true), (62, true), (63, false), (0, false)] {
        assert_eq!(stream.read(&[id, 0, 8]).is_some(), known, "{id}");
    }
}

#[test]
fn an_older_structure_does_not_take_the_place_of_a_newer_one() {
    let mut stream = Stream::default();
    stream.read(&small_key(2)).expect("well formed");
    stream.read(&{
        let mut before = bytes(KEY);
        before[1..3].copy_from_slice(&0xFFF0u16.to_be_bytes());
        before
    });
    assert_eq!(stream.structure().map(|structure| structure.targets.len()), Some(2));
}

#[test]
fn a_structure_is_newer_however_many_frames_came_between() {
    let mut stream = Stream::default();
    stream.read(&small_key(2)).expect("well formed");
    for number in 3..40_000u16 {
        let [high, low] = number.to_be_bytes();
        stream.read(&[61, high, low]).expect("well formed");
    }
    let mut key = bytes(KEY);
    key[1..3].copy_from_slice(&40_000u16.to_be_bytes());
    stream.read(&key).expect("well formed");
    assert_eq!(stream.structure().map(|structure| structure.targets.len()), Some(9));
}

#[test]
fn what_is_written_again_reads_the_same_but_for_what_was_changed() {
    for packets in [vec![bytes(KEY), bytes("86017340fc"), bytes("860173")], vec![small_key(7)]] {
        let (mut before, mut after) = (Stream::default(), Stream::default());
        for packet in packets {
            let descriptor = before.read(&packet).expect("well formed");
            for active in [None, Some(0b01)] {
                let mut room = EMPTY;
                let told = active.map(|active| Told { active, place: descriptor.place });
                let written = rewrite(&packet, 0xBEEF, told, &mut room);
                let read = after.read(written.expect("a descriptor")).expect("well formed");
                assert_eq!(read.number, 0xBEEF);
                assert_eq!((read.layer, read.attached), (descriptor.layer, descriptor.attached));
                assert_eq!(read.indications, descriptor.indications);
                assert_eq!(read.references, descriptor.references);
                if active.is_some() {
                    assert_eq!((after.is_active(0), after.is_active(1)), (true, false));
                }
                assert_eq!(before.structure(), after.structure());
            }
        }
    }
}

#[test]
fn telling_the_active_targets_anew_replaces_what_was_told() {
    let mut stream = Stream::default();
    stream.read(&small_key(7)).expect("well formed");
    let told = write(&[(0b11, 2), (62, 6), (9, 16), (0b01010, 5), (0b11, 2), (0, 2)]);
    let descriptor = stream.read(&told).expect("well formed");
    let mut room = EMPTY;
    let other = Told { active: 0b01, place: descriptor.place };
    let written = rewrite(&told, 9, Some(other), &mut room);
    let expected = write(&[(0b11, 2), (62, 6), (9, 16), (0b01010, 5), (0b01, 2), (0, 2)]);
    assert_eq!(written, Some(&expected[..]));
}

#[test]
fn where_a_decoder_can_begin_is_said_by_the_descriptor_alone() {
    // Encrypted as a whole, the byte that tells VP8's key frames from others tells nothing.
    let (seems_key, seems_other) = ([0x10, 0x00], [0x10, 0x01]);
    let starts = |stream: &mut Stream, payload: &[u8], packet: &[u8]| {
        let frame = Codec::Vp8.inspect(payload);
        frame.described(packet, stream.read(packet)).starts_key_frame
    };
    let mut stream = Stream::default();
    let following = bytes(FOLLOWING[0]);
    assert!(starts(&mut stream, &seems_key, &following), "a descriptor that cannot be read");
    assert!(starts(&mut stream, &seems_other, &bytes(KEY)));
    assert!(!starts(&mut stream, &seems_key, &following));
}

#[test]
fn no_bytes_do_harm() {
    let mut random = 1u64;
    let mut next = move || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) as usize
    };
    let mut stream = Stream::default();
    let (mut readable, mut room) = (0, EMPTY);
    for round in 0..40_000 {
        let packet: Vec<u8> = match round % 3 {
            0 => (0..next() % 300).map(|_| next() as u8).collect(),
            source => {
                let mut packet = if source == 1 { bytes(KEY) } else { small_key(next() as u32) };
                for _ in 0..next() % 4 {
                    let at = next() % packet.len();
                    packet[at] = next() as u8;
                }
                packet.truncate(1 + next() % packet.len());
                packet
            }
        };
        if let Some(descriptor) = stream.read(&packet) {
            readable += 1;
            let structure = stream.structure().expect("it was needed to read that");
            for target in 0..structure.targets().len() {
                structure.contained_in(target);
            }
            let place = descriptor.place;
            let told = [None, Some(Told { active: next() as u32, place })][next() % 2];
            if let Some(written) = rewrite(&packet, 5, told, &mut room) {
                assert_eq!(frame_number(written), Some(5));
            }
        }
    }
    assert!(readable > 1_000, "{readable}");
}

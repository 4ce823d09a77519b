use visio_core::ids::Ssrc;
use visio_core::rtcp::{SenderReport, write_sender_report};

use crate::client::{Control, Packet};
use crate::world::{World, milliseconds, publish, subscribe};

#[test]
fn a_publisher_is_told_each_second_how_its_stream_arrives() {
    let mut world = World::new();
    let mut alice = world.connect(1);
    publish(&mut world, &alice, 1, false, &[], &[7]);
    let report = SenderReport { ntp: 0x1111_2222_3333_4444, rtp: 0, packets: 0, octets: 0 };
    alice.send_rtcp(&mut world, |out| write_sender_report(out, Ssrc(7), report));
    for seq in 0..50 {
        if seq % 5 != 1 {
            let timestamp = 960 * seq as u32;
            alice.send(&mut world, &Packet { seq, timestamp, ..Packet::default() });
        }
        world.advance(milliseconds(20));
    }
    let reports: Vec<_> = alice
        .control(&mut world)
        .into_iter()
        .filter_map(|item| if let Control::Report(block) = item { Some(block) } else { None })
        .collect();
    let [block] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!((block.ssrc, block.highest, block.total_lost), (7, 49, 10));
    assert_eq!(block.fraction_lost, 51);
    assert_eq!(block.last_report, 0x2222_3333);
    assert_eq!(block.delay, 65_536);
    assert_eq!(block.jitter, 0);
}

#[test]
fn sender_reports_reach_the_subscriber_under_its_ssrc() {
    let mut world = World::new();
    let (mut alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[7]);
    subscribe(&mut world, &bob, 1, 1, false);
    alice.send(&mut world, &Packet { timestamp: 5_000, ..Packet::default() });
    let media = bob.media(&mut world);
    let report = SenderReport { ntp: 77 << 32, rtp: 4_000, packets: 9, octets: 9 };
    alice.send_rtcp(&mut world, |out| write_sender_report(out, Ssrc(7), report));
    let rtp = media[0].timestamp.wrapping_sub(1_000);
    let expected = Control::SenderReport { ssrc: 1001, ntp: 77 << 32, rtp };
    assert_eq!(bob.control(&mut world), [expected]);
}

#[test]
fn who_subscribes_later_gets_the_last_sender_report_with_the_first_packet() {
    let mut world = World::new();
    let (mut alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[7]);
    let report = SenderReport { ntp: 77 << 32, rtp: 4_000, packets: 9, octets: 9 };
    alice.send(&mut world, &Packet { seq: 1, timestamp: 4_000, ..Packet::default() });
    alice.send_rtcp(&mut world, |out| write_sender_report(out, Ssrc(7), report));
    subscribe(&mut world, &bob, 1, 1, false);
    alice.send(&mut world, &Packet { seq: 2, timestamp: 4_960, ..Packet::default() });
    let sent = Control::SenderReport { ssrc: 1001, ntp: 77 << 32, rtp: 4_000 };
    assert_eq!(bob.control(&mut world), [sent]);
}

#[test]
fn arrival_times_are_reported_within_fifty_milliseconds() {
    let mut world = World::new();
    let mut alice = world.connect(1);
    publish(&mut world, &alice, 1, false, &[], &[7]);
    for seq in 0..100u64 {
        let transport_seq = Some(seq as u16);
        alice.send(&mut world, &Packet { seq, transport_seq, ..Packet::default() });
        world.advance(milliseconds(10));
    }
    let (_, control) = alice.receive(&mut world);
    let feedback: Vec<_> = control.iter().filter(|packet| packet[1] == 205).collect();
    assert!((19..=20).contains(&feedback.len()), "{}", feedback.len());
    let counts = feedback.iter().map(|packet| u16::from_be_bytes([packet[14], packet[15]]));
    assert!(
        counts.clone().all(|count| (5..=6).contains(&count)),
        "{:?}",
        counts.collect::<Vec<_>>()
    );
    let numbers: Vec<_> = feedback.iter().map(|packet| packet[19]).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1));
}

#[test]
fn one_who_does_not_send_gets_no_reports() {
    let mut world = World::new();
    let mut alice = world.connect(1);
    world.advance(milliseconds(5_000));
    assert_eq!(alice.control(&mut world), []);
}

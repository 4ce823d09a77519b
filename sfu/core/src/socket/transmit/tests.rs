use super::*;
use crate::ids::PeerId;
use crate::outgoing::Outgoing;
use crate::path::Path;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

fn path(address: &str) -> Path {
    address.parse::<SocketAddr>().expect("an address").into()
}

#[test]
fn a_run_splits_into_its_datagrams() {
    let mut outgoing = Outgoing::default();
    let burst = outgoing.to(PeerId(1), path("127.0.0.1:9"));
    for size in [100, 100, 40] {
        burst.push(&vec![0; size]);
    }
    let singles: Vec<_> = split((burst, burst.runs[0])).map(|(_, run)| run).collect();
    let run = |at, length| Run { at, length, segment: length };
    assert_eq!(singles, [run(0, 100), run(100, 100), run(200, 40)]);
}

#[test]
fn every_datagram_arrives_whole_and_in_order() {
    for (host, segments) in [("127.0.0.1", true), ("127.0.0.1", false), ("::1", true)] {
        let bind = |host: &str| UdpSocket::bind((host, 0));
        let (Ok(sender), Ok(receiver)) = (bind(host), bind(host)) else { continue };
        let destination = receiver.local_addr().expect("bound").into();
        let mut port = Port::new(sender);
        port.segments = segments;
        let mut outgoing = Outgoing::default();
        let mut counters = Counters::default();
        for round in 0..3 {
            let sizes = [1_200, 1_200, 1_199, 1_199, 50, 1_200, 1_200];
            for (index, size) in sizes.into_iter().enumerate() {
                outgoing.to(PeerId(1), destination).push(&vec![(round * 10 + index) as u8; size]);
            }
            send(outgoing.bursts().iter(), &mut port, &mut counters);
            outgoing.clear();
            for (index, size) in sizes.into_iter().enumerate() {
                let mut buffer = [0; 2_000];
                receiver.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
                let length = receiver.recv(&mut buffer).expect("a datagram");
                assert_eq!((length, buffer[0]), (size, (round * 10 + index) as u8));
            }
        }
        assert_eq!(counters.get(Counter::PacketsOut), 21);
        assert_eq!(counters.get(Counter::SendsFailed), 0);
    }
}

#[test]
fn a_destination_that_cannot_be_reached_does_not_keep_others_waiting() {
    let bind = || UdpSocket::bind("127.0.0.1:0").expect("loopback");
    let (sender, receiver) = (bind(), bind());
    receiver.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    let mut port = Port::new(sender);
    let mut outgoing = Outgoing::default();
    let mut counters = Counters::default();
    // From loopback there is no way out, and port 0 is nobody's.
    outgoing.to(PeerId(1), path("192.0.2.1:0")).push(&[1; 10]);
    outgoing.to(PeerId(1), path("192.0.2.1:0")).push(&[1; 10]);
    outgoing.to(PeerId(2), receiver.local_addr().expect("bound").into()).push(&[2; 10]);
    send(outgoing.bursts().iter(), &mut port, &mut counters);
    assert_eq!(receiver.recv(&mut [0; 100]).expect("a datagram"), 10);
    assert_eq!(counters.get(Counter::SendsFailed), 2);
}

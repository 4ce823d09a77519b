//! Subscribers behind links that are narrow, become narrow, lose packets, or are shared.

use visio_core::Event;
use visio_core::bandwidth::Bitrate;
use visio_core::counters::{Counter, Drop};
use visio_core::ids::Pt;

use crate::call::{Audio, Call};
use crate::client::RTX_PT;
use crate::world::{World, milliseconds};

#[test]
fn where_all_fits_nothing_is_held_back_nor_tried_out() {
    let mut call = Call::new(20e6);
    assert!(call.run(10)[2] > 0.999);
    assert_eq!(call.world.count(Counter::PaddingSent), 0);
}

#[test]
fn behind_half_a_megabit_audio_is_whole_and_the_lowest_layers_fit() {
    let mut call = Call::new(0.5e6);
    call.run(5);
    call.bobs[0].audio = Audio::default();
    let shares = call.run(20);
    let audio = &call.bobs[0].audio;
    let arrived = audio.arrived as f64 / audio.sent as f64;
    assert!(arrived >= 0.99, "{arrived} of the audio");
    assert!(audio.slowest < milliseconds(150), "{:?}", audio.slowest);
    assert!(shares[0] >= 0.9, "{shares:.2?}");
}

#[test]
fn a_link_that_narrows_and_widens_is_followed() {
    let mut call = Call::new(4e6);
    assert!(call.run(10)[2] > 0.999);
    call.links[0].rate = 0.5e6;
    call.bobs[0].audio = Audio::default();
    call.run(20);
    let audio = &call.bobs[0].audio;
    let arrived = audio.arrived as f64 / audio.sent as f64;
    assert!(arrived >= 0.98, "{arrived} of the audio");
    assert_eq!(call.bobs[0].given, Some(0));
    call.links[0].rate = 4e6;
    call.run(10);
    assert_eq!(call.bobs[0].given, Some(2), "{:.0?}", call.bobs[0].told);
    assert!(call.run(20)[2] > 0.999);
    assert!(call.world.count(Counter::PaddingSent) > 0);
}

#[test]
fn a_fifth_lost_at_random_lowers_the_picture_for_moments_only() {
    let mut call = Call::new(10e6);
    call.run(5);
    call.links[0].loss = 0.2;
    let shares = call.run(30);
    assert!(shares[2] >= 0.8, "{shares:.2?} {:.0?}", call.bobs[0].told);
    let shares = call.run(30);
    assert!(shares[2] >= 0.95, "{shares:.2?} {:.0?}", call.bobs[0].told);
}

#[test]
fn where_a_fifth_is_lost_everything_is_sent_twice_until_it_is_lost_no_more() {
    let mut call = Call::new(10e6);
    call.run(5);
    assert_eq!(call.world.count(Counter::PacketsDoubled), 0);
    call.links[0].loss = 0.2;
    call.run(15);
    call.bobs[0].audio = Audio::default();
    let before = call.world.count(Counter::PacketsDoubled);
    call.run(15);
    assert!(call.world.count(Counter::PacketsDoubled) > before + 1_000);
    let audio = &call.bobs[0].audio;
    assert!(audio.arrived as f64 / audio.sent as f64 > 0.9);
    call.links[0].loss = 0.0;
    call.run(5);
    let before = call.world.count(Counter::PacketsDoubled);
    call.run(5);
    assert_eq!(call.world.count(Counter::PacketsDoubled), before);
}

#[test]
fn on_a_narrow_way_nothing_is_sent_twice() {
    let mut call = Call::new(0.5e6);
    call.run(20);
    let before = call.world.count(Counter::PacketsDoubled);
    call.run(20);
    assert_eq!(call.world.count(Counter::PacketsDoubled), before);
}

#[test]
fn changes_are_told_a_few_times_a_second_at_most() {
    let mut call = Call::new(1e6);
    call.run(30);
    assert!(call.bobs[0].told.len() <= 150, "{} in 30 s", call.bobs[0].told.len());
}

#[test]
fn without_feedback_nothing_is_told() {
    let mut call = Call::new(20e6);
    call.bobs[0].reports = false;
    call.run(3);
    assert!(call.bobs[0].told.is_empty());
}

#[test]
fn malformed_feedback_is_counted_and_changes_nothing() {
    let mut call = Call::new(20e6);
    call.run(1);
    for length in 0..12u8 {
        call.bobs[0].client.send_rtcp(&mut call.world, |out| {
            let body = vec![0xFF; 4 * usize::from(length)];
            out.extend_from_slice(&[0x8F, 205, 0, 2 + length, 0, 0, 0, 1, 0, 0, 0, 2]);
            out.extend_from_slice(&body);
        });
    }
    assert_eq!(call.world.count(Drop::MalformedRtcp), 12);
    assert!(call.run(1)[2] > 0.999);
}

#[test]
fn padding_goes_in_the_repair_stream_only() {
    let mut call = Call::new(0.4e6);
    let mut padding = 0;
    for _ in 0..20_000 {
        call.tick();
        for (.., datagram) in &call.links[0].under_way {
            let is_padding = Pt(datagram[1] & 0x7F) == RTX_PT && datagram[0] & 0x20 != 0;
            padding += u32::from(is_padding);
            let ssrc = u32::from_be_bytes([datagram[8], datagram[9], datagram[10], datagram[11]]);
            assert!(!is_padding || ssrc == 2_001);
        }
    }
    assert!(padding > 0);
}

#[test]
fn what_an_old_client_estimates_counts_where_it_reports_nothing() {
    let mut world = World::new();
    let mut bob = world.connect(2);
    bob.send_rtcp(&mut world, |out| {
        let head = [0x8F, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0];
        // 100,000 · 2³ bit/s.
        let rate = (3u32 << 18 | 100_000).to_be_bytes();
        out.extend_from_slice(
            &[&head[..], b"REMB", &[1, rate[1], rate[2], rate[3]], &[0; 4]].concat(),
        );
    });
    let events = world.events();
    let [Event::BandwidthChanged { peer, bandwidth }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((*peer, bandwidth.estimate), (bob.peer, Bitrate(800_000.0)));
}

#[test]
fn two_subscribers_on_different_links_do_not_pull_each_other_down() {
    let mut call = Call::with(&[20e6, 0.4e6], &[0, 1]);
    assert!(call.run(30)[2] > 0.999);
    assert_eq!(call.bobs[1].given, Some(0));
}

#[test]
fn nor_do_they_where_only_their_address_is_the_same() {
    let mut call = Call::with(&[20e6, 20e6, 0.4e6], &[0, 1, 2]);
    call.same_address();
    assert!(call.run(30)[2] > 0.999);
    assert_eq!((call.bobs[1].given, call.bobs[2].given), (Some(2), Some(0)));
}

#[test]
fn ten_subscribers_on_one_link_get_the_same_within_a_fifth() {
    for rate in [4e6, 8e6, 9e6] {
        let mut call = Call::with(&[rate], &[0; 10]);
        call.run(10);
        call.bobs.iter_mut().for_each(|bob| (bob.bytes, bob.audio) = (0, Audio::default()));
        call.run(110);
        let rates = || call.bobs.iter().map(|bob| bob.bytes as f64 * 8.0 / 110.0);
        let (least, most) = (rates().fold(f64::MAX, f64::min), rates().fold(0.0, f64::max));
        assert!(least >= most * 0.8, "{least:.0} to {most:.0} of {rate}");
        // Layers are coarse: at 8 Mbit/s all ten have the middle one half of the time.
        assert!(rates().sum::<f64>() >= rate * 0.45, "{:.0} of {rate}", rates().sum::<f64>());
        for bob in &call.bobs {
            assert!(bob.audio.arrived as f64 >= 0.99 * bob.audio.sent as f64);
        }
    }
}

//! The engine as a state machine: the input is a program of datagrams, commands and passing time.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use visio_core::Command;
use visio_core::ids::{PublicationId, SubscriptionId};

use crate::client::{AUDIO_PT, AV1_PT, Client, Packet, RED_PT, RTX_PT, VIDEO_PT, VP9_PT};
use crate::harness::fuzz;
use crate::world::{World, milliseconds, publish, set_layer, subscribe};

#[test]
fn engine() {
    fuzz("engine", |bytes| {
        let mut program = Program { bytes };
        let mut run = Run::new();
        while run.step(&mut program).is_some() {
            run.check();
        }
    });
}

/// The rest of the input, read from the front.
struct Program<'a> {
    bytes: &'a [u8],
}

impl<'a> Program<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    /// A length, then so many bytes.
    fn chunk(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(self.byte()?);
        let (chunk, rest) = self.bytes.split_at(length.min(self.bytes.len()));
        self.bytes = rest;
        Some(chunk)
    }
}

struct Run {
    world: World,
    clients: [Client; 2],
    joined: u64,
    seqs: [u64; 2],
    /// What left under each nonce: the address tells the keys, each client has its own.
    sent: HashMap<(IpAddr, Vec<u8>), Vec<u8>>,
}

impl Run {
    /// Two clients, of which the first publishes video in two layers, and audio.
    fn new() -> Run {
        let mut world = World::new();
        let clients = [world.connect(1), world.connect(2)];
        publish(&mut world, &clients[0], 1, true, &["q", "h"], &[]);
        publish(&mut world, &clients[0], 2, false, &[], &[7]);
        subscribe(&mut world, &clients[1], 1, 1, true);
        subscribe(&mut world, &clients[1], 2, 2, false);
        Run { world, clients, joined: 2, seqs: [65_000; 2], sent: HashMap::new() }
    }

    fn step(&mut self, program: &mut Program) -> Option<()> {
        let (action, choice) = (program.byte()?, program.byte()?);
        let number = u64::from(choice % 4);
        let who = usize::from(choice % 2);
        match action % 18 {
            0..=4 => self.send_media(program, choice)?,
            5 | 6 => self.send_control(program, who)?,
            7 => self.send_raw(program, choice)?,
            8 | 9 => self.world.advance(milliseconds(u64::from(choice) * u64::from(choice))),
            10 => self.move_or_stay(who, choice),
            11 => {
                subscribe(&mut self.world, &self.clients[1], number, 1 + number % 2, choice > 127)
            }
            12 => self.world.command(Command::Unsubscribe(SubscriptionId(number))),
            13 => {
                let rids = if choice > 127 { &["q", "h"][..] } else { &[] };
                publish(&mut self.world, &self.clients[who], number, choice & 8 != 0, rids, &[7]);
            }
            14 => self.world.command(Command::Unpublish(PublicationId(number))),
            15 => {
                let spatial = (choice < 128).then_some(usize::from(choice % 4));
                set_layer(&mut self.world, number, spatial, choice % 5);
            }
            16 => self.renew(who, choice),
            _ => self.command(number, choice),
        }
        Some(())
    }

    fn send_media(&mut self, program: &mut Program, choice: u8) -> Option<()> {
        let who = usize::from(choice >> 7);
        let seq = &mut self.seqs[who];
        *seq += u64::from(choice >> 4 & 3);
        let jump = u64::from(program.byte()?);
        let payload = program.chunk()?;
        let is_described = jump & 128 != 0;
        let described = if jump & 8 == 0 { AV1_PT } else { VP9_PT };
        let video = if is_described { described } else { VIDEO_PT };
        let packet = Packet {
            pt: [AUDIO_PT, video, RED_PT, RTX_PT][usize::from(choice % 4)],
            ssrc: 7 + u32::from(choice >> 2 & 3),
            seq: match jump {
                250.. => *seq + 300 * (jump - 249),
                240..=249 => *seq - 20 * (jump - 239),
                _ => *seq,
            },
            timestamp: *seq as u32 * 3_000,
            marker: jump & 1 == 1,
            payload: payload.to_vec(),
            padding: u8::from(jump & 16 != 0) * 3,
            mid: (jump & 2 == 0).then_some("0"),
            rid: [None, Some("q"), Some("h"), Some("f")][jump as usize >> 2 & 3],
            repaired_rid: [None, Some("q"), Some("h"), Some("f")][jump as usize >> 3 & 3],
            transport_seq: (jump & 32 == 0).then_some(*seq as u16),
            send_time: (jump & 64 == 0).then_some([jump as u8, *seq as u8, 0]),
            level: (jump & 64 == 0).then_some(jump as u8),
            descriptor: is_described.then(|| payload[..payload.len().min(255)].to_vec()),
        };
        self.clients[who].send(&mut self.world, &packet);
        Some(())
    }

    fn send_control(&mut self, program: &mut Program, who: usize) -> Option<()> {
        let compound = program.chunk()?;
        if compound.len() >= 8 {
            self.clients[who].send_rtcp(&mut self.world, |out| out.extend_from_slice(compound));
        }
        Some(())
    }

    fn send_raw(&mut self, program: &mut Program, choice: u8) -> Option<()> {
        let sources = [self.clients[0].address, self.clients[1].address, stranger()];
        self.world.deliver(sources[usize::from(choice % 3)], program.chunk()?);
        Some(())
    }

    fn move_or_stay(&mut self, who: usize, choice: u8) {
        let client = &mut self.clients[who];
        if choice & 4 != 0 {
            client.address.set_port(5_000 + u16::from(choice >> 4));
        }
        client.check(&mut self.world, choice & 2 != 0);
    }

    /// An ICE restart, or a client who leaves and comes back with other keys.
    fn renew(&mut self, who: usize, choice: u8) {
        let client = &mut self.clients[who];
        if choice & 4 != 0 {
            client.ufrag = format!("again{choice}");
            return client.set_ice(&mut self.world);
        }
        if self.joined == 100 {
            return; // the clients' keys follow from their numbers, of which there are so many
        }
        self.world.command(Command::RemovePeer(client.peer));
        self.joined += 1;
        *client = Client::new(self.joined);
        client.add(&mut self.world);
        client.check(&mut self.world, true);
        client.set_keys(&mut self.world);
        client.set_formats(&mut self.world);
    }

    fn command(&mut self, number: u64, choice: u8) {
        let publication = PublicationId(number);
        match choice >> 5 {
            0 => self.world.command(Command::Tap { publication, on: choice & 4 != 0 }),
            1 => self.world.command(Command::RequestKeyFrame(publication)),
            2 => {
                let peer = self.clients[usize::from(choice % 2)].peer;
                let formats = Box::default();
                self.world.command(Command::SetFormats { peer, formats });
            }
            3 => self.clients[usize::from(choice % 2)].set_keys(&mut self.world),
            4 => self.world.close(self.clients[usize::from(choice % 2)].path()),
            _ => self.clients[usize::from(choice % 2)].set_formats(&mut self.world),
        }
    }

    /// Strangers get nothing, and no nonce protects two different packets.
    fn check(&mut self) {
        self.world.events();
        for (destination, datagram) in self.world.take_all() {
            assert_ne!(destination.remote, stranger());
            assert!(datagram.len() < 1_500, "{} bytes", datagram.len());
            let is_media = datagram[0] >= 128 && !(64..96).contains(&(datagram[1] & 0x7F));
            if is_media {
                let nonce = (destination.remote.ip(), [&datagram[2..4], &datagram[8..12]].concat());
                let before = self.sent.entry(nonce).or_insert_with(|| datagram.clone());
                assert_eq!(*before, datagram);
            }
        }
    }
}

fn stranger() -> SocketAddr {
    SocketAddr::from(([203, 0, 113, 9], 4_444))
}

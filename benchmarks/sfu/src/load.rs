//! A load on a server: who joins, what is sent when, and what comes of it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Result;
use crate::client::{Client, Identity, SWEEP};
use crate::media::{Media, Track};
use crate::server::Server;
use crate::tally::Tally;
use crate::wire::{Batch, Epoll};

/// What a run is made of.
#[derive(Clone, Debug)]
pub struct Shape {
    pub media: Media,
    pub publishers: usize,
    pub receivers: usize,
    /// Everybody is in one of these, evenly, and receivers get what is published there.
    pub rooms: usize,
    /// Bursts a second of each publisher.
    pub rate: f64,
    /// Length of each phase.
    pub seconds: u32,
    /// Whether a second phase follows in which the server's event loop is kept busy.
    pub stalled: bool,
}

impl Shape {
    fn subscriptions(&self) -> usize {
        self.publishers * self.receivers / self.rooms
    }
}

/// Clients that send and receive while the clock runs.
pub struct Load {
    shape: Shape,
    server: Server,
    clients: Vec<Client>,
    tracks: Vec<Track>,
    tally: Tally,
    epoll: Epoll,
    batch: Batch,
    ready: Vec<usize>,
    /// Whose turn to send is next.
    turn_of: usize,
    swept_at: Instant,
}

impl Load {
    /// Everybody joins; publishers begin to send.
    pub fn join(shape: Shape, server: Server) -> Result<Load> {
        let now = Instant::now();
        let mut load = Load {
            server,
            clients: Vec::new(),
            tracks: Vec::new(),
            tally: Tally::new(shape.publishers, shape.subscriptions(), 3),
            epoll: Epoll::new()?,
            batch: Batch::new(),
            ready: Vec::new(),
            turn_of: 0,
            swept_at: now,
            shape,
        };
        let identity = Identity::new()?;
        for number in 0..load.shape.publishers {
            let mut client = Client::open(&identity, load.shape.media)?;
            let offer = client.offer_to_publish()?;
            load.connect(client, number % load.shape.rooms, &offer)?;
            load.tracks.push(Track::new(load.shape.media, number as u16, load.shape.rate));
        }
        load.settle(|load| load.clients.iter().all(|client| client.is_connected))?;
        Ok(load)
    }

    /// Run all phases; returns the figures.
    pub fn run(mut self) -> Result<Value> {
        self.play(WARM_UP, HISTORY * self.shape.publishers, FILL_RATE)?;
        let before = self.server.memory()?;
        self.join_receivers()?;
        let deadline = Instant::now() + PATIENCE;
        while !self.tally.all_flow() {
            if Instant::now() > deadline {
                return Err(format!("Only {} flow: {}", self.tally, self.server.counters()?).into());
            }
            self.play(WARM_UP, self.bursts(0.25), self.rate())?;
        }
        self.play(WARM_UP, self.bursts(1.0), self.rate())?;
        let mut figures = json!({ "calm": self.measure(CALM)? });
        let subscriptions = self.shape.subscriptions() as f64;
        let kept = self.server.memory()?.saturating_sub(before) as f64;
        figures["kib_per_subscription"] = json!(kept / 1024.0 / subscriptions);
        if self.shape.stalled {
            self.server.stall(self.shape.seconds + 1)?;
            figures["stalled"] = self.measure(STALLED)?;
        }
        figures["corrupt"] = json!(self.tally.corrupt);
        figures["counters"] = self.server.counters()?;
        Ok(figures)
    }

    fn join_receivers(&mut self) -> Result<()> {
        let identity = Identity::new()?;
        for number in 0..self.shape.receivers {
            let mut client = Client::open(&identity, self.shape.media)?;
            let offer = client.offer_to_receive(self.shape.publishers / self.shape.rooms)?;
            let room = number % self.shape.rooms;
            self.server.subscribe(self.clients.len(), room)?;
            self.connect(client, room, &offer)?;
            self.turn(Instant::now())?;
        }
        self.settle(|load| load.clients.iter().all(|client| client.is_connected))
    }

    fn connect(&mut self, mut client: Client, room: usize, offer: &str) -> Result<()> {
        let number = self.clients.len();
        let answer = self.server.offer(number, room, offer)?;
        client.accept(&answer, &mut self.tally)?;
        self.epoll.add(&client.socket, number)?;
        self.clients.push(client);
        Ok(())
    }

    fn settle(&mut self, is_done: impl Fn(&Load) -> bool) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !is_done(self) {
            if Instant::now() > deadline {
                return Err("Not every client could connect.".into());
            }
            self.turn(Instant::now() + SWEEP)?;
        }
        Ok(())
    }

    /// Run a phase and say what it cost and brought.
    fn measure(&mut self, phase: u16) -> Result<Value> {
        let seconds = f64::from(self.shape.seconds);
        let started = Instant::now();
        let cpu = self.server.cpu_time()?;
        let sent = self.play(phase, self.bursts(seconds), self.rate())?;
        let pace = seconds / started.elapsed().as_secs_f64();
        let expected = sent * self.shape.receivers / self.shape.rooms;
        let deadline = Instant::now() + LAST_PACKETS;
        while self.tally.delivered(phase) < expected && Instant::now() < deadline {
            self.turn(Instant::now() + SWEEP)?;
        }
        let cpu = self.server.cpu_time()? - cpu;
        let delivered = self.tally.delivered(phase);
        Ok(json!({
            "us_per_packet": cpu as f64 / 1e3 / delivered as f64,
            "delivered": delivered as f64 / expected as f64,
            "pace": pace,
            "latency_p50_us": self.tally.latency(phase, 0.5),
            "latency_p99_us": self.tally.latency(phase, 0.99),
        }))
    }

    /// Bursts a second of all publishers.
    fn rate(&self) -> f64 {
        self.shape.rate * self.shape.publishers as f64
    }

    fn bursts(&self, seconds: f64) -> usize {
        (seconds * self.rate()).round() as usize
    }

    /// Send so many bursts, so many a second, the publishers evenly in turn; returns the packets.
    fn play(&mut self, phase: u16, bursts: usize, rate: f64) -> Result<usize> {
        let step = Duration::from_secs_f64(1.0 / rate);
        let mut due = Instant::now();
        let mut sent = 0;
        for _ in 0..bursts {
            self.turn(due)?;
            sent += self.send(self.turn_of, phase)?;
            self.turn_of = (self.turn_of + 1) % self.shape.publishers;
            due += step;
        }
        self.turn(due)?;
        Ok(sent)
    }

    fn send(&mut self, publisher: usize, phase: u16) -> Result<usize> {
        let client = &mut self.clients[publisher];
        let packets = self.tracks[publisher].next(phase, client.wants_key_frame);
        client.wants_key_frame = false;
        let count = packets.len();
        client.publish(packets, &mut self.tally)?;
        Ok(count)
    }

    /// Take what arrives, and do what is due, until this time; at least once.
    fn turn(&mut self, until: Instant) -> Result<()> {
        loop {
            let now = Instant::now();
            if now >= self.swept_at + SWEEP {
                self.sweep(now)?;
            }
            let next = until.min(self.swept_at + SWEEP);
            self.epoll.wait(next.saturating_duration_since(now), &mut self.ready);
            for &number in &self.ready {
                let receiver = number.saturating_sub(self.shape.publishers);
                self.clients[number].receive(receiver, &mut self.batch, &mut self.tally)?;
            }
            if Instant::now() >= until {
                return Ok(());
            }
        }
    }

    fn sweep(&mut self, now: Instant) -> Result<()> {
        self.swept_at = now;
        for (number, client) in self.clients.iter_mut().enumerate() {
            if client.timeout <= now {
                let receiver = number.saturating_sub(self.shape.publishers);
                client.wake(receiver, now, &mut self.tally)?;
            }
        }
        Ok(())
    }
}

/// Bursts until our server's history of a track is full, and its memory no longer grows.
const HISTORY: usize = 128;

/// Bursts a second of all publishers while there are no receivers.
const FILL_RATE: f64 = 1500.0;

const WARM_UP: u16 = 0;
const CALM: u16 = 1;
const STALLED: u16 = 2;

/// How long a join, or the first packets, may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a phase's last packets are waited for.
const LAST_PACKETS: Duration = Duration::from_secs(2);

//! The only I/O: threads that own a media port each, read the clock and drive an engine of their own.
//!
//! A thread sleeps until a datagram, a command or the engine's next timer; what a batch of datagrams
//! causes leaves in one batch, grouped by destination and segmented by the kernel (UDP GSO). Threads
//! share nothing that a packet touches: a peer lives on one of them, with all that it sends to and
//! receives from.

mod control;
mod framing;
mod inbox;
mod kernel;
mod locals;
mod streams;
mod transmit;

use std::io;
use std::mem;
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::counters::{Counter, Counters, Drop as Reason};
use crate::engine::{Command, Engine, Event, Input, Output};
use crate::outgoing::Burst;
use crate::path::Via;
use crate::time::Instant;
use inbox::{Inbox, Message};
use kernel::{Datagrams, EventFd, Port, clock};
use streams::Streams;

/// A running media thread.
pub struct MediaThread {
    port: u16,
    tcp_port: Option<u16>,
    inbox: Inbox,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// The media thread has died: a bug.
#[derive(Debug)]
pub struct Died;

/// What both sides touch. Aligned, so that no two threads write to the same cache line.
#[repr(align(128))]
struct Shared {
    events: Mutex<Vec<Event>>,
    /// Readable while there are events.
    ready: EventFd,
    /// Wakes the thread.
    wake: EventFd,
    stop: AtomicBool,
    totals: [AtomicU64; Counter::ALL.len()],
}

impl MediaThread {
    /// Bind these UDP ports, and one for ICE-TCP if it is wanted, 0 for any, and start a thread for
    /// each of the UDP ports. The first accepts the connections and hands on those of others' peers.
    pub fn start(
        host: IpAddr,
        ports: &[u16],
        tcp_port: Option<u16>,
    ) -> io::Result<Vec<MediaThread>> {
        let bind = |port: &u16| UdpSocket::bind((host, *port));
        let sockets = ports.iter().map(bind).collect::<io::Result<Vec<_>>>()?;
        let mut listener = tcp_port.map(|port| TcpListener::bind((host, port))).transpose()?;
        let bound = listener.as_ref().map(TcpListener::local_addr).transpose()?;
        let tcp_port = bound.map(|address| address.port());
        let places = Arc::default();
        let mut threads: Vec<MediaThread> = Vec::new();
        // The last comes first: who hands connections on must know to whom.
        for (index, socket) in sockets.into_iter().enumerate().rev() {
            let next = threads.last().map(|thread| thread.inbox.clone());
            let listener = if index == 0 { listener.take() } else { None };
            let streams = Streams::new(listener, next, Arc::clone(&places))?;
            threads.push(MediaThread::start_one(socket, tcp_port, streams)?);
        }
        threads.reverse();
        Ok(threads)
    }

    fn start_one(
        socket: UdpSocket,
        tcp_port: Option<u16>,
        streams: Streams,
    ) -> io::Result<MediaThread> {
        socket.set_nonblocking(true)?;
        let port = socket.local_addr()?.port();
        let shared = Arc::new(Shared::new()?);
        let (inbox, received) = Inbox::new(shared.clone());
        let driver = Driver::new(Port::new(socket), streams, received, shared.clone());
        let name = format!("media-{port}");
        let thread = thread::Builder::new().name(name).spawn(move || driver.run())?;
        Ok(MediaThread { port, tcp_port, inbox, shared, thread: Mutex::new(Some(thread)) })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The TCP port of all threads, if there is one.
    pub fn tcp_port(&self) -> Option<u16> {
        self.tcp_port
    }

    /// A descriptor that is readable while `drain` has something.
    pub fn fileno(&self) -> RawFd {
        self.shared.ready.fileno()
    }

    /// Queue a command; without effect once closed.
    pub fn send(&self, command: Command) {
        self.inbox.send(Message::Command(command));
    }

    /// The events since the last call.
    pub fn drain(&self) -> Result<Vec<Event>, Died> {
        self.shared.ready.clear();
        let events = mem::take(&mut *self.shared.lock_events());
        let died = lock(&self.thread).as_ref().is_some_and(JoinHandle::is_finished);
        if died && events.is_empty() { Err(Died) } else { Ok(events) }
    }

    /// The totals of `Counter::ALL`, at most one batch of datagrams old.
    pub fn totals(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let totals = self.shared.totals.iter().map(|total| total.load(Ordering::Relaxed));
        Counter::ALL.iter().map(|counter| counter.key()).zip(totals)
    }

    /// Stop the thread, wait for it and free the ports.
    pub fn close(&self) {
        self.shared.stop.store(true, Ordering::Release);
        self.shared.wake.set();
        if let Some(thread) = lock(&self.thread).take() {
            // An error here is a panic the thread has reported already.
            let _ = thread.join();
        }
    }
}

impl Drop for MediaThread {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn new() -> io::Result<Shared> {
        Ok(Shared {
            events: Mutex::default(),
            ready: EventFd::new()?,
            wake: EventFd::new()?,
            stop: AtomicBool::new(false),
            totals: [const { AtomicU64::new(0) }; Counter::ALL.len()],
        })
    }

    fn lock_events(&self) -> MutexGuard<'_, Vec<Event>> {
        lock(&self.events)
    }
}

/// Nothing under our locks can be left half done, so a panic elsewhere does not matter.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The loop of the media thread.
struct Driver {
    engine: Engine,
    port: Port,
    streams: Streams,
    inbox: Receiver<Message>,
    shared: Arc<Shared>,
    events: Vec<Event>,
    /// What the loop itself counts: datagrams out, failures, lost events.
    counters: Counters,
}

impl Driver {
    fn new(port: Port, streams: Streams, inbox: Receiver<Message>, shared: Arc<Shared>) -> Driver {
        Driver {
            engine: Engine::new(),
            port,
            streams,
            inbox,
            shared,
            events: Vec::new(),
            counters: Counters::default(),
        }
    }

    fn run(mut self) {
        let _announce = AnnounceEnd(self.shared.clone());
        let mut datagrams = Datagrams::new();
        let mut next = None;
        while !self.shared.stop.load(Ordering::Acquire) {
            let ready = self.port.wait(&self.shared.wake, &self.streams.epoll, next);
            if ready.wake {
                self.shared.wake.clear();
                while let Ok(message) = self.inbox.try_recv() {
                    self.handle_message(message);
                }
            }
            if ready.datagrams {
                self.receive(&mut datagrams);
            }
            let now = clock();
            if ready.streams {
                self.streams.receive(now, &mut self.engine, &mut self.counters);
            }
            self.streams.sweep(now, &self.engine, &mut self.counters);
            self.engine.handle(now, Input::Timeout);
            next = earlier(self.perform(), self.streams.next_sweep());
            self.publish();
        }
    }

    /// Take what has arrived, and what arrives meanwhile as long as it adds to what will be sent: a
    /// frame whose first packet woke us leaves in one piece. Not for long: the first waits for the
    /// last.
    fn receive(&mut self, datagrams: &mut Datagrams) {
        let until = clock() + GATHER;
        let mut waiting = self.engine.waiting();
        loop {
            self.port.receive(datagrams);
            let now = clock();
            for (source, bytes) in datagrams.iter_mut() {
                self.engine.handle(now, Input::Datagram { source, bytes });
            }
            let before = mem::replace(&mut waiting, self.engine.waiting());
            if waiting == before || waiting > GATHERED || now >= until {
                break;
            }
        }
    }

    fn handle_message(&mut self, message: Message) {
        let now = clock();
        match message {
            Message::Command(command) => self.engine.handle(now, Input::Command(command)),
            Message::Connection(stray) => {
                self.streams.adopt(now, stray, &mut self.engine, &mut self.counters);
            }
        }
    }

    /// Do what the engine wants done; returns when it wants to be called again.
    fn perform(&mut self) -> Option<Instant> {
        loop {
            match self.engine.poll() {
                Output::Transmit(outgoing) => {
                    let by_udp = |burst: &&Burst| matches!(burst.destination.via, Via::Udp(_));
                    let bursts = outgoing.bursts().iter();
                    transmit::send(bursts.filter(by_udp), &mut self.port, &mut self.counters);
                    for burst in outgoing.bursts() {
                        if let Via::Tcp(id) = burst.destination.via {
                            self.streams.send(id, burst, &mut self.counters);
                        }
                    }
                }
                Output::Event(event) => self.events.push(event),
                Output::Timeout(next) => return next,
            }
        }
    }

    fn publish(&mut self) {
        if !self.events.is_empty() {
            let mut waiting = self.shared.lock_events();
            let room = MAX_EVENTS.saturating_sub(waiting.len());
            let lost = self.events.len().saturating_sub(room);
            self.counters.add(Reason::EventsOverflowed, lost as u64);
            waiting.extend(self.events.drain(..).take(room));
            drop(waiting);
            self.shared.ready.set();
        }
        let own = self.counters.totals().iter();
        let sums = self.engine.counters().totals().iter().zip(own).map(|(a, b)| a + b);
        for (total, sum) in self.shared.totals.iter().zip(sums) {
            total.store(sum, Ordering::Relaxed);
        }
    }
}

fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}

/// Wakes whoever drains when the thread ends, so that its death does not go unnoticed.
struct AnnounceEnd(Arc<Shared>);

impl Drop for AnnounceEnd {
    fn drop(&mut self) {
        self.0.ready.set();
    }
}

/// How long datagrams are gathered before what they cause is sent, and how many bytes of that. Raising
/// the one sends more at once, later; the other should stay well within a processor's second cache.
const GATHER: Duration = Duration::from_millis(1);
const GATHERED: usize = 256 << 10;

/// Events kept for somebody who does not drain. Above this they are dropped and counted.
const MAX_EVENTS: usize = 100_000;

#[cfg(test)]
mod tests;

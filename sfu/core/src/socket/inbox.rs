//! What a media thread is told from outside: commands, and connections that another one accepted.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use super::Shared;
use super::streams::Stray;
use crate::engine::Command;

pub enum Message {
    Command(Command),
    Connection(Stray),
}

/// The way to a thread. Without effect once that has ended.
#[derive(Clone)]
pub struct Inbox {
    messages: Sender<Message>,
    shared: Arc<Shared>,
}

impl Inbox {
    pub fn new(shared: Arc<Shared>) -> (Inbox, Receiver<Message>) {
        let (messages, received) = mpsc::channel();
        (Inbox { messages, shared }, received)
    }

    pub fn send(&self, message: Message) {
        if self.messages.send(message).is_ok() {
            self.shared.wake.set();
        }
    }
}

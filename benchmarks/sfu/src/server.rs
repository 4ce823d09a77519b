//! A server under measurement: a process of its own, spoken to in JSON lines on its pipes.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::Result;
use crate::wire::cpu_time;

pub struct Server {
    process: Child,
    requests: ChildStdin,
    responses: BufReader<ChildStdout>,
}

impl Server {
    pub fn start(command: &[String]) -> Result<Server> {
        let (program, arguments) = command.split_first().ok_or("Which server?")?;
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let requests = process.stdin.take().ok_or("The server has no input.")?;
        let responses = process.stdout.take().ok_or("The server has no output.")?;
        Ok(Server { process, requests, responses: BufReader::new(responses) })
    }

    /// Its answer to the offer of a peer in a room.
    pub fn offer(&mut self, peer: usize, room: usize, sdp: &str) -> Result<String> {
        let answer = self.ask(&json!({"do": "offer", "peer": peer, "room": room, "sdp": sdp}))?;
        Ok(answer["sdp"].as_str().ok_or("The server gave no answer.")?.into())
    }

    /// Send the peer, in the sections of its next offer, everything that is published in its room.
    pub fn subscribe(&mut self, peer: usize, room: usize) -> Result<()> {
        self.ask(&json!({"do": "subscribe", "peer": peer, "room": room})).map(drop)
    }

    /// Keep the server's event loop busy for 50 ms of every 100, this long.
    pub fn stall(&mut self, seconds: u32) -> Result<()> {
        self.ask(&json!({"do": "stall", "seconds": seconds})).map(drop)
    }

    /// What it counted.
    pub fn counters(&mut self) -> Result<Value> {
        Ok(self.ask(&json!({"do": "counters"}))?["counters"].take())
    }

    /// Processor time it has used, in nanoseconds.
    pub fn cpu_time(&self) -> Result<u64> {
        Ok(cpu_time(self.process.id())?)
    }

    /// Its memory that is not in files, in bytes.
    pub fn memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kilobytes =
            line.and_then(|line| line.split_whitespace().next()).ok_or("No RssAnon.")?;
        Ok(kilobytes.parse::<u64>()? * 1024)
    }

    fn ask(&mut self, request: &Value) -> Result<Value> {
        writeln!(self.requests, "{request}")?;
        let mut line = String::new();
        if self.responses.read_line(&mut line)? == 0 {
            return Err("The server under measurement ended.".into());
        }
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends by itself when its input does, but would be left behind if it hung.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

//! Two programs for `benchmarks/__main__.py`, which explains what they measure.
//!
//! `visio-bench load SHAPE -- COMMAND…` starts a server and puts a load of str0m clients on it;
//! `visio-bench floor` is a server that does nothing but forward.

#![deny(unsafe_code)]

mod client;
mod floor;
mod keys;
mod load;
mod media;
mod server;
mod tally;
mod wire;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use serde_json::Value;

use load::{Load, Shape};
use media::Media;
use server::Server;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((program, rest)) if program == "load" => load(rest),
        Some((program, _)) if program == "floor" => floor::serve(),
        _ => Err("visio-bench load SHAPE -- COMMAND…, or visio-bench floor".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("visio-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Run the load that a JSON object describes on the server that a command starts; the figures are a
/// line of JSON.
fn load(arguments: &[String]) -> Result<()> {
    let [shape, _, command @ ..] = arguments else { return Err("Which shape and server?".into()) };
    let wanted: Value = serde_json::from_str(shape)?;
    let shape = Shape {
        media: if wanted["media"] == "video" { Media::Video } else { Media::Audio },
        publishers: number(&wanted, "publishers")? as usize,
        receivers: number(&wanted, "receivers")? as usize,
        rooms: number(&wanted, "rooms")? as usize,
        rate: number(&wanted, "rate")?,
        seconds: number(&wanted, "seconds")? as u32,
        stalled: wanted["stalled"] == true,
    };
    wire::pin(&processors(&wanted, "server_processors")?)?;
    let server = Server::start(command)?;
    wire::pin(&processors(&wanted, "load_processors")?)?;
    println!("{}", Load::join(shape, server)?.run()?);
    Ok(())
}

fn number(shape: &Value, key: &str) -> Result<f64> {
    shape[key].as_f64().ok_or_else(|| format!("The shape has no number {key}.").into())
}

fn processors(shape: &Value, key: &str) -> Result<Vec<usize>> {
    let listed = shape[key].as_array().ok_or_else(|| format!("The shape has no list {key}."))?;
    Ok(listed.iter().filter_map(Value::as_u64).map(|one| one as usize).collect())
}

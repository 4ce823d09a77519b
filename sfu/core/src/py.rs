//! The extension `sfu._core`: conversion between Python and the media threads, and nothing else.

use std::io;
use std::net::IpAddr;

use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::import_exception;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};

use crate::bandwidth::Bitrate;
use crate::codec::Codec;
use crate::engine::{AudioFrame, Command, Event, Subscribe};
use crate::ids::{FloorId, Mid, PeerId, Pt, PublicationId, Rid, Ssrc, SubscriptionId};
use crate::peer::{Format, Formats};
use crate::rtp::Extension;
use crate::socket::{Died, MediaThread};
use crate::srtp::{Material, Profile};
use crate::subscription::{PayloadTypes, Wanted};

import_exception!(sfu.errors, CoreError);

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Core>()
}

/// A media thread.
#[pyclass(frozen, module = "sfu._core")]
struct Core {
    thread: MediaThread,
}

/// A command Python got wrong.
enum Refusal {
    Host(String),
    Bind(io::Error),
    Profile(String),
    KeyLength { expected: usize, got: usize },
    ExtensionId(i64),
    PayloadType(i64),
    ClockRate(i64),
    Layer(i64),
    Died,
}

#[pymethods]
impl Core {
    #[staticmethod]
    #[pyo3(signature = (host, ports, tcp_port=None))]
    fn start(host: &str, ports: Vec<u16>, tcp_port: Option<u16>) -> Result<Vec<Core>, Refusal> {
        let address: IpAddr = host.parse().map_err(|_| Refusal::Host(host.into()))?;
        let threads = MediaThread::start(address, &ports, tcp_port).map_err(Refusal::Bind)?;
        Ok(threads.into_iter().map(|thread| Core { thread }).collect())
    }

    fn port(&self) -> u16 {
        self.thread.port()
    }

    fn tcp_port(&self) -> Option<u16> {
        self.thread.tcp_port()
    }

    fn fileno(&self) -> i32 {
        self.thread.fileno()
    }

    fn drain<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let events = py.detach(|| self.thread.drain()).map_err(|Died| Refusal::Died)?;
        let module = py.import("sfu.events")?;
        let converted: PyResult<Vec<_>> =
            events.into_iter().map(|event| convert(&module, event)).collect();
        PyList::new(py, converted?)
    }

    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let totals = PyDict::new(py);
        for (key, total) in self.thread.totals() {
            totals.set_item(key, total)?;
        }
        Ok(totals)
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.thread.close());
    }

    fn add_peer(&self, peer: u64, ufrag: String, pwd: String) {
        self.thread.send(Command::AddPeer { peer: PeerId(peer), ufrag, password: pwd });
    }

    fn set_ice(&self, peer: u64, ufrag: String, pwd: String, remote_ufrag: String) {
        let peer = PeerId(peer);
        self.thread.send(Command::SetIce { peer, ufrag, password: pwd, remote_ufrag });
    }

    fn send_dtls(&self, peer: u64, datagram: &[u8]) {
        self.thread.send(Command::SendDtls { peer: PeerId(peer), datagram: datagram.into() });
    }

    fn set_keys(
        &self,
        peer: u64,
        profile: &str,
        receive: &[u8],
        send: &[u8],
    ) -> Result<(), Refusal> {
        let named = Profile::named(profile).ok_or_else(|| Refusal::Profile(profile.into()))?;
        let material = |bytes: &[u8]| {
            let (expected, got) = (named.material_length(), bytes.len());
            Material::new(named, bytes).ok_or(Refusal::KeyLength { expected, got })
        };
        let (receive, send) = (material(receive)?, material(send)?);
        self.thread.send(Command::SetKeys { peer: PeerId(peer), receive, send });
        Ok(())
    }

    fn set_formats(
        &self,
        peer: u64,
        extensions: Vec<(String, i64)>,
        payload_types: Vec<(i64, String, i64, i64)>,
    ) -> Result<(), Refusal> {
        let mut formats = Box::<Formats>::default();
        for (uri, id) in extensions {
            let id = u8::try_from(id).ok().filter(|id| *id > 0).ok_or(Refusal::ExtensionId(id))?;
            if let Some(extension) = Extension::named(&uri) {
                formats.extensions.set(extension, id);
            }
        }
        for (pt, codec, rate, apt) in payload_types {
            let clock_rate = u32::try_from(rate).map_err(|_| Refusal::ClockRate(rate))?;
            let apt = if apt == -1 { None } else { Some(payload_type(apt)?) };
            let codec = Codec::named(&codec);
            formats.set(payload_type(pt)?, Format { codec, clock_rate, apt });
        }
        self.thread.send(Command::SetFormats { peer: PeerId(peer), formats });
        Ok(())
    }

    fn remove_peer(&self, peer: u64) {
        self.thread.send(Command::RemovePeer(PeerId(peer)));
    }

    #[allow(clippy::too_many_arguments)]
    fn publish(
        &self,
        publication: u64,
        peer: u64,
        mid: &str,
        video: bool,
        rids: Vec<String>,
        ssrcs: Vec<u32>,
        rtx_ssrcs: Vec<u32>,
    ) {
        self.thread.send(Command::Publish {
            publication: PublicationId(publication),
            peer: PeerId(peer),
            mid: Mid(mid.into()),
            video,
            rids: rids.into_iter().map(|rid| Rid(rid.into())).collect(),
            ssrcs: ssrcs.into_iter().map(Ssrc).collect(),
            rtx_ssrcs: rtx_ssrcs.into_iter().map(Ssrc).collect(),
        });
    }

    fn unpublish(&self, publication: u64) {
        self.thread.send(Command::Unpublish(PublicationId(publication)));
    }

    #[allow(clippy::too_many_arguments)]
    fn subscribe(
        &self,
        subscription: u64,
        publication: u64,
        peer: u64,
        mid: &str,
        ssrc: u32,
        rtx_ssrc: u32,
        payload_types: Vec<(i64, i64)>,
    ) -> Result<(), Refusal> {
        let pairs: Result<Vec<_>, Refusal> = payload_types
            .into_iter()
            .map(|(from, to)| Ok((payload_type(from)?, payload_type(to)?)))
            .collect();
        self.thread.send(Command::Subscribe(Subscribe {
            subscription: SubscriptionId(subscription),
            publication: PublicationId(publication),
            peer: PeerId(peer),
            mid: Mid(mid.into()),
            ssrc: Ssrc(ssrc),
            rtx_ssrc: Some(Ssrc(rtx_ssrc)).filter(|ssrc| ssrc.0 != 0),
            payload_types: PayloadTypes(pairs?),
        }));
        Ok(())
    }

    fn set_layer(&self, subscription: u64, spatial: i64, temporal: i64) -> Result<(), Refusal> {
        let spatial = match spatial {
            -1 => None,
            _ => Some(usize::try_from(spatial).map_err(|_| Refusal::Layer(spatial))?),
        };
        let temporal = u8::try_from(temporal).map_err(|_| Refusal::Layer(temporal))?;
        let subscription = SubscriptionId(subscription);
        let wanted = Wanted { spatial, temporal };
        self.thread.send(Command::SetLayer { subscription, wanted });
        Ok(())
    }

    fn set_missing(&self, subscription: u64, layers: usize) {
        let subscription = SubscriptionId(subscription);
        self.thread.send(Command::SetMissing { subscription, layers });
    }

    fn unsubscribe(&self, subscription: u64) {
        self.thread.send(Command::Unsubscribe(SubscriptionId(subscription)));
    }

    fn set_demand(&self, peer: u64, demand: u64) {
        let demand = Bitrate(demand as f64);
        self.thread.send(Command::SetDemand { peer: PeerId(peer), demand });
    }

    fn tap(&self, publication: u64, on: bool) {
        self.thread.send(Command::Tap { publication: PublicationId(publication), on });
    }

    fn set_floor(&self, publication: u64, floor: u64, most: usize) {
        let (publication, floor) = (PublicationId(publication), FloorId(floor));
        self.thread.send(Command::SetFloor { publication, floor, most });
    }

    fn set_muted(&self, publication: u64, muted: bool) {
        self.thread.send(Command::SetMuted { publication: PublicationId(publication), muted });
    }

    fn request_key_frame(&self, publication: u64) {
        self.thread.send(Command::RequestKeyFrame(PublicationId(publication)));
    }

    fn ping(&self) {
        self.thread.send(Command::Ping);
    }
}

impl From<Refusal> for PyErr {
    fn from(refusal: Refusal) -> PyErr {
        match refusal {
            Refusal::Host(host) => CoreError::new_err(format!("{host:?} is not an IP address.")),
            Refusal::Bind(error) => PyOSError::new_err((error.raw_os_error(), error.to_string())),
            Refusal::Profile(name) => {
                CoreError::new_err(format!("{name:?} is not an SRTP profile of ours."))
            }
            Refusal::KeyLength { expected, got } => CoreError::new_err(format!(
                "Master key and salt have {expected} bytes together, not {got}."
            )),
            Refusal::ExtensionId(id) => {
                CoreError::new_err(format!("{id} is not a header extension id (1 to 255)."))
            }
            Refusal::PayloadType(pt) => {
                CoreError::new_err(format!("{pt} is not a payload type (0 to 127)."))
            }
            Refusal::ClockRate(rate) => CoreError::new_err(format!("{rate} is not a clock rate.")),
            Refusal::Layer(layer) => CoreError::new_err(format!("{layer} is not a layer.")),
            Refusal::Died => PyRuntimeError::new_err("A media thread has died."),
        }
    }
}

fn payload_type(number: i64) -> Result<Pt, Refusal> {
    let pt = u8::try_from(number).ok().filter(|pt| *pt < 128);
    pt.map(Pt).ok_or(Refusal::PayloadType(number))
}

/// The event as the dataclass of `sfu.events` of the same name, its fields by position.
fn convert<'py>(module: &Bound<'py, PyModule>, event: Event) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    match event {
        Event::Pong => module.getattr("Pong")?.call0(),
        Event::PairValidated(peer) => module.getattr("PairValidated")?.call1((peer.0,)),
        Event::PairLost(peer) => module.getattr("PairLost")?.call1((peer.0,)),
        Event::DtlsReceived { peer, datagram } => {
            module.getattr("DtlsReceived")?.call1((peer.0, PyBytes::new(py, &datagram)))
        }
        Event::LayerChanged { publication, rid, active } => {
            module.getattr("LayerChanged")?.call1((publication.0, &*rid.0, active))
        }
        Event::AudioFrame(frame) => module.getattr("AudioFrame")?.call1(audio_frame(py, &frame)),
        Event::QualityChanged { peer, score } => {
            module.getattr("QualityChanged")?.call1((peer.0, score))
        }
        Event::LayerRates { publication, rates } => {
            let rates = rates.into_iter().map(|rates| PyTuple::new(py, rates));
            let rates = PyTuple::new(py, rates.collect::<PyResult<Vec<_>>>()?)?;
            module.getattr("LayerRates")?.call1((publication.0, rates))
        }
        Event::BandwidthChanged { peer, bandwidth } => {
            let (estimate, reserved) = (bandwidth.estimate.0, bandwidth.reserved.0);
            let (estimate, reserved) = (estimate as u64, reserved as u64);
            module.getattr("BandwidthChanged")?.call1((peer.0, estimate, reserved))
        }
        Event::Speakers(levels) => {
            let levels = levels.into_iter().map(|(publication, level)| (publication.0, level));
            let levels = PyTuple::new(py, levels.collect::<Vec<_>>())?;
            module.getattr("Speakers")?.call1((levels,))
        }
    }
}

fn audio_frame<'py>(
    py: Python<'py>,
    frame: &AudioFrame,
) -> (u64, u64, u64, i16, Bound<'py, PyBytes>, f64) {
    (
        frame.publication.0,
        frame.sequence,
        frame.timestamp,
        frame.level.map_or(-1, i16::from),
        PyBytes::new(py, &frame.payload),
        frame.received_at.as_seconds(),
    )
}

//! One client of a server: a whole WebRTC endpoint of str0m on a socket of its own.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::crypto::CryptoProvider;
use str0m::crypto::dtls::DtlsCert;
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::{Protocol, Receive, Transmit};
use str0m::rtp::{ExtensionValues, RtpWrite};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

use crate::Result;
use crate::keys::tapped;
use crate::media::{Media, Packet};
use crate::tally::Tally;
use crate::wire::{Batch, Endpoint, Message, instant_of};

pub struct Client {
    pub socket: Endpoint,
    /// When `wake` is due.
    pub timeout: Instant,
    pub is_connected: bool,
    pub wants_key_frame: bool,
    rtc: Rtc,
    media: Media,
    mids: Vec<Mid>,
    pending: Option<SdpPendingOffer>,
    outbox: Vec<Transmit>,
}

/// What all clients share.
pub struct Identity {
    pub certificate: DtlsCert,
    pub provider: CryptoProvider,
}

impl Identity {
    pub fn new() -> Result<Identity> {
        let provider = str0m::crypto::from_feature_flags();
        let certificate = provider.dtls_provider.generate_certificate().ok_or("No certificate.")?;
        Ok(Identity { certificate, provider })
    }
}

impl Client {
    pub fn open(identity: &Identity, media: Media) -> Result<Client> {
        let socket = Endpoint::open()?;
        socket.stamp_arrivals();
        let now = Instant::now();
        let (provider, _) = tapped(&identity.provider);
        let mut rtc = RtcConfig::new()
            .set_crypto_provider(provider.into())
            .set_dtls_cert(identity.certificate.clone())
            .clear_codecs()
            .enable_vp8(media == Media::Video)
            .enable_opus(media == Media::Audio, false)
            .set_rtp_mode(true)
            .set_stats_interval(None)
            .build(now);
        rtc.add_local_candidate(Candidate::host(socket.address(), "udp")?);
        Ok(Client {
            socket,
            timeout: now,
            is_connected: false,
            wants_key_frame: true,
            rtc,
            media,
            mids: Vec::new(),
            pending: None,
            outbox: Vec::new(),
        })
    }

    /// An offer to send one track.
    pub fn offer_to_publish(&mut self) -> Result<String> {
        self.offer(1, Direction::SendOnly)
    }

    /// An offer to receive this many.
    pub fn offer_to_receive(&mut self, tracks: usize) -> Result<String> {
        self.offer(tracks, Direction::RecvOnly)
    }

    pub fn accept(&mut self, answer: &str, tally: &mut Tally) -> Result<()> {
        let pending = self.pending.take().ok_or("There is no offer to answer.")?;
        let answer = SdpAnswer::from_sdp_string(answer)?;
        self.rtc.sdp_api().accept_answer(pending, answer)?;
        self.wake(0, Instant::now(), tally)
    }

    /// Take what has arrived; what is media goes to the tally, as this receiver's.
    pub fn receive(&mut self, number: usize, batch: &mut Batch, tally: &mut Tally) -> Result<()> {
        loop {
            self.socket.receive(batch);
            for (source, stamp, datagram) in batch.iter_mut() {
                let own = self.socket.address();
                let received = Receive::new(Protocol::Udp, source, own, datagram)?;
                self.rtc.handle_input(Input::Receive(instant_of(stamp), received))?;
                self.drain(number, stamp, tally)?;
            }
            if !batch.is_full() {
                break;
            }
        }
        self.flush();
        Ok(())
    }

    /// Do what is due.
    pub fn wake(&mut self, number: usize, now: Instant, tally: &mut Tally) -> Result<()> {
        self.rtc.handle_input(Input::Timeout(now))?;
        self.drain(number, 0, tally)?;
        self.flush();
        Ok(())
    }

    /// Send these packets of the one track, in one batch.
    pub fn publish(&mut self, packets: Vec<Packet>, tally: &mut Tally) -> Result<()> {
        let now = Instant::now();
        let codec = if self.media == Media::Video { Codec::Vp8 } else { Codec::Opus };
        let format = self.rtc.codec_config().find(|one| one.spec().codec == codec);
        let payload_type = format.ok_or("No codec was agreed on.")?.pt();
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(self.mids[0], None).ok_or("No stream to send.")?;
        for packet in packets {
            let levels = ExtensionValues {
                audio_level: Some(-30),
                voice_activity: Some(true),
                ..ExtensionValues::default()
            };
            let write = RtpWrite::new(
                payload_type,
                packet.sequence.into(),
                packet.time,
                now,
                packet.payload,
            )
            .marker(packet.marker)
            .nackable(self.media == Media::Video)
            .ext_vals(levels);
            stream.write_rtp(write);
        }
        self.wake(0, now, tally)
    }

    fn offer(&mut self, tracks: usize, direction: Direction) -> Result<String> {
        let kind = if self.media == Media::Video { MediaKind::Video } else { MediaKind::Audio };
        // str0m draws its mids at random, three letters long: now and then two are the same.
        let api = loop {
            let mut api = self.rtc.sdp_api();
            let mids = (0..tracks).map(|_| api.add_media(kind, direction, None, None, None));
            self.mids = mids.collect();
            if self.mids.iter().collect::<HashSet<_>>().len() == tracks {
                break api;
            }
        };
        let (offer, pending) = api.apply().ok_or("There is nothing to offer.")?;
        self.pending = Some(pending);
        Ok(offer.to_sdp_string())
    }

    fn drain(&mut self, number: usize, stamp: u64, tally: &mut Tally) -> Result<()> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(timeout) => {
                    self.timeout = timeout;
                    return Ok(());
                }
                Output::Transmit(transmit) => self.outbox.push(transmit),
                Output::Event(Event::RtpPacket(packet)) => {
                    tally.note(number, &packet.payload, stamp)
                }
                Output::Event(Event::KeyframeRequest(_)) => self.wants_key_frame = true,
                Output::Event(Event::Connected) => self.is_connected = true,
                Output::Event(_) => {}
            }
        }
    }

    fn flush(&mut self) {
        if self.outbox.is_empty() {
            return;
        }
        let messages: Vec<_> = self
            .outbox
            .iter()
            .map(|one| Message { to: one.destination, bytes: &one.contents, segment: None })
            .collect();
        self.socket.send(&messages);
        self.outbox.clear();
    }
}

/// How late `wake` may be called. Raising it costs less, lowering it makes feedback more even.
pub const SWEEP: Duration = Duration::from_millis(5);

//! The keys that DTLS agrees on, seen from outside: the floor protects packets itself.
//!
//! str0m prefers AES-256-GCM where both ends have it, and both ends are str0m only at the floor.
//! There both take the first half of each key and AES-128-GCM, which our server chooses.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use str0m::config::DtlsVersion;
use str0m::crypto::dtls::{
    DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, KeyingMaterial,
    ProtocolVersion, SrtpProfile,
};
use str0m::crypto::{CryptoError, CryptoProvider};

/// The master keys and salts of RFC 5764 §4.2 for AEAD_AES_128_GCM.
#[derive(Clone, Copy)]
pub struct Keys {
    pub client: Master,
    pub server: Master,
}

#[derive(Clone, Copy)]
pub struct Master {
    key: [u8; 16],
    salt: [u8; 12],
}

/// The key and salt of one direction's RTP.
pub struct Session {
    pub key: [u8; 16],
    pub salt: [u8; 12],
}

impl Master {
    /// RFC 3711 §4.3.1 with the salt of RFC 7714 §11.
    pub fn derive(&self, provider: &CryptoProvider) -> Session {
        let block = |label: u8| {
            let mut input = [0; 16];
            input[..12].copy_from_slice(&self.salt);
            input[7] ^= label;
            let mut output = [0; 32];
            provider.srtp_provider.srtp_aes_128_ecb_round(&self.key, &input, &mut output);
            output
        };
        Session { key: first(&block(0)), salt: first(&block(2)) }
    }
}

/// A provider whose DTLS says what keys it agreed on.
pub fn tapped(provider: &CryptoProvider) -> (CryptoProvider, Tap) {
    let tap = Tap::default();
    // A provider is static by design; there are some dozens of these in the life of the process.
    let dtls = Box::leak(Box::new(TappedProvider(provider.dtls_provider, tap.clone())));
    (CryptoProvider { dtls_provider: dtls, ..provider.clone() }, tap)
}

/// Where the keys turn up once the handshake is over.
#[derive(Clone, Default)]
pub struct Tap(Arc<Mutex<Option<Keys>>>);

impl Tap {
    pub fn keys(&self) -> Option<Keys> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("Tap")
    }
}

#[derive(Debug)]
struct TappedProvider(&'static dyn DtlsProvider, Tap);

impl DtlsProvider for TappedProvider {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        self.0.generate_certificate()
    }

    fn new_dtls(
        &self,
        certificate: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let inner = self.0.new_dtls(certificate, now, version, mtu)?;
        Ok(Box::new(TappedInstance(inner, self.1.clone())))
    }
}

#[derive(Debug)]
struct TappedInstance(Box<dyn DtlsInstance>, Tap);

impl DtlsInstance for TappedInstance {
    fn poll_output<'a>(&mut self, buffer: &'a mut [u8]) -> DtlsOutput<'a> {
        match self.0.poll_output(buffer) {
            DtlsOutput::KeyingMaterial(material, SrtpProfile::AEAD_AES_256_GCM) => {
                let keys = halves(&material);
                *self.1.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(keys);
                let Keys { client, server } = keys;
                let short = [&client.key[..], &server.key, &client.salt, &server.salt].concat();
                let material = KeyingMaterial::new(&short);
                DtlsOutput::KeyingMaterial(material, SrtpProfile::AEAD_AES_128_GCM)
            }
            other => other,
        }
    }

    fn set_active(&mut self, active: bool) {
        self.0.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.0.handle_packet(packet)
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.0.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<(), DtlsImplError> {
        self.0.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.0.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.0.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.0.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.0.close()
    }
}

/// Of material for AES-256: two keys of 32 bytes, two salts of 12.
fn halves(material: &[u8]) -> Keys {
    let master = |key: usize, salt: usize| Master {
        key: first(&material[key..]),
        salt: first(&material[salt..]),
    };
    Keys { client: master(0, 64), server: master(32, 76) }
}

fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[..N]);
    array
}

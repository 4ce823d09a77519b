//! The dependency descriptor RTP header extension (AV1 RTP specification, appendix A): which frame a
//! packet belongs to, what that needs, and what it is good for. Any codec may come with it.

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

use super::bits::{Bits, Writer};
use crate::ids::extend;

/// The structure of a stream, from its latest key frame, and which of its targets it still serves.
#[derive(Default)]
pub struct Stream {
    structure: Option<Structure>,
    active: u32,
    /// The frame that told them, and the newest of all, their numbers past their wrap.
    told_by: u64,
    newest: Option<u64>,
}

/// The templates and decode targets which descriptors refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Structure {
    template_id_offset: u8,
    targets: Vec<Layer>,
    templates: Vec<Template>,
    chains: u32,
}

/// A spatial and a temporal layer: those of a frame, or the highest of a decode target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Layer {
    pub spatial: u8,
    pub temporal: u8,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Template {
    layer: Layer,
    indications: Indications,
    references: References,
}

/// What a frame is to each decode target: two bits each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Indications(u64);

/// What a frame is to one decode target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indication {
    NotPresent,
    Discardable,
    /// A receiver that can decode this frame can decode what follows in the target.
    Switch,
    Required,
}

/// How many frames before it each of those is that a frame is predicted from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct References {
    count: u8,
    distances: [u16; MAX_REFERENCES],
}

/// The descriptor of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    pub starts_frame: bool,
    pub ends_frame: bool,
    pub number: u16,
    pub layer: Layer,
    pub indications: Indications,
    pub references: References,
    /// It came with a structure: this is the first packet of a coded video sequence.
    pub attached: bool,
    pub place: Place,
}

/// Where a descriptor tells the active decode targets, in bits: needed to write it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where they stand or would stand.
    at: u16,
    /// Where the last field ends.
    end: u16,
    targets: u8,
    /// They stand there.
    pub is_told: bool,
}

/// The active decode targets as a subscriber shall be told them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    pub active: u32,
    pub place: Place,
}

impl Stream {
    /// Read a packet's descriptor, and keep the structure if it brings a newer one. `None` when it is
    /// malformed or refers to a structure that is not known.
    pub fn read(&mut self, bytes: &[u8]) -> Option<Descriptor> {
        let (descriptor, attached, told) = self.parse(bytes)?;
        let number = u64::from(descriptor.number);
        let number = self.newest.map_or(number + (1 << 16), |newest| extend(newest, number, 16));
        self.newest = self.newest.max(Some(number));
        if number < self.told_by {
            return Some(descriptor);
        }
        if attached.is_some() {
            self.structure = attached;
            self.active = u32::MAX;
            self.told_by = number;
        }
        if let Some(active) = told {
            self.active = active;
            self.told_by = number;
        }
        Some(descriptor)
    }

    /// Read the descriptor of a packet that was read before.
    pub fn peek(&self, bytes: &[u8]) -> Option<Descriptor> {
        self.parse(bytes).map(|(descriptor, ..)| descriptor)
    }

    pub fn structure(&self) -> Option<&Structure> {
        self.structure.as_ref()
    }

    /// Whether the sender goes on with a decode target.
    pub fn is_active(&self, target: usize) -> bool {
        target < 32 && self.active >> target & 1 == 1
    }

    fn parse(&self, bytes: &[u8]) -> Option<(Descriptor, Option<Structure>, Option<u32>)> {
        let mut bits = Bits::new(bytes);
        let mandatory = Mandatory::read(bytes)?;
        bits.skip(8 * MANDATORY)?;
        let mut flags = Flags::default();
        if bytes.len() > MANDATORY {
            flags = Flags::read(&mut bits)?;
        }
        let attached = if flags.attached { Some(Structure::read(&mut bits)?) } else { None };
        let structure = attached.as_ref().or(self.structure.as_ref())?;
        let at = bits.at();
        let told = if flags.active { Some(bits.take(structure.targets.len())?) } else { None };
        let descriptor = structure.define(&mut bits, mandatory, flags, at)?;
        Some((descriptor, attached, told))
    }
}

impl Structure {
    /// What each decode target consists of.
    pub fn targets(&self) -> &[Layer] {
        &self.targets
    }

    pub fn target_of(&self, layer: Layer) -> Option<usize> {
        self.targets.iter().position(|target| *target == layer)
    }

    /// The decode targets that a receiver gets whole who gets all of `target`, a bit each.
    pub fn contained_in(&self, target: usize) -> u32 {
        let present =
            |template: &Template, of| template.indications.of(of) != Indication::NotPresent;
        let whole = |other| {
            let mut templates = self.templates.iter();
            templates.all(|template| !present(template, other) || present(template, target))
        };
        (0..self.targets.len()).filter(|other| whole(*other)).fold(0, |mask, one| mask | 1 << one)
    }

    fn read(bits: &mut Bits) -> Option<Structure> {
        let template_id_offset = bits.take(6)? as u8;
        let targets = bits.take(5)? as usize + 1;
        let mut templates = read_layers(bits)?;
        for template in &mut templates {
            template.indications = Indications::read(bits, targets)?;
        }
        for template in &mut templates {
            while bits.flag()? {
                template.references.push(bits.take(4)? as u16 + 1)?;
            }
        }
        let chains = read_chains(bits, targets, templates.len())?;
        if bits.flag()? {
            let highest = templates.last()?.layer.spatial;
            bits.skip(32 * (usize::from(highest) + 1))?;
        }
        let targets = (0..targets).map(|target| layer_of(&templates, target)).collect();
        Some(Structure { template_id_offset, targets, templates, chains })
    }

    fn define(
        &self,
        bits: &mut Bits,
        mandatory: Mandatory,
        flags: Flags,
        at: usize,
    ) -> Option<Descriptor> {
        let index = (mandatory.template_id + 64 - self.template_id_offset) % 64;
        let template = self.templates.get(usize::from(index))?;
        let targets = self.targets.len();
        let mut indications = template.indications;
        if flags.custom_indications {
            indications = Indications::read(bits, targets)?;
        }
        let mut references = template.references;
        if flags.custom_references {
            references = References::read(bits)?;
        }
        if flags.custom_chains {
            bits.skip(8 * self.chains as usize)?;
        }
        Some(Descriptor {
            starts_frame: mandatory.starts_frame,
            ends_frame: mandatory.ends_frame,
            number: mandatory.number,
            layer: template.layer,
            indications,
            references,
            attached: flags.attached,
            place: Place {
                at: at as u16,
                end: bits.at() as u16,
                targets: targets as u8,
                is_told: flags.active,
            },
        })
    }
}

impl Indications {
    pub fn of(self, target: usize) -> Indication {
        match self.0.checked_shr(2 * target as u32).unwrap_or(0) & 3 {
            0 => Indication::NotPresent,
            1 => Indication::Discardable,
            2 => Indication::Switch,
            _ => Indication::Required,
        }
    }

    fn read(bits: &mut Bits, targets: usize) -> Option<Indications> {
        (0..targets).try_fold(Indications(0), |Indications(all), target| {
            Some(Indications(all | u64::from(bits.take(2)?) << (2 * target)))
        })
    }
}

impl References {
    pub fn distances(&self) -> &[u16] {
        self.distances.get(..usize::from(self.count)).unwrap_or_default()
    }

    /// `None` when there are more than any codec has.
    fn push(&mut self, distance: u16) -> Option<()> {
        *self.distances.get_mut(usize::from(self.count))? = distance;
        self.count += 1;
        Some(())
    }

    fn read(bits: &mut Bits) -> Option<References> {
        let mut references = References::default();
        loop {
            match bits.take(2)? {
                0 => return Some(references),
                nibbles => references.push(bits.take(4 * nibbles as usize)? as u16 + 1)?,
            }
        }
    }
}

impl Descriptor {
    /// Whether a receiver that knows nothing can begin with this packet.
    pub fn starts_key_frame(&self) -> bool {
        self.attached && self.starts_frame && self.references.count == 0
    }
}

/// The frame number in a descriptor, which can be read without the structure.
pub fn frame_number(bytes: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(1)?, *bytes.get(2)?]))
}

/// Write a descriptor again with another frame number, and with the active decode targets if they
/// shall be told and there is room. Returns what was written; `None` for what is no descriptor.
pub fn rewrite<'a>(
    bytes: &[u8],
    number: u16,
    told: Option<Told>,
    out: &'a mut Buffer,
) -> Option<&'a [u8]> {
    let written =
        told.and_then(|told| tell(bytes, told, out)).filter(|length| *length <= MAX_LENGTH);
    if written.is_none() {
        out.get_mut(..bytes.len())?.copy_from_slice(bytes);
    }
    out.get_mut(1..MANDATORY)?.copy_from_slice(&number.to_be_bytes());
    out.get(..written.unwrap_or(bytes.len()))
}

/// Copy a descriptor with other active decode targets; returns its length.
fn tell(bytes: &[u8], Told { active, place }: Told, out: &mut Buffer) -> Option<usize> {
    let mut from = Bits::new(bytes);
    let mut to = Writer::new(out);
    to.copy_to(&mut from, 8 * MANDATORY)?;
    let flags = if bytes.len() > MANDATORY { from.take(5)? } else { 0 };
    to.put(flags | ACTIVE_FLAG, 5)?;
    to.copy_to(&mut from, usize::from(place.at))?;
    to.put(active, usize::from(place.targets))?;
    if place.is_told {
        from.skip(usize::from(place.targets))?;
    }
    to.copy_to(&mut from, usize::from(place.end))?;
    Some(to.length())
}

/// Room for a descriptor that is written again.
pub type Buffer = [u8; MAX_LENGTH];

pub const EMPTY: Buffer = [0; MAX_LENGTH];

#[derive(Clone, Copy)]
struct Mandatory {
    starts_frame: bool,
    ends_frame: bool,
    template_id: u8,
    number: u16,
}

impl Mandatory {
    fn read(bytes: &[u8]) -> Option<Mandatory> {
        let &[first, high, low] = bytes.first_chunk()?;
        Some(Mandatory {
            starts_frame: first & 0x80 != 0,
            ends_frame: first & 0x40 != 0,
            template_id: first & 0x3F,
            number: u16::from_be_bytes([high, low]),
        })
    }
}

#[derive(Clone, Copy, Default)]
struct Flags {
    attached: bool,
    active: bool,
    custom_indications: bool,
    custom_references: bool,
    custom_chains: bool,
}

impl Flags {
    fn read(bits: &mut Bits) -> Option<Flags> {
        Some(Flags {
            attached: bits.flag()?,
            active: bits.flag()?,
            custom_indications: bits.flag()?,
            custom_references: bits.flag()?,
            custom_chains: bits.flag()?,
        })
    }
}

/// One template for each layer that follows; `None` for more layers than the specification has.
fn read_layers(bits: &mut Bits) -> Option<Vec<Template>> {
    let mut templates = Vec::new();
    let mut layer = Layer::default();
    while templates.len() < MAX_TEMPLATES {
        templates.push(Template { layer, ..Template::default() });
        match bits.take(2)? {
            0 => {}
            1 => layer.temporal += 1,
            2 => layer = Layer { spatial: layer.spatial + 1, temporal: 0 },
            _ => return Some(templates),
        }
        if layer.spatial > MAX_SPATIAL || layer.temporal > MAX_TEMPORAL {
            return None;
        }
    }
    None
}

/// How many chains protect the decode targets. Which frame came before in a chain is passed over: a
/// subscription looks at references, which say the same more finely.
fn read_chains(bits: &mut Bits, targets: usize, templates: usize) -> Option<u32> {
    let chains = bits.below(targets as u32 + 1)?;
    if chains > 0 {
        for _ in 0..targets {
            bits.below(chains)?;
        }
        bits.skip(4 * templates * chains as usize)?;
    }
    Some(chains)
}

fn layer_of(templates: &[Template], target: usize) -> Layer {
    let present = |t: &&Template| t.indications.of(target) != Indication::NotPresent;
    templates.iter().filter(present).fold(Layer::default(), |highest, template| Layer {
        spatial: highest.spatial.max(template.layer.spatial),
        temporal: highest.temporal.max(template.layer.temporal),
    })
}

/// Bytes of a descriptor without extended fields.
const MANDATORY: usize = 3;

const ACTIVE_FLAG: u32 = 0b01000;

/// RFC 8285 §4.3: the length of an extension is one byte.
const MAX_LENGTH: usize = 255;

/// AV1 has eight reference frames, the other codecs fewer.
const MAX_REFERENCES: usize = 8;

/// Template ids have six bits.
const MAX_TEMPLATES: usize = 64;

/// Layer ids have two and three bits in AV1.
const MAX_SPATIAL: u8 = 3;
const MAX_TEMPORAL: u8 = 7;

#[cfg(test)]
mod tests;

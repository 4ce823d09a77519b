use visio_core::codec::dependency::{EMPTY, Stream, Told, frame_number, rewrite};

use crate::harness::fuzz;

/// Descriptors of one stream, each after its length. What is written again reads the same.
#[test]
fn dependency() {
    fuzz("dependency", |bytes| {
        let (mut stream, mut rest) = (Stream::default(), bytes);
        while let Some((length, others)) = rest.split_first() {
            let (packet, next) = others.split_at(others.len().min(usize::from(*length)));
            rest = next;
            let Some(descriptor) = stream.read(packet) else { continue };
            let told = Told { active: u32::from(*length), place: descriptor.place };
            for told in [Some(told), None] {
                let mut room = EMPTY;
                let written = rewrite(packet, descriptor.number, told, &mut room);
                let written = written.expect("it was read from a descriptor");
                assert_eq!(frame_number(written), Some(descriptor.number));
                let copy = stream.peek(written).expect("what we write is well formed");
                assert_eq!(
                    (copy.layer, copy.indications),
                    (descriptor.layer, descriptor.indications)
                );
                assert_eq!(copy.references, descriptor.references);
            }
            let structure = stream.structure().expect("it was needed to read that");
            for target in 0..structure.targets().len() {
                assert_ne!(structure.contained_in(target) >> target & 1, 0);
            }
        }
    });
}

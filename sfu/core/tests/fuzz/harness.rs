//! The loop: seeds first, then mutations of them until the time is over.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};
use std::{env, fs};

/// Try the corpus of this name, then mutations of it. Panics as the target did, once the input that
/// made it is saved; an input that takes too long is a failure too.
pub fn fuzz(name: &str, target: impl Fn(&[u8])) {
    let corpus = Corpus::load(name);
    for input in &corpus.inputs {
        corpus.try_input(input, &target);
    }
    let mut random = Random(setting("FUZZ_SEED", 1));
    let end = Instant::now() + Duration::from_secs_f64(setting("FUZZ_SECONDS", 0.5));
    let mut tries = 0u64;
    while Instant::now() < end {
        let input = corpus.mutate(&mut random);
        corpus.try_input(&input, &target);
        tries += 1;
    }
    println!("{name}: {} seeds, {tries} mutations", corpus.inputs.len());
}

struct Corpus {
    folder: PathBuf,
    inputs: Vec<Vec<u8>>,
}

impl Corpus {
    fn load(name: &str) -> Corpus {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
        let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
        let mut paths: Vec<_> = files.map(|file| file.expect("readable").path()).collect();
        paths.sort();
        let inputs: Vec<_> = paths.iter().map(|path| fs::read(path).expect("readable")).collect();
        assert!(!inputs.is_empty(), "{folder:?} holds no seeds");
        Corpus { folder, inputs }
    }

    fn try_input(&self, input: &[u8], target: &impl Fn(&[u8])) {
        let began = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| target(input)));
        let slow = began.elapsed() > SLOW && is_slow(input, target);
        if result.is_err() || slow {
            self.save(input);
        }
        if let Err(panic) = result {
            resume_unwind(panic);
        }
        assert!(!slow, "an input of {} bytes takes more than {SLOW:?}", input.len());
    }

    fn save(&self, input: &[u8]) {
        let mut hasher = DefaultHasher::new();
        input.hash(&mut hasher);
        let path = self.folder.join(format!("found-{:016x}.bin", hasher.finish()));
        match fs::write(&path, input) {
            Ok(()) => eprintln!("The input is in {}", path.display()),
            Err(error) => eprintln!("{}: {error}; the input is {input:02x?}", path.display()),
        }
    }

    /// A seed with one to eight changes.
    fn mutate(&self, random: &mut Random) -> Vec<u8> {
        let mut input = random.pick(&self.inputs).clone();
        for _ in 0..1 << random.below(4) {
            self.change(&mut input, random);
        }
        input.truncate(LONGEST);
        input
    }

    fn change(&self, input: &mut Vec<u8>, random: &mut Random) {
        let at = random.below(input.len() + 1);
        let length = 1 + random.below(16);
        let end = (at + length).min(input.len());
        match random.below(9) {
            0 => flip(input, at, 1 << random.below(8)),
            1 => flip(input, at, random.next() as u8),
            2 => input[at..end].fill(*random.pick(&EDGES)),
            3 => overwrite(input, at, &random.pick(&WIDE_EDGES).to_be_bytes()),
            4 => overwrite(input, at, &(random.below(64) as u16).to_be_bytes()),
            5 => input.truncate(at),
            6 => drop(input.drain(at..end)),
            7 => {
                let noise: Vec<_> = (0..length).map(|_| random.next() as u8).collect();
                input.splice(at..at, noise);
            }
            _ => {
                let other = random.pick(&self.inputs);
                let from = random.below(other.len() + 1);
                let to = from + random.below(other.len() - from + 1);
                input.splice(at..end, other[from..to].iter().copied());
            }
        }
    }
}

fn flip(input: &mut [u8], at: usize, mask: u8) {
    if let Some(byte) = input.get_mut(at) {
        *byte ^= mask;
    }
}

fn overwrite(input: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = input.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

/// Whether it is the input that takes long, and not the machine that is busy: by the processor time
/// of this thread (proc(5), schedstat), once more.
fn is_slow(input: &[u8], target: &impl Fn(&[u8])) -> bool {
    let spent = || {
        let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        let nanos = text.split(' ').next().and_then(|word| word.parse().ok());
        Duration::from_nanos(nanos.unwrap_or(0))
    };
    let before = spent();
    let _ = catch_unwind(AssertUnwindSafe(|| target(input)));
    spent().saturating_sub(before) > SLOW
}

fn setting<T: FromStr>(name: &str, default: T) -> T {
    env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Where signs, lengths and counters turn over.
const EDGES: [u8; 6] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF];
const WIDE_EDGES: [u16; 8] = [0, 1, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF, 0xBEDE, 0x1000];

/// Above a datagram; programs of the engine's target may be as long.
const LONGEST: usize = 2048;

/// Processor time for one input. Nothing here should take a hundredth of it.
const SLOW: Duration = Duration::from_millis(100);

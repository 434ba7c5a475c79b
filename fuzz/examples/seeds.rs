//! Writes what each fuzz target begins with: the samples of the tests, of the packs and of the
//! documentation. `cargo xtask fuzz` runs it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use daemoneye_bus::event::{Batch, Event, from_json};
use daemoneye_bus::frame::{HEADER_BYTES, encode};
use daemoneye_bus::message::{
    ClientMessage, PROTOCOL, Payload, Receipt, ServerMessage, SourceBatch,
};
use daemoneye_ledger::{BatchFact, Fact, Folder, Hash, Ledger, Signer};
use daemoneye_pack_format::{SigningKey, build, sign};
use daemoneye_wal::{Directory, Limits, Wal};
use serde_json::Value;

const EVENTS: &str = include_str!("../events.jsonl");
const RULE: &str = "rules/shell-dev-tcp.toml";
const REVOCATIONS: &[u8] = br#"{"format": 1, "version": 1, "keys": [], "releases": [{"pack": "linux-essentials", "release": 1, "reason": "x"}]}"#;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).context("a folder to write to")?;
    let seeds = Seeds { folder: PathBuf::from(folder) };
    seeds.frame()?;
    seeds.wal()?;
    seeds.ledger()?;
    seeds.pack()?;
    seeds.sql()?;
    seeds.sigma()
}

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder of the repository")
}

struct Seeds {
    folder: PathBuf,
}

impl Seeds {
    fn put(&self, target: &str, name: &str, bytes: impl AsRef<[u8]>) -> Result<()> {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes).with_context(|| format!("{target}/{name}"))
    }

    /// The first byte says which way the target takes.
    fn put_way(&self, target: &str, name: &str, way: u8, bytes: &[u8]) -> Result<()> {
        self.put(target, name, [&[way], bytes].concat())
    }

    fn frame(&self) -> Result<()> {
        let hello = ClientMessage::Hello { protocol: PROTOCOL, client: "fuzz".to_owned() };
        let mut stream = Vec::new();
        for (name, message) in [("hello", hello), ("publish", publish()?)] {
            let frame = encode(&message)?;
            self.put_way("frame", name, 1, &frame[HEADER_BYTES..])?;
            stream.extend(frame);
        }
        self.put_way("frame", "stream", 0, &stream)?;
        let answers = [
            ServerMessage::Welcome { protocol: PROTOCOL },
            ServerMessage::Receipt { id: 1, receipt: Receipt::Done },
        ];
        for (number, answer) in answers.iter().enumerate() {
            self.put_way(
                "frame",
                &format!("answer-{number}"),
                2,
                &encode(answer)?[HEADER_BYTES..],
            )?;
        }
        Ok(())
    }

    fn wal(&self) -> Result<()> {
        let place = tempfile::tempdir()?;
        let limits = Limits { total: 1 << 20, segment: 200 };
        let (mut wal, _) = Wal::open(Directory::new(place.path().to_owned()), limits, 7)?;
        let mut all = Vec::new();
        for mark in 1..5 {
            wal.commit(&[(mark, vec![7; 90]), (mark, b"two".to_vec())])?;
        }
        wal.acknowledge(2)?;
        let mut files: Vec<PathBuf> =
            place.path().read_dir()?.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for (number, path) in files.iter().enumerate() {
            let segment = fs::read(path)?;
            for (name, way) in [("as-it-is", 0), ("forged", 0x80)] {
                self.put_way("wal", &format!("{name}-{number}"), way, &segment)?;
            }
            all.extend(segment);
        }
        self.put_way("wal", "four", 0x83, &all)
    }

    fn ledger(&self) -> Result<()> {
        let place = tempfile::tempdir()?;
        let folder = Folder::new(place.path().to_owned());
        let (mut ledger, _) = Ledger::open(&folder, &[7; 32], 1)?;
        for number in 1..4 {
            ledger.append(2, &[Fact::act("start", "version=0.1.0"), batch(number)])?;
            ledger.sign()?;
        }
        let (entries, checkpoints) = (fs::read(folder.entries())?, fs::read(folder.checkpoints())?);
        self.put_way("ledger", "whole", 0, &[&entries, &b"\n--\n"[..], &checkpoints].concat())?;
        self.put_way("ledger", "unsigned", 0, &entries)?;
        self.put_way("ledger", "lines", 1, &entries)?;
        for (number, line) in entries.split(|byte| *byte == b'\n').enumerate() {
            self.put_way("ledger", &format!("line-{number}"), 1, line)?;
        }
        self.put_way("ledger", "notes", 2, &checkpoints)?;
        let signer = Signer::new("fuzz", &[7; 32])?;
        self.put_way(
            "ledger",
            "text",
            2,
            b"fuzz\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        )?;
        self.put_way("ledger", "secret-key", 3, signer.secret_text().as_bytes())?;
        self.put_way("ledger", "public-key", 3, signer.verifier().text().as_bytes())
    }

    fn pack(&self) -> Result<()> {
        let place = tempfile::tempdir()?;
        let essentials = root().join("plugins/packs/linux-essentials");
        fs::create_dir(place.path().join("rules"))?;
        for name in ["pack.toml", RULE] {
            fs::copy(essentials.join(name), place.path().join(name))?;
        }
        sign(place.path(), &[SigningKey::from_secret(&[7; 32])])?;
        self.put_way("pack", "archive", 0, &build(place.path())?.1)?;
        let files = [("manifest.json", 1), ("manifest.sig", 2), (RULE, 3), ("pack.toml", 6)];
        for (name, way) in files {
            let bytes = fs::read(place.path().join(name))?;
            self.put_way("pack", &name.replace('/', "-"), way, &bytes)?;
        }
        self.put_way("pack", "revocations", 4, REVOCATIONS)?;
        self.put_way("pack", "component", 7, b"\0asm\x0d\0\x01\0")
    }

    fn sql(&self) -> Result<()> {
        for (number, rule) in corpus("sql")?.iter().enumerate() {
            let rule = rule.replace("FROM logs", "FROM process_events");
            self.put("sql", &format!("corpus-{number}"), rule)?;
        }
        let guide = fs::read_to_string(root().join("docs/sql.md"))?;
        for (number, block) in guide.split("```sql\n").skip(1).enumerate() {
            let rule = block.split("```").next().unwrap_or_default();
            self.put("sql", &format!("guide-{number}"), rule)?;
        }
        let rules = root().join("plugins/packs/linux-essentials/rules");
        for entry in rules.read_dir()? {
            let entry = entry?;
            let text = fs::read_to_string(entry.path())?;
            let rule = text.split("sql = '''\n").nth(1).and_then(|rest| rest.split("'''").next());
            let name = entry.file_name().to_string_lossy().into_owned();
            self.put("sql", &name, rule.with_context(|| name.clone())?)?;
        }
        Ok(())
    }

    fn sigma(&self) -> Result<()> {
        for (number, rule) in corpus("yaml")?.iter().enumerate() {
            self.put("sigma", &format!("corpus-{number}"), rule)?;
        }
        let guide = fs::read_to_string(root().join("docs/sigma.md"))?;
        for (number, block) in guide.split("```yaml\n").skip(1).enumerate() {
            let rule = block.split("```").next().unwrap_or_default();
            self.put("sigma", &format!("guide-{number}"), rule)?;
        }
        Ok(())
    }
}

fn publish() -> Result<ClientMessage> {
    let events: Vec<Event> =
        EVENTS.lines().map(from_json).collect::<std::result::Result<_, _>>()?;
    let batch = Batch::from_events(&events).context("events")?;
    let events = SourceBatch { source: "procmond:1".to_owned(), number: 1, lost: 0, batch };
    let topic = "events.process.start".to_owned();
    Ok(ClientMessage::Publish { id: 1, topic, payload: Payload::Events(events) })
}

fn batch(number: u64) -> Fact {
    let (first, last) = (number.cast_signed(), number.cast_signed());
    let (source, hash) = ("procmond:1a2b3c4d".to_owned(), Hash::of(b"batch"));
    Fact::Batch(BatchFact { source, number, first, last, record: number, hash })
}

/// The rules of the suite in one of its languages.
fn corpus(language: &str) -> Result<Vec<String>> {
    let text = fs::read_to_string(root().join("tests/corpus/rules.jsonl"))?;
    let rule = |line: &str| {
        let line: Value = serde_json::from_str(line)?;
        Ok(line[language].as_str().unwrap_or_default().to_owned())
    };
    text.lines().map(rule).collect()
}

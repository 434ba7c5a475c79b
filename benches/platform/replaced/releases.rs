//! Releases of a small pack, signed and in one file each, as they reach an endpoint.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use daemoneye_pack_format::{SigningKey, build, keygen, sign};

/// What the rules find.
pub(super) const ATTACK: &str = "attack of the bench";
/// The rule that no release changes.
pub(super) const STEADY: &str = "steady";
/// The rule that every release has differently.
const TURNS: &str = "turns";

/// Makes releases, and drops them into the folder of packs.
pub(super) struct Releases {
    home: PathBuf,
    key: SigningKey,
}

impl Releases {
    /// With a key that an agent in this folder trusts.
    pub(super) fn open(home: &Path) -> Result<Self> {
        for folder in ["packs", "trust"] {
            fs::create_dir_all(home.join(folder))?;
        }
        let pair = keygen(&home.join("keys"), "bench")?;
        fs::copy(&pair.public, home.join("trust/bench.pub"))?;
        Ok(Releases { home: home.to_owned(), key: SigningKey::read(&pair.secret)? })
    }

    /// Puts a release in the place of the one before, whole at once.
    pub(super) fn drop(&self, release: u64) -> Result<()> {
        let folder = self.home.join(format!("made/{release}"));
        fs::create_dir_all(folder.join("rules"))?;
        let about = format!(
            "id = 'replaced'\nrelease = {release}\ntitle = 'T'\ndescription = 'D'\nauthors = []\n\
             api = '0.1'\n"
        );
        fs::write(folder.join("pack.toml"), about)?;
        let own = format!("command_line LIKE '{ATTACK}%' OR command_line = 'release {release}'");
        let rules = [(STEADY, format!("command_line LIKE '{ATTACK}%'")), (TURNS, own)];
        for (id, condition) in rules {
            fs::write(folder.join(format!("rules/{id}.toml")), rule(id, &condition))?;
        }
        sign(&folder, std::slice::from_ref(&self.key))?;
        let made = self.home.join(format!("made/{release}.pack"));
        fs::write(&made, build(&folder)?.1)?;
        Ok(fs::rename(made, self.home.join("packs/replaced.pack"))?)
    }
}

fn rule(id: &str, condition: &str) -> String {
    format!(
        "id = '{id}'\ntitle = 'T'\nseverity = 'low'\ntechniques = []\nwhy = 'W'\n\
         false_positives = []\n\
         sql = '''SELECT command_line FROM process_starts WHERE {condition}'''\n\
         [[tests]]\nname = 'f'\nexpect = 'fire'\nevent = {{ command_line = '{ATTACK}' }}\n\
         [[tests]]\nname = 's'\nexpect = 'silent'\nevent = {{ command_line = 'harmless' }}\n"
    )
}

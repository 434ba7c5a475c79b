//! `daemoneye packs add` and `remove`: a `.pack` file goes into the agent's folder, or out of it, and
//! what the agent makes of it is told.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use daemoneye_bus::control::{PackEntry, PackState, Request, Response};
use tokio::time::{Instant, sleep};

use super::{Out, packs};
use crate::ask::{Agent, AskError};
use crate::exit::{End, Failure};
use crate::render;

/// Between two looks at what the agent says.
const PAUSE: Duration = Duration::from_millis(100);
/// A change of which the agent says nothing by then is told as it is.
const PATIENCE: Duration = Duration::from_secs(60);
/// The ending of a pack in one file.
const ENDING: &str = "pack";

/// Puts a file into the folder, whole or not at all, and waits for what becomes of it.
pub(super) async fn add(agent: &Agent, out: &Out, file: &Path) -> Result<End, Failure> {
    let place = folder(agent).await?.join(name(file)?);
    let before = at(&place, packs::ask(agent).await?);
    if is_same(file, &place) {
        return tell(out, &place, &before);
    }
    copy(file, &place).map_err(|cause| Failure::File(place.clone(), cause))?;
    let now = wait(agent, &place, |now| !now.is_empty() && now != before).await?;
    tell(out, &place, &now)
}

/// Takes the file of a pack out of the folder, and waits until its rules are gone.
pub(super) async fn remove(agent: &Agent, out: &Out, id: &str) -> Result<End, Failure> {
    let of_id =
        |pack: &PackEntry| pack.id.as_deref() == Some(id) && pack.state == PackState::Active;
    let known = packs::ask(agent).await?;
    if !known.iter().any(of_id) {
        return Err(none(id).into());
    }
    let folder = folder(agent).await?;
    // What a pack was rolled back to lies elsewhere; what it was taken back from is to go.
    let files = known.iter().filter(|pack| pack.id.as_deref() == Some(id));
    let files = files.filter_map(|pack| Path::new(&pack.place).file_name());
    let mut places: Vec<PathBuf> = files.map(|file| folder.join(file)).collect();
    let there = places.iter().position(|place| place.exists()).unwrap_or_default();
    let place = places.swap_remove(there);
    fs::remove_file(&place).map_err(|cause| Failure::Unremoved(place.clone(), cause))?;
    let now = wait(agent, &place, |now| !now.iter().any(of_id)).await?;
    if now.iter().any(of_id) {
        let why = format!("{} is removed, and pack {id} is still in force", place.display());
        return Err(AskError::Answer(why).into());
    }
    let place = place.display().to_string();
    out.write(&serde_json::json!({ "removed": place }), |_| {
        format!("{} is removed\n", render::escape(&place))
    })?;
    Ok(End::Well)
}

async fn folder(agent: &Agent) -> Result<PathBuf, AskError> {
    let part = |response| match response {
        Response::PackFolder(folder) => Some(PathBuf::from(folder)),
        _ => None,
    };
    agent.ask(Request::PackFolder, part).await
}

/// What the agent looks for: not hidden, and with the ending.
fn name(file: &Path) -> Result<&Path, AskError> {
    let name = file.file_name().map(Path::new).filter(|name| {
        let hidden = name.as_os_str().as_encoded_bytes().starts_with(b".");
        !hidden && name.extension().is_some_and(|ending| ending == ENDING)
    });
    let why = || format!("{file:?} has no name that ends in .{ENDING}, or a hidden one");
    name.ok_or_else(|| AskError::Answer(why()))
}

fn none(id: &str) -> AskError {
    AskError::Answer(format!("no pack {id:?} is in force"))
}

fn at(place: &Path, packs: Vec<PackEntry>) -> Vec<PackEntry> {
    // The agent may know its folder by a path that is not absolute.
    packs.into_iter().filter(|pack| place.ends_with(&pack.place)).collect()
}

fn is_same(file: &Path, place: &Path) -> bool {
    matches!((fs::read(file), fs::read(place)), (Ok(one), Ok(other)) if one == other)
}

/// Under a hidden name first, which the agent passes over.
fn copy(file: &Path, place: &Path) -> io::Result<()> {
    let folder = place.parent().unwrap_or(Path::new("."));
    let hidden = folder.join(format!(".daemoneye-{}.tmp", std::process::id()));
    let copied = fs::copy(file, &hidden)
        .and_then(|_| fs::set_permissions(&hidden, Permissions::from_mode(0o644)))
        .and_then(|()| File::open(&hidden)?.sync_all())
        .and_then(|()| fs::rename(&hidden, place));
    if copied.is_err() {
        let _nothing_to_remove = fs::remove_file(&hidden);
    }
    copied
}

/// What the agent says of the place once it is as wanted, or at last.
async fn wait(
    agent: &Agent,
    place: &Path,
    wanted: impl Fn(&[PackEntry]) -> bool,
) -> Result<Vec<PackEntry>, AskError> {
    let end = Instant::now() + PATIENCE;
    loop {
        let now = at(place, packs::ask(agent).await?);
        if wanted(&now) || Instant::now() > end {
            return Ok(now);
        }
        sleep(PAUSE).await;
    }
}

fn tell(out: &Out, place: &Path, packs: &[PackEntry]) -> Result<End, Failure> {
    if packs.is_empty() {
        let why = format!("{} is there, and the agent says nothing of it", place.display());
        return Err(AskError::Answer(why).into());
    }
    out.write(&packs, |look| render::packs(packs, look))?;
    let refused = packs.iter().find(|pack| pack.state == PackState::Refused);
    match refused.and_then(|pack| pack.why.clone()) {
        Some(why) => Err(AskError::Answer(format!("not in force: {why}")).into()),
        None => Ok(End::Well),
    }
}

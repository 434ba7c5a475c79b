//! Names of users, read seldom.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sysinfo::Users;

/// An unknown id makes the list be read again, but not more often than this.
const PAUSE: Duration = Duration::from_secs(60);

/// Names by id. Cheap to clone; clones share what was read.
#[derive(Debug, Clone, Default)]
pub struct UserNames(Arc<Mutex<List>>);

#[derive(Debug, Default)]
struct List {
    names: HashMap<String, String>,
    read: Option<Instant>,
}

impl UserNames {
    /// The name of a user, if there is one.
    pub fn get(&self, id: u32) -> Option<String> {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = id.to_string();
        let is_fresh = list.read.is_some_and(|read| read.elapsed() < PAUSE);
        if !list.names.contains_key(&id) && !is_fresh {
            list.names = names();
            list.read = Some(Instant::now());
        }
        list.names.get(&id).cloned()
    }
}

/// Ids are kept as text: on Windows they are no numbers. Without a list there are ids without names,
/// as on a machine whose users are elsewhere.
fn names() -> HashMap<String, String> {
    let users = Users::new_with_refreshed_list();
    let users = users.iter().flat_map(|users| users.iter());
    users.map(|user| (user.id().to_string(), user.name().to_owned())).collect()
}

//! What became of the publications of each topic, and of the last one of those that are kept.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::control::TopicTraffic;
use crate::message::Payload;
use crate::topic::{Pattern, Topic};

/// So many topics are counted by name. Clients choose names, so there may be any number; the others
/// are counted together.
const MAX_TOPICS: usize = 256;
/// The name of the others. No topic can be called so.
const OTHERS: &str = "(others)";
/// So many publications are kept for those who subscribe later.
const MAX_KEPT: usize = 256;

/// Counts and keeps. No lock is held while anything waits.
#[derive(Debug, Default)]
pub(super) struct Meter {
    topics: Mutex<BTreeMap<String, TopicTraffic>>,
    kept: Mutex<BTreeMap<Topic, Payload>>,
}

impl Meter {
    /// One publication, queued for so many subscribers and shed for so many.
    pub(super) fn count(&self, topic: &Topic, queued: usize, shed: usize) {
        let mut topics = lock(&self.topics);
        let is_known = topics.contains_key(topic.as_str()) || topics.len() < MAX_TOPICS;
        let name = if is_known { topic.as_str() } else { OTHERS };
        let new = || TopicTraffic { topic: name.to_owned(), ..TopicTraffic::default() };
        let traffic = topics.entry(name.to_owned()).or_insert_with(new);
        traffic.published += 1;
        traffic.queued += queued as u64;
        traffic.shed += shed as u64;
    }

    pub(super) fn topics(&self) -> Vec<TopicTraffic> {
        lock(&self.topics).values().cloned().collect()
    }

    /// Keeps the publication in place of the last one of its topic. False if there is no room.
    pub(super) fn keep(&self, topic: &Topic, payload: &Payload) -> bool {
        let mut kept = lock(&self.kept);
        let has_room = kept.contains_key(topic) || kept.len() < MAX_KEPT;
        if has_room {
            kept.insert(topic.clone(), payload.clone());
        }
        has_room
    }

    /// Keeps nothing of the topic any more.
    pub(super) fn forget(&self, topic: &Topic) {
        lock(&self.kept).remove(topic);
    }

    /// What was kept and matches, by topic.
    pub(super) fn kept(&self, pattern: &Pattern) -> Vec<(Topic, Payload)> {
        let kept = lock(&self.kept);
        let matching = kept.iter().filter(|(topic, _)| pattern.matches(topic));
        matching.map(|(topic, payload)| (topic.clone(), payload.clone())).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str) -> Topic {
        name.parse().expect("a topic")
    }

    #[test]
    fn names_that_clients_make_up_take_bounded_room_and_nothing_goes_uncounted() {
        let meter = Meter::default();
        for number in 0..MAX_TOPICS + 5 {
            meter.count(&topic(&format!("t{number:04}")), 1, 2);
        }
        meter.count(&topic("t0000"), 0, 0);
        let topics = meter.topics();
        assert_eq!(topics.len(), MAX_TOPICS + 1);
        let others = topics.iter().find(|traffic| traffic.topic == OTHERS).expect("counted");
        assert_eq!((others.published, others.queued, others.shed), (5, 5, 10));
        let sum: u64 = topics.iter().map(|traffic| traffic.published).sum();
        assert_eq!(sum, MAX_TOPICS as u64 + 6);
    }

    #[test]
    fn the_last_publication_of_a_topic_is_kept_and_there_is_an_end_to_topics() {
        let meter = Meter::default();
        let all = "#".parse().expect("a pattern");
        assert!(meter.keep(&topic("a.b"), &Payload::Empty));
        assert!(meter.keep(&topic("a.b"), &Payload::Empty));
        assert_eq!(meter.kept(&all).len(), 1);
        assert_eq!(meter.kept(&"a.c".parse().expect("a pattern")), []);
        let fit = (0..MAX_KEPT).filter(|n| meter.keep(&topic(&format!("t{n}")), &Payload::Empty));
        assert_eq!(fit.count(), MAX_KEPT - 1);
        assert!(meter.keep(&topic("a.b"), &Payload::Empty), "one that is there is replaced");
        assert!(!meter.keep(&topic("a.d"), &Payload::Empty));
        meter.forget(&topic("a.b"));
        assert!(meter.keep(&topic("a.d"), &Payload::Empty), "what is forgotten makes room");
    }
}

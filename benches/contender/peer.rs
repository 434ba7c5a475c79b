//! Peers that know no batches: they judge one event after the other.

use super::{Contender, Loading};
use crate::corpus::Pair;

/// An engine that judges single events.
pub trait Peer {
    /// What tables call it.
    const NAME: &str;

    /// How many events it holds.
    fn events(&self) -> usize;

    /// The product's numbers of the rules that select an event, by its number from 0.
    fn judge(&mut self, event: usize) -> Vec<usize>;
}

/// A peer as a contender: a batch is so many of its events.
pub struct OneByOne<P> {
    peer: P,
    loading: Loading,
    rows: usize,
    taken: usize,
}

impl<P: Peer> OneByOne<P> {
    /// A peer that is ready to judge.
    pub fn new(peer: P, loading: Loading) -> Self {
        OneByOne { peer, loading, rows: 1, taken: 0 }
    }
}

impl<P: Peer> Contender for OneByOne<P> {
    fn name(&self) -> &str {
        P::NAME
    }

    fn loading(&self) -> &Loading {
        &self.loading
    }

    fn divide(&mut self, rows: usize) {
        self.rows = rows;
    }

    fn take(&mut self, batch: usize) {
        self.taken = batch;
    }

    fn judge(&mut self) -> Vec<Pair> {
        let first = self.taken * self.rows;
        let last = self.peer.events().min(first + self.rows);
        let mut found = Vec::new();
        for event in first..last {
            found.extend(self.peer.judge(event).into_iter().map(|rule| (rule, event)));
        }
        found
    }
}

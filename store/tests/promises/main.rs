//! What the store promises, one file per subject.

mod alerts;
mod crash;
mod damage;
mod disk;
mod full;
mod handling;
mod model;
mod open;
mod outbox;
mod retention;
mod samples;
mod stream;

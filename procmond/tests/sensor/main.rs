//! The real program without an agent: what happens on this machine comes out as JSON lines.
#![cfg(target_os = "linux")]

mod harness;
mod network;
mod processes;
mod redaction;
mod storm;

//! What a pack promises, on real folders.

mod fixture;
mod folder;
mod rules;
mod signed;

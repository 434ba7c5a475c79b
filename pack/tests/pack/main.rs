//! What a pack promises, on real folders.

mod components;
mod fixture;
mod folder;
mod rules;
mod signed;

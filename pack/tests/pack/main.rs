//! What a pack promises, on real folders.

mod archive;
mod components;
mod fixture;
mod folder;
mod gate;
mod house;
mod plugins;
mod roots;
mod rules;
mod signed;

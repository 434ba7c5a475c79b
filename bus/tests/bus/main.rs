//! The bus from outside: real sockets, hostile peers, forged bytes.

mod call;
mod connect;
mod document;
mod door;
mod event;
mod harness;
mod hostile;
mod kept;
mod orders;
mod publish;
mod rights;
mod socket;

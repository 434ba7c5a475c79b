//! One guest with a mode for each sin: the tests' proof that a plugin's wrong stays the plugin's.
//!
//! The mode is the id of the only rule that it is given. It reads `command_line` and, unless the mode
//! says otherwise, finds nothing wrong with the contract.

mod component;
mod constant;
mod memory;
mod mode;

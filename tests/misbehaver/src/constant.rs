//! What the guest says of its rule: whether it goes by an event alone. One mode lies.

use daemoneye_sdk::constant::Guest;

use crate::component::Misbehaver;
use crate::mode::{self, Mode};

impl Guest for Misbehaver {
    fn rules() -> Vec<bool> {
        match Misbehaver::mode() {
            Mode::Words | Mode::Liar => vec![true],
            Mode::Miscounted => vec![true; 2],
            Mode::LoopInConstant => mode::forever(),
            _ => vec![false],
        }
    }
}

daemoneye_sdk::export_constant!(Misbehaver);

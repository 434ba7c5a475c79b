//! The sins.

/// What the guest does wrong, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Nothing: matches every row.
    Obey,
    /// Panics in `evaluate`.
    Trap,
    /// Panics in `evaluate` if a row's command line contains `poison`; else matches nothing.
    TrapOnPoison,
    /// Never returns from `evaluate`.
    Loop,
    /// Never returns from the scan's constructor.
    LoopInOpen,
    /// Allocates in `evaluate` until that fails.
    Allocate,
    /// Finds something in a row that no batch can have.
    RowsBeyond,
    /// Names a rule that was never declared.
    RulesBeyond,
    /// Names rows in the wrong order, and twice.
    Unordered,
    /// Answers with more than anybody can want to read.
    Flood,
    /// Panics in `load`.
    TrapInLoad,
    /// Declares a column that no event has.
    BadDeclaration,
    /// Calls itself in `evaluate` until the stack ends.
    Deep,
}

/// Every mode by its name.
const MODES: &[(&str, Mode)] = &[
    ("obey", Mode::Obey),
    ("trap", Mode::Trap),
    ("trap_on_poison", Mode::TrapOnPoison),
    ("loop", Mode::Loop),
    ("loop_in_open", Mode::LoopInOpen),
    ("allocate", Mode::Allocate),
    ("rows_beyond", Mode::RowsBeyond),
    ("rules_beyond", Mode::RulesBeyond),
    ("unordered", Mode::Unordered),
    ("flood", Mode::Flood),
    ("trap_in_load", Mode::TrapInLoad),
    ("bad_declaration", Mode::BadDeclaration),
    ("deep", Mode::Deep),
];

impl Mode {
    /// The mode of this name, if there is one.
    pub(crate) fn named(name: &str) -> Option<Mode> {
        MODES.iter().find(|(other, _)| *other == name).map(|(_, mode)| *mode)
    }
}

/// Never returns.
pub(crate) fn forever() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

/// Takes 1 MiB after the other and keeps all of it.
pub(crate) fn allocate() -> ! {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    loop {
        kept.push(std::hint::black_box(vec![0xA5; 1 << 20]));
    }
}

/// Uses up the stack.
pub(crate) fn deeper(level: u64) -> u64 {
    let frame = std::hint::black_box([level; 16]);
    match std::hint::black_box(frame[3]) {
        u64::MAX => 0,
        level => deeper(level + 1) + frame[5],
    }
}

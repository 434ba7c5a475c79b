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
    /// Panics when its batch is let go of.
    TrapInClose,
    /// Allocates so many MiB in `evaluate` and keeps them.
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
    /// Calls itself in `evaluate` so many times.
    Deep,
    /// Never returns from `evaluate`, and waits for memory rather than work.
    Chase,
    /// Gives so many pieces of evidence for each row.
    Pieces,
    /// Gives a value of so many bytes as evidence for each row.
    Text,
    /// Never returns from `candidates` if a row's command line contains `poison`.
    LoopInCandidates,
    /// Does with each row what its command line says, as in [`Word`].
    Words,
    /// Matches each third row of all that it has seen.
    Remember,
    /// Panics in `save`.
    TrapInSave,
    /// Never returns from `save`.
    LoopInSave,
    /// Saves more than anything that remembers may save.
    FloodInSave,
    /// Refuses in `restore` what another instance has saved.
    RefuseMemory,
    /// Matches each third row of all that it has seen, and says that its rule is constant.
    Liar,
    /// Says of two rules that they are constant, and has one.
    Miscounted,
    /// Never returns when it is asked which rules are constant.
    LoopInConstant,
}

/// What a command line can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// Is ruled out by the index.
    Filter,
    /// Is judged and matches.
    Match,
    /// Is listed as over budget.
    Over,
    /// Panics.
    Trap,
    /// Is judged and does not match: any other word.
    Miss,
}

/// Every mode by its name.
const MODES: &[(&str, Mode)] = &[
    ("obey", Mode::Obey),
    ("trap", Mode::Trap),
    ("trap_on_poison", Mode::TrapOnPoison),
    ("loop", Mode::Loop),
    ("loop_in_open", Mode::LoopInOpen),
    ("trap_in_close", Mode::TrapInClose),
    ("allocate", Mode::Allocate),
    ("rows_beyond", Mode::RowsBeyond),
    ("rules_beyond", Mode::RulesBeyond),
    ("unordered", Mode::Unordered),
    ("flood", Mode::Flood),
    ("trap_in_load", Mode::TrapInLoad),
    ("bad_declaration", Mode::BadDeclaration),
    ("deep", Mode::Deep),
    ("chase", Mode::Chase),
    ("pieces", Mode::Pieces),
    ("text", Mode::Text),
    ("loop_in_candidates", Mode::LoopInCandidates),
    ("words", Mode::Words),
    ("remember", Mode::Remember),
    ("trap_in_save", Mode::TrapInSave),
    ("loop_in_save", Mode::LoopInSave),
    ("flood_in_save", Mode::FloodInSave),
    ("refuse_memory", Mode::RefuseMemory),
    ("liar", Mode::Liar),
    ("miscounted", Mode::Miscounted),
    ("loop_in_constant", Mode::LoopInConstant),
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

/// Cells of a chase: 32 MiB, far more than any cache that is shared.
const CELLS: usize = 1 << 23;

/// Never returns; each step goes to where a cell far away says.
pub(crate) fn chase() -> ! {
    let cells = std::hint::black_box(vec![1_013_904_223_u32; CELLS]);
    let mut at = 0_usize;
    loop {
        at = at.wrapping_mul(1_664_525).wrapping_add(cells[at] as usize) % CELLS;
    }
}

/// Takes 1 MiB after the other and keeps all of it until it has so many.
pub(crate) fn allocate(amount: u64) {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for _ in 0..amount {
        kept.push(std::hint::black_box(vec![0xA5; 1 << 20]));
    }
}

/// Goes so many levels deep, and needs each of them for its answer.
#[inline(never)]
pub(crate) fn deeper(levels: u64) -> u64 {
    if levels == 0 { 1 } else { deeper(levels - 1).rotate_left(7) ^ levels }
}

impl Word {
    pub(crate) fn of(command_line: &str) -> Word {
        match command_line {
            "filter" => Word::Filter,
            "match" => Word::Match,
            "over" => Word::Over,
            "trap" => Word::Trap,
            _ => Word::Miss,
        }
    }
}

//! A language whose texts say what their compilation does wrong.

use daemoneye_sdk::language::{About, Compiled, Compiler, Diagnostic, Position, Source, Target};

/// Cells of a chase: 32 MiB, far more than any cache that is shared.
const CELLS: usize = 1 << 23;

struct Babbler;

impl Compiler for Babbler {
    const NAME: &str = "babble";
    const EXTENSIONS: &[&str] = &["babble"];

    fn compile(_target: &Target, source: &Source) -> Result<Compiled, Vec<Diagnostic>> {
        match source.text.as_str() {
            "loop" => loop {
                std::hint::spin_loop();
            },
            "chase" => chase(),
            "trap" => panic!("trap in compile"),
            "flood" => Ok(compiled(vec![0; 17 << 20])),
            "obey" => Ok(compiled(Vec::new())),
            other => Err(vec![Diagnostic::new(Position::START, other, "")]),
        }
    }
}

fn compiled(plan: Vec<u8>) -> Compiled {
    let (columns, shown) = (Vec::new(), Vec::new());
    Compiled { plan, columns, shown, about: About::default(), inert: None }
}

/// Never returns; waits for memory rather than works.
fn chase() -> ! {
    let cells = std::hint::black_box(vec![1_013_904_223_u32; CELLS]);
    let mut at = 0_usize;
    loop {
        at = at.wrapping_mul(1_664_525).wrapping_add(cells[at] as usize) % CELLS;
    }
}

daemoneye_sdk::export_language!(Babbler);

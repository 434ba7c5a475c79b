//! What `new` writes is part of the program: a file that is new there is a reason to build again.

fn main() {
    for folder in ["templates", "../rust/src", "../c", "../js", "../python", "../../wit"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}

//! The web page is embedded when the program is compiled: what was built anew in `web/dist` compiles it
//! anew. Nothing is built here, so that no Node is needed. The folder is always there; cargo would
//! compile each time for one that is not.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../web/dist");
}

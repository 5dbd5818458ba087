//! `greenwave evidence`: what a station keeps of vehicles above the limit, checked and shown by
//! whoever has it, without the daemon.

mod show;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use daemon::evidence::{Person, Taken, check_store, export_offline, generate, read_key};
use interval_speed::evidence::bundle::{Trust, verify};
use interval_speed::evidence::check::{Anchor, Fault};
use interval_speed::evidence::schema::Kind;
use interval_speed::evidence::{PublicKey, hexadecimal};

/// Check, show and take out evidence, and make a station's key.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check a bundle, or a whole folder of evidence; every fault is told with its place
    Verify(Verify),
    /// Show what a bundle holds
    Show {
        /// The bundle
        file: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a case out of the evidence of a daemon that does not run
    Export(Export),
    /// Make a station's key, in a new file that its owner alone can read
    Keygen {
        /// The file
        file: PathBuf,
    },
}

#[derive(clap::Args)]
struct Verify {
    /// A bundle, or the folder that a daemon keeps its evidence in
    file: PathBuf,
    /// The station's public key (64 hexadecimal digits) or its fingerprint
    #[arg(long)]
    key: Option<String>,
    /// A checkpoint that was noted elsewhere, as INDEX@TIME:HASH
    #[arg(long, value_parser = checkpoint)]
    checkpoint: Vec<Anchor>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct Export {
    /// The folder that the daemon keeps its evidence in
    #[arg(long)]
    store: PathBuf,
    /// The file of the station's key
    #[arg(long)]
    key: PathBuf,
    /// The station's name
    #[arg(long)]
    station: String,
    /// The number of the record
    #[arg(long)]
    record: u64,
    /// Who takes it out
    #[arg(long)]
    who: String,
    /// What for; it is kept, and must not name the plate
    #[arg(long)]
    purpose: String,
    /// A sealed field to leave out, by its name, as `others_in_the_images`
    #[arg(long)]
    leave_out: Vec<String>,
    /// It is to be sent on as confirmed; refused where it is not
    #[arg(long)]
    as_confirmed: bool,
    /// The file to write
    #[arg(long)]
    out: PathBuf,
}

fn checkpoint(text: &str) -> Result<Anchor, String> {
    Anchor::parse(text).ok_or_else(|| "it is not INDEX@TIME:HASH".to_owned())
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Verify(asked) => run_verify(asked),
        Command::Show { file, json } => show::run(file, *json),
        Command::Export(asked) => run_export(asked),
        Command::Keygen { file } => {
            let public = generate(file)?.public();
            println!("public key  {public}\nfingerprint {}", public.fingerprint());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The key that was given, whole or by its fingerprint; else whoever is named.
fn trust(key: Option<&str>) -> anyhow::Result<Trust> {
    let Some(text) = key.map(str::trim) else { return Ok(Trust::Named) };
    if let Some(key) = PublicKey::parse(text) {
        return Ok(Trust::Key(key));
    }
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    anyhow::ensure!(
        digits == 32 && text.len() == 39,
        "--key is neither a public key (64 hexadecimal digits) nor a fingerprint (8 groups of 4)"
    );
    Ok(Trust::Fingerprint(text.to_owned()))
}

/// What a check found, of a bundle or of a folder.
struct Outcome {
    what: String,
    key: Option<PublicKey>,
    state: Option<String>,
    entries: usize,
    faults: Vec<Fault>,
    more: usize,
    notes: Vec<String>,
}

fn run_verify(asked: &Verify) -> anyhow::Result<ExitCode> {
    let trust = trust(asked.key.as_deref())?;
    let outcome = if asked.file.is_dir() {
        let (checked, key) = check_store(&asked.file, &trust, &asked.checkpoint)?;
        let notes = match trust {
            Trust::Named => vec![format!(
                "the log itself names the key {}: compare it with the one that the station publishes",
                key.fingerprint()
            )],
            _ => Vec::new(),
        };
        let (faults, more) = (checked.faults, checked.more);
        let (what, key) = ("the evidence".to_owned(), Some(key));
        Outcome { what, key, state: None, entries: checked.entries, faults, more, notes }
    } else {
        let bytes = read(&asked.file)?;
        let report = verify(&bytes, &trust, &asked.checkpoint);
        let case = report.manifest.as_ref().and_then(|manifest| manifest.about);
        Outcome {
            what: case.map_or("the bundle".to_owned(), |case| format!("record {case}")),
            key: report.key,
            state: report.state.map(|state| state.name().to_owned()),
            entries: report.entries,
            faults: report.faults,
            more: report.more,
            notes: report.notes,
        }
    };
    tell(&outcome, asked.json);
    let holds = outcome.faults.is_empty();
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(outcome: &Outcome, as_json: bool) {
    let Outcome { what, key, state, entries, faults, more, notes } = outcome;
    let fingerprint = key.map(PublicKey::fingerprint);
    if as_json {
        let each = faults.iter().map(|fault| {
            let place = fault.place;
            let what = fault.what.to_string();
            serde_json::json!({"byte": place.byte, "entry": place.index, "what": what})
        });
        let json = serde_json::json!({
            "holds": faults.is_empty(), "entries": entries, "key": fingerprint, "state": state,
            "faults": each.collect::<Vec<_>>(), "more_faults": more, "notes": notes,
        });
        println!("{json}");
        return;
    }
    for fault in faults {
        println!("{fault}");
    }
    for note in notes {
        println!("note: {note}");
    }
    let state = state.as_ref().map(|state| format!(", {state}")).unwrap_or_default();
    let key = fingerprint.map(|key| format!(", signed by {key}")).unwrap_or_default();
    match faults.len() + more {
        0 => println!("{what} holds: {entries} entries{state}{key}"),
        count => println!("{what} does not hold: {count} faults in {entries} entries{key}"),
    }
}

fn run_export(asked: &Export) -> anyhow::Result<ExitCode> {
    let person = Person { who: asked.who.clone(), purpose: asked.purpose.clone() };
    let leave_out = show::sealed_tags(&asked.leave_out)?;
    let taken = Taken { case: asked.record, person, leave_out, as_confirmed: asked.as_confirmed };
    let key = read_key(&asked.key)?;
    let software = format!("greenwave {}", env!("CARGO_PKG_VERSION"));
    let bytes = export_offline(&asked.store, key, &asked.station, &software, &taken)?;
    let name = asked.out.display();
    std::fs::write(&asked.out, &bytes).with_context(|| format!("cannot write {name}"))?;
    println!("{name}: record {}, {} bytes", asked.record, bytes.len());
    Ok(ExitCode::SUCCESS)
}

fn read(file: &std::path::Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// A name for people: what an entry of a kind says.
fn field_name(kind: Kind, tag: u16) -> &'static str {
    kind.field(tag).map_or("", |field| field.name)
}

/// A hash as it is shown.
fn digits(bytes: &[u8; 32]) -> String {
    hexadecimal::text(bytes)
}

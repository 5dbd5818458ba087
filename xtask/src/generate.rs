//! `cargo xtask generate`: the streets that ship, made from their seeds, and those seeds of the fuzz
//! targets that are files of ours. `tidy` compares what is in the tree with what is made here, byte
//! for byte.

use std::path::{Path, PathBuf};

use scenario::{Demand, Site, generate, write_demand, write_site};

/// Where the seeds of the fuzz targets are.
const SEEDS: &str = "fuzz/corpus";

/// A file that is made: its path from the root, and its text.
pub(crate) struct Made {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// A street that ships.
struct Shipped {
    folder: &'static str,
    seed: u64,
    make: fn(u64) -> (Site, Demand),
    /// What it is, for its README.
    about: &'static str,
}

const SHIPPED: [Shipped; 2] = [
    Shipped {
        folder: "arterial-8",
        seed: 1,
        make: |seed| generate::arterial(seed, 8),
        about: "An arterial of 8 signalised junctions in a row with a cross street at each.",
    },
    Shipped {
        folder: "district-3x4",
        seed: 1,
        make: |seed| generate::district(seed, 4, 3),
        about: "A district of 12 signalised junctions: 3 streets from west to east, 4 from south to \
                north.",
    },
];

/// Every file that is made.
pub(crate) fn files() -> Vec<Made> {
    SHIPPED.iter().flat_map(street).chain(seeds()).chain(profiles()).collect()
}

/// A page of each device profile, their list, and the schema of all.
fn profiles() -> Vec<Made> {
    let folder = Path::new("docs/profiles");
    let mut list = String::from(
        "# Device profiles\n\nMade by `cargo xtask generate` from [hw-profiles](../../hw-profiles/README.md), \
         where every key is explained.\n`verified on hardware` is true of none.\n\n\
         | profile | device | certainty | known by |\n|---|---|---|---|\n",
    );
    let mut made = Vec::new();
    for (name, _) in hw_profiles::BUILTIN {
        let Some(profile) = hw_profiles::builtin(name) else {
            continue;
        };
        let certainty = match profile.certainty {
            hw_profiles::Certainty::Open => "open specification",
            hw_profiles::Certainty::FromManual => "from a manual",
            hw_profiles::Certainty::FromCode => "from code",
            hw_profiles::Certainty::Verified => "verified on hardware",
        };
        let known: Vec<&str> = profile.identity.iter().map(|check| check.point.name()).collect();
        let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
        list.push_str(&format!(
            "| [{name}]({name}.md) | {} | {certainty} | {known} |\n",
            profile.title
        ));
        let path = folder.join(format!("{name}.md"));
        made.push(Made { path, text: hw_profiles::page(&profile) });
    }
    made.push(Made { path: folder.join("README.md"), text: list });
    let schema = Path::new("hw-profiles/profile.schema.json").to_path_buf();
    made.push(Made { path: schema, text: hw_profiles::schema() });
    made
}

/// Sound files for the fuzz targets to begin from, small.
fn seeds() -> Vec<Made> {
    let (site, mut demand) = generate::arterial(1, 2);
    // A few flows: with many, a fuzzer spends its time on reading the same again.
    demand.flows.truncate(6);
    let profile =
        |(name, text): &(&str, &str)| (format!("profile/{name}.toml"), (*text).to_owned());
    let mut seeds: Vec<_> = hw_profiles::BUILTIN.iter().map(profile).collect();
    seeds.push(("demand/arterial.toml".to_owned(), write_demand(&demand, &site.network)));
    let (site, _) = generate::arterial(1, 1);
    seeds.push(("site/junction.toml".to_owned(), write_site(&site)));
    let made = |(name, text): (String, String)| Made { path: Path::new(SEEDS).join(name), text };
    seeds.into_iter().map(made).collect()
}

/// Writes them; true where all could be written.
pub(crate) fn run(root: &Path) -> bool {
    files().iter().all(|made| {
        let path = root.join(&made.path);
        let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written = folder.and_then(|()| std::fs::write(&path, &made.text));
        match written {
            Ok(()) => eprintln!("xtask: {} ({} bytes)", made.path.display(), made.text.len()),
            Err(ref error) => eprintln!("xtask: cannot write {}: {error}", path.display()),
        }
        written.is_ok()
    })
}

/// Says of every made file that the tree does not have, or has otherwise.
pub(crate) fn check(root: &Path, problems: &mut Vec<String>) {
    for made in files() {
        let there = std::fs::read_to_string(root.join(&made.path));
        if there.as_deref().ok() != Some(made.text.as_str()) {
            let name = made.path.display();
            problems.push(format!("{name}: it is not what `cargo xtask generate` makes"));
        }
    }
}

fn street(shipped: &Shipped) -> Vec<Made> {
    let (site, demand) = (shipped.make)(shipped.seed);
    let folder = Path::new("scenarios").join(shipped.folder);
    let file = |name: &str, text: String| Made { path: folder.join(name), text };
    vec![
        file("site.toml", write_site(&site)),
        file("demand.toml", write_demand(&demand, &site.network)),
        file("README.md", readme(shipped, &site, &demand)),
    ]
}

fn readme(shipped: &Shipped, site: &Site, demand: &Demand) -> String {
    let (Shipped { folder, seed, about, .. }, network) = (shipped, &site.network);
    let (links, lanes) = (network.links().len(), network.lanes().len());
    let (vehicles, detectors) = (demand.vehicles(), site.detectors.len());
    let minutes = (demand.end().as_secs_f64() / 60.0).ceil();
    format!(
        "# {folder}\n\
         \n\
         {about} Made from seed {seed} by `cargo xtask generate`, which writes this folder; a change \
         by hand is undone by it.\n\
         \n\
         | | |\n\
         |---|---|\n\
         | links, lanes | {links}, {lanes}: left, straight and right turns have a lane each |\n\
         | cabinets | {}, one a junction, each on its own Modbus TCP port from 5020 |\n\
         | detectors | {detectors}: on each lane towards a junction a loop at the stop line, one 40 m \
         before it, a tracker |\n\
         | vehicles | {vehicles} cars and buses in {minutes} minutes; four slices, the second is the \
         peak |\n\
         | pedestrians | none |\n\
         \n\
         `site.toml` is what the daemon reads, `demand.toml` is the traffic that the simulation lets \
         in. Try it:\n\
         \n\
         ```sh\n\
         greenwave rehearse --scenario {folder} --control max-pressure\n\
         ```\n",
        site.signals.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_sound_small_and_made_again_the_same() {
        let (made, again) = (files(), files());
        let streets: Vec<&Made> =
            made.iter().filter(|made| made.path.starts_with("scenarios")).collect();
        assert_eq!(streets.len(), 6);
        let bytes: usize = streets.iter().map(|made| made.text.len()).sum();
        assert!(bytes < 400_000, "{bytes} bytes");
        for (made, again) in made.iter().zip(&again) {
            assert_eq!((&made.path, &made.text), (&again.path, &again.text));
        }
        for street in streets.chunks(3) {
            let site = Site::parse(&street[0].text).unwrap_or_else(|all| panic!("{all:?}"));
            let demand = Demand::parse(&street[1].text, &site.network);
            assert!(demand.is_ok_and(|demand| demand.vehicles() > 2_000));
        }
    }

    #[test]
    fn a_stale_file_and_a_missing_one_are_found() {
        let root = tempfile::tempdir().expect("a folder");
        let found = || {
            let mut problems = Vec::new();
            check(root.path(), &mut problems);
            problems
        };
        assert_eq!(found().len(), files().len());
        assert!(run(root.path()));
        assert_eq!(found(), [""; 0]);
        let readme = root.path().join("scenarios/arterial-8/README.md");
        std::fs::write(readme, "by hand").expect("written");
        let expected =
            "scenarios/arterial-8/README.md: it is not what `cargo xtask generate` makes";
        assert_eq!(found(), [expected]);
    }
}

//! `greenwave token`: makes an access token. The token is printed once and stored nowhere; the site
//! file gets its hash.

use std::process::ExitCode;

/// Make an access token for the web interface.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Who will hold the token; shown in the log beside each action
    #[arg(long)]
    name: String,
    /// What the holder may do
    #[arg(long, value_enum, default_value_t = Role::View)]
    role: Role,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Role {
    View,
    Operate,
    Review,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let name = arguments.name.trim();
    anyhow::ensure!(!name.is_empty(), "--name is empty: it stands beside each action in the log");
    anyhow::ensure!(!name.contains(char::is_control), "--name has a line break or the like in it");
    let (token, hash) = daemon::new_token()?;
    let role = match arguments.role {
        Role::View => "view",
        Role::Operate => "operate",
        Role::Review => "review",
    };
    eprintln!("The token, shown only now:");
    println!("{token}");
    eprintln!("\nAdd this to the site file:\n");
    eprintln!("[[web.token]]");
    eprintln!("name = {:?}\nrole = {role:?}\nhash = {hash:?}", arguments.name);
    Ok(ExitCode::SUCCESS)
}

//! `greenwave replay`: a recording answers in place of the devices that were recorded, or is told in
//! words.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use field::sniff::Sniffer;
use field::traffic::{Framing, Piece, Recording, Way};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Answer as a recording does, or print what it means.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The recording
    file: PathBuf,
    /// Where it answers, on this machine alone; without it the recording is printed in words
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// What a unit is, as 3=lufft-ws-umb; may be repeated
    #[arg(long, value_name = "UNIT=PROFILE", value_parser = crate::record::unit_profile)]
    unit: Vec<(u8, String)>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let text = crate::load::read(&arguments.file)?;
    let recording = Recording::parse(&text);
    let recording = recording.map_err(|all| crate::load::mistakes(&arguments.file, &all))?;
    let Some(listen) = &arguments.listen else {
        let mut sniffer = Sniffer::new(recording.framing, crate::record::maps(&arguments.unit)?);
        for piece in &recording.pieces {
            for line in sniffer.piece(piece) {
                println!("{:>9.3} {line}", piece.at.as_secs_f64());
            }
        }
        return Ok(ExitCode::SUCCESS);
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(&recording, listen))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(recording: &Recording, listen: &str) -> anyhow::Result<()> {
    let found: Vec<_> = tokio::net::lookup_host(listen).await?.collect();
    let is_own = found.iter().all(|address| address.ip().is_loopback());
    anyhow::ensure!(is_own, "a recording asks nobody who he is: it is played on loopback only");
    let listener = TcpListener::bind(found.as_slice()).await?;
    println!("{}", listener.local_addr()?);
    let mut deck = Deck::of(recording);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            stop = tokio::signal::ctrl_c() => return stop.map_err(Into::into),
        };
        if let Err(error) = deck.play(stream).await {
            eprintln!("greenwave: {error}");
        }
    }
}

/// One question of the recording, and the answers that followed it.
struct Exchange {
    asked: Vec<u8>,
    answers: Vec<(Duration, Vec<u8>)>,
}

/// What was recorded, in its order: a question is answered as it was the next time that it was asked,
/// and the last answer of it stays.
struct Deck {
    framing: Framing,
    exchanges: VecDeque<Exchange>,
}

impl Deck {
    fn of(recording: &Recording) -> Self {
        let mut exchanges: VecDeque<(Exchange, &Piece)> = VecDeque::new();
        let mut pending: Option<usize> = None;
        for piece in &recording.pieces {
            let is_answer = match piece.way {
                Way::Asked => false,
                Way::Answered => true,
                // Who only listened hears a question and its answer in turn.
                Way::Heard => pending.is_some_and(|at| exchanges[at].0.answers.is_empty()),
            };
            if is_answer {
                if let Some(at) = pending {
                    let millis = (piece.at - exchanges[at].1.at).at_least_zero().0;
                    let after = Duration::from_millis(u64::try_from(millis).unwrap_or(0));
                    exchanges[at].0.answers.push((after, piece.bytes.clone()));
                }
            } else {
                let asked = nameless(recording.framing, &piece.bytes).to_vec();
                exchanges.push_back((Exchange { asked, answers: Vec::new() }, piece));
                pending = Some(exchanges.len() - 1);
            }
        }
        let exchanges = exchanges.into_iter().map(|(exchange, _)| exchange).collect();
        Self { framing: recording.framing, exchanges }
    }

    async fn play(&mut self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut bytes = vec![0; 4_096];
        loop {
            let read = stream.read(&mut bytes).await?;
            if read == 0 {
                return Ok(());
            }
            let asked = &bytes[..read];
            let Some(answers) = self.answers(asked) else {
                eprintln!("greenwave: that was never asked: {asked:02x?}");
                continue;
            };
            let mut waited = Duration::ZERO;
            for (after, mut answer) in answers {
                tokio::time::sleep(after.saturating_sub(waited)).await;
                waited = waited.max(after);
                if self.framing == Framing::Tcp && answer.len() > 2 && read > 2 {
                    answer[..2].copy_from_slice(&asked[..2]);
                }
                stream.write_all(&answer).await?;
            }
        }
    }

    /// The answers to a question: of the next time that it was asked, which goes to the end.
    fn answers(&mut self, asked: &[u8]) -> Option<Vec<(Duration, Vec<u8>)>> {
        let asked = nameless(self.framing, asked);
        let at = self.exchanges.iter().position(|exchange| exchange.asked == asked)?;
        let exchange = self.exchanges.remove(at)?;
        let answers = exchange.answers.clone();
        self.exchanges.push_back(exchange);
        Some(answers)
    }
}

/// A question without the number of its transaction, which is another each time.
fn nameless(framing: Framing, bytes: &[u8]) -> &[u8] {
    if framing == Framing::Tcp { bytes.get(2..).unwrap_or_default() } else { bytes }
}

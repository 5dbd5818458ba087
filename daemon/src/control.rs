//! The loop that owns the engine: answers, actions and time go in, orders and events go out.
//!
//! ```text
//!   lines ── answers ──▶ ┌─────────┐ ── orders ──▶ lines
//!   web ──── asks ─────▶ │ control │ ── events ──▶ store
//!   clock ── timer ────▶ └─────────┘ ── views ───▶ web
//! ```
//!
//! It alone knows the engine; it decides nothing. It never waits for a line, the disk or a reader:
//! what cannot be handed over at once is answered for as if the line were gone.

mod dispatch;
mod ports;
mod record;
mod reload;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use engine::{Engine, Input, OperatorAction, Output};
use scenario::TokenSite;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use units::{Moment, PlanId, StageId, WallTime};

use crate::action::{Action, ActionError, Ask};
use crate::clock::{Clock, steady};
use crate::config::Config;
use crate::corridors::{self, CorridorAsk};
use crate::modbus::{Answer, Outcome};
use crate::notices::Notices;
use crate::store::{Record, Store};
use crate::terminals::Told;
use crate::view::View;
use ports::Ports;

/// The time from one view, and one beat, to the next.
pub(crate) const BEAT: Duration = Duration::from_millis(200);
/// Beats from one look at the system's civil clock to the next.
const FOLLOW_EVERY: u64 = 50;
/// Inputs that are taken before the engine's outputs are carried out: no crowd of answers keeps a
/// demand waiting.
const INPUTS_AT_ONCE: usize = 64;

/// The loop's way to the rest of the daemon.
pub(crate) struct Ends {
    pub(crate) asks: mpsc::Receiver<Ask>,
    pub(crate) corridors: mpsc::Receiver<CorridorAsk>,
    pub(crate) terminals: Told,
    pub(crate) views: watch::Sender<Arc<View>>,
    pub(crate) store: Store,
    /// Who may use the web interface: a reload can change that.
    pub(crate) tokens: watch::Sender<Vec<TokenSite>>,
    /// Moves on with every turn of the loop: what the supervisor watches.
    pub(crate) beats: Arc<AtomicU64>,
}

/// The loop.
pub(crate) struct Control {
    config: Config,
    clock: Clock,
    engine: Engine,
    ports: Ports,
    answers: mpsc::Receiver<Answer>,
    ends: Ends,
    /// How often a site was loaded.
    loads: u64,
    /// Names the engine that asks: answers to a former one are nobody's business any more.
    asker: u64,
    started: WallTime,
    dispatch: corridors::Desk,
    notices: Notices,
}

impl Control {
    /// A loop around `engine`, which runs `config`'s site.
    ///
    /// # Errors
    /// Where a serial line's thread cannot be started.
    pub(crate) fn new(
        config: Config,
        clock: Clock,
        engine: Engine,
        ends: Ends,
    ) -> anyhow::Result<Self> {
        let (ports, answers) = Ports::open(engine.site(), &clock)?;
        let started = clock.wall(clock.now());
        let dispatch = corridors::Desk::new(engine.site().clone());
        let notices = Notices::new(ends.store.clone(), clock.clone());
        Ok(Self {
            config,
            clock,
            engine,
            ports,
            answers,
            ends,
            loads: 1,
            asker: 1,
            started,
            dispatch,
            notices,
        })
    }

    /// A first picture, before anything was read.
    pub(crate) fn first_view(engine: &Engine, clock: &Clock) -> Arc<View> {
        let now = clock.now();
        let wall = clock.wall(now);
        Arc::new(View {
            snapshot: engine.snapshot(now),
            site: engine.site().clone(),
            corridors: Arc::default(),
            taken: steady(),
            wall,
            local: clock.local_text(wall),
            started: wall,
            speed: clock.speed(),
            epoch: 1,
        })
    }

    /// Runs until `shutdown`, then hands every cabinet back; ends when that is done, or the engine's
    /// own bound for it has passed.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) -> anyhow::Result<()> {
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stopping = false;
        self.own("started", format!("greenwave {}", env!("CARGO_PKG_VERSION")));
        self.tell_civil();
        loop {
            if self.carry_out() {
                break;
            }
            let timer = self.engine.poll_timeout().unwrap_or(Moment(i64::MAX));
            tokio::select! {
                () = shutdown.cancelled(), if !stopping => {
                    stopping = true;
                    self.engine.handle_input(self.clock.now(), Input::ShutDown);
                }
                Some(answer) = self.answers.recv() => self.take(answer),
                Some(ask) = self.ends.asks.recv(), if !stopping => self.answer(ask),
                Some(ask) = self.ends.corridors.recv(), if !stopping => self.dispatched(ask),
                Some(told) = self.ends.terminals.reports.recv(), if !stopping => self.reported(told),
                () = tokio::time::sleep_until(self.clock.instant(timer)) => {
                    self.engine.handle_timeout(self.clock.now());
                }
                _ = beat.tick() => self.beat(),
            }
        }
        self.publish();
        self.own("stopped", "every cabinet was handed back, as far as it could be reached");
        Ok(())
    }

    /// Takes an answer, and those that already wait behind it.
    fn take(&mut self, first: Answer) {
        self.take_one(first);
        for _ in 1..INPUTS_AT_ONCE {
            let Ok(next) = self.answers.try_recv() else { return };
            self.take_one(next);
        }
    }

    fn take_one(&mut self, (address, outcome): Answer) {
        if address.epoch != self.asker {
            return;
        }
        let line = address.line;
        let input = match outcome {
            Outcome::Up => Input::LinkUp(line),
            Outcome::Down(reason) => Input::LinkDown(line, reason),
            Outcome::Reply { token, result } => Input::Reply { line, token, result },
        };
        self.engine.handle_input(self.clock.now(), input);
    }

    /// Carries out what the engine wants; true when it has stopped.
    fn carry_out(&mut self) -> bool {
        let mut stopped = false;
        while let Some(output) = self.engine.poll_output() {
            let gone = match output {
                Output::Connect(line) => self.ports.connect(line, self.asker, &self.clock),
                Output::Disconnect(line, reason) => {
                    tracing::info!(line = self.ports.name(line), "dropped: {reason}");
                    self.ports.disconnect(line)
                }
                Output::Send { line, token, unit, request, timeout } => {
                    let timeout = self.clock.real(timeout);
                    self.ports.send(line, self.asker, token, unit, request, timeout)
                }
                Output::Event(event) => {
                    self.record(&event);
                    self.notice(&event);
                    None
                }
                Output::Stopped => {
                    stopped = true;
                    None
                }
            };
            if let Some(line) = gone {
                let reason = "the line takes no orders".to_owned();
                self.engine.handle_input(self.clock.now(), Input::LinkDown(line, reason));
            }
        }
        stopped
    }

    fn record(&self, event: &engine::Event) {
        let record = record::of(event, self.engine.site(), self.clock.wall(event.at));
        if record.safety {
            tracing::warn!(junction = record.junction, "{}: {}", record.kind, record.text);
        }
        self.ends.store.append(record);
    }

    fn own(&self, kind: &str, text: impl Into<String>) {
        let text = text.into();
        tracing::info!("{kind}: {text}");
        self.ends.store.append(Record::own(self.clock.wall(self.clock.now()), kind, text));
    }

    fn beat(&mut self) {
        let beats = self.ends.beats.fetch_add(1, Ordering::Relaxed);
        if beats.is_multiple_of(FOLLOW_EVERY) {
            if let Some(step) = self.clock.follow() {
                self.own("clock-step", format!("the system's civil clock was set by {step}"));
            }
            self.tell_civil();
        }
        self.publish();
    }

    /// Tells the engine what the clock on the wall shows; it carries that on until it is told again.
    fn tell_civil(&mut self) {
        let now = self.clock.now();
        if let Some(civil) = self.clock.civil(now) {
            self.engine.handle_input(now, Input::Civil(civil));
        }
    }

    fn publish(&mut self) {
        self.follow_corridors();
        let now = self.clock.now();
        let wall = self.clock.wall(now);
        self.ends.views.send_replace(Arc::new(View {
            snapshot: self.engine.snapshot(now),
            site: self.engine.site().clone(),
            corridors: Arc::new(self.dispatch.records()),
            taken: steady(),
            wall,
            local: self.clock.local_text(wall),
            started: self.started,
            speed: self.clock.speed(),
            epoch: self.loads,
        }));
    }

    /// Does what a person asks for, and says what came of it. Whoever went away needs no answer.
    fn answer(&mut self, ask: Ask) {
        let Ask { action, who, reply } = ask;
        let outcome = match action {
            Action::Reload => self.reload(&who),
            action => self.operate(action, who),
        };
        let _ = reply.send(outcome);
    }

    fn operate(&mut self, action: Action, who: String) -> Result<String, ActionError> {
        let network = self.engine.site().network.clone();
        let find =
            |name: String| network.junction_named(&name).ok_or(ActionError::UnknownJunction(name));
        let action = match action {
            Action::Hold { junction, stage, seconds, reason } => OperatorAction::Hold {
                junction: find(junction)?,
                stage: StageId(stage.wrapping_sub(1)),
                span: units::Millis::from_secs(seconds.into()),
                who,
                reason,
            },
            Action::SelectPlan { junction, plan, seconds, reason } => OperatorAction::SelectPlan {
                junction: find(junction)?,
                plan: PlanId(plan.wrapping_sub(1)),
                span: units::Millis::from_secs(seconds.into()),
                who,
                reason,
            },
            Action::Release { junction } => {
                OperatorAction::Release { junction: find(junction)?, who }
            }
            Action::SetMode(mode) => OperatorAction::SetMode { mode, who },
            Action::Reload => return Err(ActionError::Unavailable),
        };
        self.engine.operate(self.clock.now(), action).map_err(ActionError::Refused)
    }
}

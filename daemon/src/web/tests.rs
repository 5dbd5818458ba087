//! The web layer against a daemon made of channels: what it shows, whom it lets, what it refuses.

mod access;
mod accounts;
mod alarms;
mod corridors;
mod evidence;
mod listener;
mod openapi;
mod page;
mod routes;
mod stream;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use scenario::{Role, ScopeSite, TokenSite};
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use units::{Millis, Moment, WallTime};

use super::{Board, new_token, router};
use crate::accounts::Accounts;
use crate::action::{ASKS_MAX, Action, ActionError, Ask};
use crate::clock::steady;
use crate::corridors::{AskError, AskedChange, CorridorAsk, Done, JunctionRecord, What};
use crate::evidence::{Evidence, Settings, Vault};
use crate::store::{Memory, Record, Store, start};
use crate::view::View;
use crate::what_if::WhatIf;

const LOCAL: &str = "127.0.0.1:8080";
/// What a request that changes something bears.
pub(super) const JSON: (&str, &str) = ("content-type", "application/json");

/// What was asked of corridors, by whom, and within what scope.
type Asked = Arc<Mutex<Vec<(What, String, Option<ScopeSite>)>>>;

/// A daemon without engine, lines and disk.
pub(super) struct Fake {
    pub(super) router: Router,
    pub(super) board: Board,
    pub(super) views: watch::Sender<Arc<View>>,
    pub(super) tokens: watch::Sender<Vec<TokenSite>>,
    /// What was asked of it, and by whom.
    pub(super) asked: Arc<Mutex<Vec<(Action, String)>>>,
    /// What was asked of corridors, and by whom.
    pub(super) corridors: Asked,
    description: Value,
    /// The folder of its evidence.
    _kept: tempfile::TempDir,
}

impl Fake {
    pub(super) fn new() -> Self {
        Self::listening(LOCAL)
    }

    pub(super) fn listening(address: &str) -> Self {
        let address: SocketAddr = address.parse().unwrap();
        let (asks, inbox) = mpsc::channel(ASKS_MAX);
        let (views, newest) = watch::channel(Arc::new(view()));
        let (tokens, who_may) = watch::channel(Vec::new());
        let (store, _) = start(Box::new(Memory::default()), WallTime(0)).unwrap();
        let shutdown = CancellationToken::new();
        let what_if = WhatIf::new(None, shutdown.clone());
        let (evidence, kept) = evidence(&store);
        let evidence = Some(evidence);
        let accounts = Accounts::off();
        let (corridors, corridor_inbox) = mpsc::channel(crate::corridors::ASKS_MAX);
        let board = Board {
            views: newest,
            asks,
            corridors,
            store,
            tokens: who_may,
            accounts,
            evidence,
            what_if,
            shutdown,
        };
        let asked = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(answer(inbox, asked.clone()));
        let asked_of_corridors = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(answer_corridors(corridor_inbox, asked_of_corridors.clone()));
        let (_, mut description) = super::routes();
        super::openapi::complete(&mut description);
        Self {
            router: router(board.clone(), address),
            board,
            views,
            tokens,
            asked,
            corridors: asked_of_corridors,
            description: serde_json::to_value(description).unwrap(),
            _kept: kept,
        }
    }

    /// Configures a token of who looks and one of who operates, and returns the two.
    pub(super) fn with_tokens(&self) -> [String; 2] {
        let [look, act] =
            self.with_tokens_of([("wall screen", Role::View), ("control room", Role::Operate)]);
        [look, act]
    }

    /// Configures a token for each of these.
    pub(super) fn with_tokens_of<const N: usize>(&self, of: [(&str, Role); N]) -> [String; N] {
        let made = of.map(|(name, role)| {
            let (token, hash) = new_token().unwrap();
            (token, TokenSite { name: name.to_owned(), role, hash, scope: None })
        });
        self.tokens.send_replace(made.iter().map(|(_, site)| site.clone()).collect());
        made.map(|(token, _)| token)
    }

    /// The same daemon where people sign in, before anybody has an account.
    pub(super) fn with_accounts(folder: &std::path::Path) -> Self {
        let mut fake = Self::new();
        fake.board.accounts = Accounts::open(folder, "gw_once").unwrap();
        fake.router = router(fake.board.clone(), LOCAL.parse().unwrap());
        fake
    }

    /// Configures a reviewer of each name beside the tokens that there are.
    pub(super) fn with_more<const N: usize>(&self, names: [&str; N]) -> [String; N] {
        let mut tokens = self.tokens.borrow().clone();
        let shown = names.map(|name| {
            let (token, hash) = new_token().unwrap();
            tokens.push(TokenSite { name: name.to_owned(), role: Role::Review, hash, scope: None });
            token
        });
        self.tokens.send_replace(tokens);
        shown
    }

    pub(super) fn store(&self) -> &Store {
        &self.board.store
    }

    /// Writes events and waits until they are acknowledged.
    pub(super) async fn write(&self, texts: &[&str]) {
        let mut shown = self.store().subscribe();
        for text in texts {
            self.store().append(Record::own(WallTime(1_795_000_000_000), "reload", *text));
        }
        for _ in texts {
            shown.recv().await.unwrap();
        }
    }

    /// Publishes a changed view.
    pub(super) fn publish(&self, change: impl FnOnce(&mut View)) {
        let mut view = View::clone(&self.views.borrow());
        view.taken = steady();
        change(&mut view);
        self.views.send_replace(Arc::new(view));
    }

    /// Sends a request; the answer's status must be one that the description has for it.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let response = self.open(method, path, headers, body).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Answer { status, headers, text, body };
        self.check(method, path, &answer);
        answer
    }

    /// The same without reading the answer's body.
    pub(super) async fn open(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> axum::http::Response<Body> {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", LOCAL);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    /// A request as a script sends it.
    pub(super) async fn change(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send(method, path, &[JSON], body).await
    }

    /// What is answered is what the description says can be; a problem is one.
    fn check(&self, method: &str, path: &str, answer: &Answer) {
        for name in ["content-security-policy", "x-content-type-options", "referrer-policy"] {
            assert!(answer.headers.contains_key(name), "{method} {path}: no {name}");
        }
        let status = answer.status.as_u16();
        let kind = answer.header("content-type");
        if status >= 400 && path != "/healthz" {
            assert_eq!(kind, "application/problem+json", "{method} {path} {}", answer.text);
            assert_eq!(answer.body["status"], status, "{method} {path}");
            assert!(!answer.body["detail"].as_str().unwrap().is_empty());
        }
        let plain = path.split('?').next().unwrap();
        let known = self.description["paths"].as_object().unwrap();
        let template = known.keys().find(|template| fits(template, plain));
        let Some(operation) = template.map(|of| &known[of][method.to_lowercase()]) else { return };
        if operation.is_object() {
            let documented = operation["responses"].get(status.to_string());
            assert!(documented.is_some(), "{method} {path}: {status} is not described");
        }
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) =
        (template.split('/').collect(), path.split('/').collect());
    let same = |(a, b): (&&str, &&str)| a == b || a.starts_with('{');
    template.len() == path.len() && template.iter().zip(&path).all(same)
}

/// An answer, read whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status, and the code where it is a problem.
    pub(super) fn what(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or(""))
    }
}

/// A request for a corridor that is sound.
pub(super) const CORRIDOR: &str = "{\"vehicle\": \"AMB-1\", \"class\": \"ambulance\", \
    \"incident\": \"medical\", \"origin\": {\"link\": \"l_0_1_1_1\", \"offset_m\": 20}, \
    \"destination\": {\"place\": \"hospital\"}}";

/// Every route of the API with its method, and a body that it takes.
pub(super) fn all_routes() -> Vec<(Method, &'static str, &'static str)> {
    let hold = "/api/v1/junctions/j_1_1/hold";
    let first = "{\"token\": \"gw_0\", \"name\": \"ann\", \"password\": \"a long enough one\"}";
    let account = "{\"name\": \"bob\", \"roles\": [\"view\"], \"password\": \"a long enough one\"}";
    let plan = "/api/v1/junctions/j_1_1/plan";
    vec![
        (Method::GET, "/healthz", ""),
        (Method::GET, "/metrics", ""),
        (Method::GET, "/api/v1/state", ""),
        (Method::GET, "/api/v1/network", ""),
        (Method::GET, "/api/v1/picture", ""),
        (Method::POST, "/api/v1/what-if", "{\"change\": \"version = 1\"}"),
        (Method::GET, "/api/v1/what-if/1", ""),
        (Method::DELETE, "/api/v1/what-if/1", ""),
        (Method::GET, "/api/v1/events", ""),
        (Method::GET, "/api/v1/stream", ""),
        (Method::GET, "/api/v1/evidence", ""),
        (Method::GET, "/api/v1/evidence/records", ""),
        (Method::GET, "/api/v1/evidence/records/9", ""),
        (Method::GET, "/api/v1/evidence/records/9/verification", ""),
        (Method::POST, "/api/v1/evidence/records/9/review", "{\"step\": \"confirm\"}"),
        (Method::POST, "/api/v1/evidence/records/9/export", "{\"purpose\": \"appeal\"}"),
        (Method::GET, "/api/v1/openapi.json", ""),
        (Method::GET, "/api/v1/session", ""),
        (Method::POST, "/api/v1/session", "{\"token\": \"gw_0\"}"),
        (Method::DELETE, "/api/v1/session", ""),
        (Method::POST, "/api/v1/session/first", first),
        (Method::PUT, "/api/v1/session/password", "{\"old\": \"one\", \"new\": \"two\"}"),
        (Method::GET, "/api/v1/accounts", ""),
        (Method::POST, "/api/v1/accounts", account),
        (Method::PATCH, "/api/v1/accounts/bob", "{\"locked\": true}"),
        (Method::DELETE, "/api/v1/accounts/bob", ""),
        (Method::GET, "/api/v1/plans", ""),
        (Method::GET, "/api/v1/junctions/j_1_1/lanes", ""),
        (Method::GET, "/api/v1/alarms", ""),
        (Method::POST, "/api/v1/alarms/1/acknowledge", "{}"),
        (Method::POST, "/api/v1/alarms/1/suspend", "{\"seconds\": 60, \"reason\": \"works\"}"),
        (Method::POST, plan, "{\"plan\": 1, \"seconds\": 30, \"reason\": \"a look\"}"),
        (Method::POST, hold, "{\"stage\": 1, \"seconds\": 30, \"reason\": \"a look\"}"),
        (Method::DELETE, hold, ""),
        (Method::PUT, "/api/v1/mode", "{\"mode\": \"fixed\"}"),
        (Method::POST, "/api/v1/reload", "{}"),
        (Method::GET, "/api/v1/places", ""),
        (Method::GET, "/api/v1/corridors", ""),
        (Method::POST, "/api/v1/corridors", CORRIDOR),
        (Method::GET, "/api/v1/corridors/7", ""),
        (Method::PATCH, "/api/v1/corridors/7", "{\"delay_s\": 20}"),
        (Method::DELETE, "/api/v1/corridors/7", ""),
        (Method::GET, "/api/v1/corridors/7/report", ""),
        (Method::DELETE, "/api/v1/corridors/7/junctions/j_1_1", ""),
    ]
}

/// A keeper with nothing but the opening of its chain.
fn evidence(events: &Store) -> (Evidence, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        station: "district 7".to_owned(),
        software: "greenwave".to_owned(),
        retention: interval_speed::evidence::Retention::default(),
    };
    let key = interval_speed::evidence::StationKey::from_secret(&[42; 32]);
    let now = WallTime(1_795_000_000_000);
    let (vault, _) = Vault::open(folder.path(), key, settings, now).unwrap();
    let (evidence, _) =
        crate::evidence::start(vault, Vec::new(), events.clone(), move || now).unwrap();
    (evidence, folder)
}

/// A view of an arterial of which the first junction was read two seconds ago, the others never.
fn view() -> View {
    let (site, _) = scenario::generate::arterial(1, 3);
    let site = Arc::new(site);
    let engine = engine::Engine::new(site.clone(), &hw_profiles::builtin, Moment(0), 1).unwrap();
    let mut snapshot = engine.snapshot(Moment(90_000));
    let first = &mut snapshot.junctions[0];
    first.age = Some(Millis(2_000));
    first.stage = Some(units::StageId(0));
    first.elapsed = Millis(7_500);
    first.aspects = vec![("a".to_owned(), signal::Aspect::Green)];
    first.queue = Some(3.08);
    first.source = signal::ControlSource::Adaptive;
    View {
        snapshot,
        site,
        corridors: Arc::new(vec![corridor(7)]),
        taken: steady(),
        wall: WallTime(1_795_000_090_000),
        local: "2026-11-18 19:08:10".to_owned(),
        started: WallTime(1_795_000_000_000),
        speed: 1.0,
        epoch: 1,
    }
}

/// Takes every action, but for a junction that is not there, a stage that is not, a refused file.
async fn answer(mut inbox: mpsc::Receiver<Ask>, asked: Arc<Mutex<Vec<(Action, String)>>>) {
    while let Some(Ask { action, who, reply }) = inbox.recv().await {
        let outcome = match &action {
            Action::Hold { junction, .. }
            | Action::SelectPlan { junction, .. }
            | Action::Release { junction }
                if junction == "nowhere" =>
            {
                Err(ActionError::UnknownJunction(junction.clone()))
            }
            Action::Hold { stage: 9.., .. } => Err(ActionError::Refused("no stage 9".to_owned())),
            Action::Reload if who == "control room" => {
                Err(ActionError::SiteRefused(vec!["line 3".to_owned(), "line 9".to_owned()]))
            }
            _ => Ok("done".to_owned()),
        };
        asked.lock().unwrap().push((action, who));
        let _ = reply.send(outcome);
    }
}

/// A corridor that is open, on the way over the first junction, which it has passed.
fn corridor(id: u32) -> crate::corridors::Record {
    use corridor::{Class, Incident, Level, Place, Request};
    let place = |offset| Place { link: units::LinkId(0), offset: units::Metres(offset) };
    let passed = JunctionRecord {
        name: "j_1_1".to_owned(),
        state: "passed",
        is_in_time: true,
        cleared: Some(Moment(60_000)),
        open: Some(Moment(64_000)),
        passed: Some(Moment(80_000)),
        delay: Some(Millis(1_500)),
        ..JunctionRecord::default()
    };
    crate::corridors::Record {
        id,
        by: "control room".to_owned(),
        request: Request {
            key: "k".to_owned(),
            vehicle: "AMB-1".to_owned(),
            class: Class::AmbulanceWithPatient,
            level: Level::new(3).unwrap(),
            incident: Incident::Medical,
            origin: place(10.0),
            destination: place(90.0),
            speed: units::MetresPerSecond(15.0),
            departs_in: Millis::ZERO,
            expires_in: Millis(600_000),
            is_drill: true,
        },
        destination: Some("hospital".to_owned()),
        opened: Moment(30_000),
        ends_at_latest: Moment(630_000),
        links: vec!["l_0_1_1_1".to_owned(), "l_1_1_2_1".to_owned()],
        alternatives: vec![(vec!["l_0_1_1_1".to_owned()], Millis(90_000))],
        junctions: vec![passed],
        arrives: Some(Moment(120_000)),
        place: None,
        is_told: false,
        replans: vec![(Moment(70_000), "quicker")],
        contradictions: 2,
        end: None,
        people: vec!["road: Li Na".to_owned()],
    }
}

/// Does what is asked of corridor 7, and refuses what its words say.
async fn answer_corridors(mut inbox: mpsc::Receiver<CorridorAsk>, asked: Asked) {
    use corridor::Refusal;
    while let Some(CorridorAsk { who, scope, what, reply }) = inbox.recv().await {
        let outcome = match &what {
            What::Open(asked) => match asked.vehicle.as_str() {
                "refused" => Err(corridors::refusal(&asked.key).into()),
                "repeated" => Ok(Done::Opened { id: 7, is_repeat: true }),
                _ => Ok(Done::Opened { id: 7, is_repeat: false }),
            },
            What::Change(7, AskedChange::Position(_)) => Ok(Done::Position("contradicts", false)),
            What::Change(7, AskedChange::Release(name)) if name == "nowhere" => {
                Err(AskError::UnknownJunction(name.clone()))
            }
            What::Change(7, _) => Ok(Done::Changed("done".to_owned())),
            What::Change(8, _) => Err(AskError::NotOwn(who.clone())),
            What::Change(9, _) => Err(AskError::TooOften(who.clone())),
            What::Change(..) => Err(Refusal::NotOpen.into()),
        };
        asked.lock().unwrap().push((what, who, scope));
        let _ = reply.send(outcome);
    }
}

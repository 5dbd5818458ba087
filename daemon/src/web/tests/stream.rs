//! The event stream: nothing twice, nothing passed over without a word, and it ends when it must.

use std::sync::Arc;

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use proptest::prelude::*;
use serde_json::Value;
use units::{Millis, Moment, WallTime};

use super::Fake;
use crate::store::{EventStore, Page, Record, StoreError};
use crate::web::stream::STREAMS_MAX;

/// A listener as a browser is one.
struct Ear {
    body: BodyDataStream,
    rest: String,
}

#[derive(Debug)]
struct Heard {
    name: String,
    id: Option<u64>,
    data: Value,
}

impl Ear {
    async fn open(fake: &Fake, query: &str, headers: &[(&str, &str)]) -> Self {
        let response = fake.open("GET", &format!("/api/v1/stream{query}"), headers, "").await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        Self::of(response.into_body())
    }

    fn of(body: Body) -> Self {
        Self { body: body.into_data_stream(), rest: String::new() }
    }

    /// The next message; `None` when the stream has ended.
    async fn next(&mut self) -> Option<Heard> {
        loop {
            if let Some((message, rest)) = self.rest.split_once("\n\n") {
                let field = |name: &str| {
                    let line = message.lines().find_map(|line| line.strip_prefix(name));
                    line.map(|value| value.trim_start_matches([':', ' ']).to_owned())
                };
                let heard = field("event").map(|name| Heard {
                    name,
                    id: field("id").map(|id| id.parse().unwrap()),
                    data: serde_json::from_str(&field("data").unwrap()).unwrap(),
                });
                self.rest = rest.to_owned();
                match heard {
                    Some(heard) => return Some(heard),
                    None => continue,
                }
            }
            let bytes = self.body.next().await?.unwrap();
            self.rest.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// The next message, which has this name.
    async fn expect(&mut self, name: &str) -> Heard {
        let heard = self.next().await.expect("the stream goes on");
        assert_eq!(heard.name, name, "{heard:?}");
        heard
    }

    /// The numbers of the events up to `last`, and the gaps between them.
    async fn up_to(&mut self, last: u64) -> (Vec<u64>, Vec<Value>) {
        let (mut events, mut gaps) = (Vec::new(), Vec::new());
        while events.last() != Some(&last) {
            let heard = self.next().await.expect("the stream goes on");
            match heard.name.as_str() {
                "event" => {
                    assert_eq!(heard.id, heard.data["sequence"].as_u64());
                    events.extend(heard.id);
                }
                "gap" => gaps.push(heard.data),
                _ => {}
            }
        }
        (events, gaps)
    }
}

fn records(count: usize) -> impl Iterator<Item = Record> {
    (0..count).map(|n| Record::own(WallTime(5), "test", n.to_string()))
}

async fn acknowledged(fake: &Fake, last: u64) {
    while fake.store().last() < last {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn first_the_state_then_what_changes_and_what_happens() {
    let fake = Fake::new();
    fake.write(&["before"]).await;
    let mut ear = Ear::open(&fake, "", &[]).await;
    let state = ear.expect("state").await;
    assert_eq!((state.id, &state.data["store"]["last"]), (Some(1), &1.into()));
    assert_eq!(state.data["junctions"].as_array().unwrap().len(), 3);

    // Time alone is no change of a junction.
    fake.publish(|view| {
        view.snapshot.at = Moment(90_200);
        view.snapshot.junctions[0].age = Some(Millis(2_200));
    });
    let change = ear.expect("change").await;
    assert_eq!(change.data["time"]["clock_s"], 90.2);
    let only_time = change.data.as_object().unwrap().keys().collect::<Vec<_>>();
    assert_eq!(only_time, ["time"]);

    // A junction that was read again is one, and is sent alone and whole.
    fake.publish(|view| {
        view.snapshot.at = Moment(90_400);
        view.snapshot.junctions[0].age = Some(Millis(100));
        view.snapshot.devices[2].connected = true;
        view.snapshot.counters.demands += 1;
        view.snapshot.mode = scenario::Mode::Fixed;
    });
    let change = ear.expect("change").await.data;
    let names = |of: &str, rows: &Value| {
        let rows = rows[of].as_array().cloned().unwrap_or_default();
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("junctions", &change), ["j_1_1"]);
    assert_eq!(change["junctions"][0]["age_s"], 0.1);
    assert_eq!(names("devices", &change), ["j_3_1"]);
    assert_eq!((&change["mode"], &change["counters"]["demands"]), (&"fixed".into(), &1.into()));

    fake.write(&["now"]).await;
    let event = ear.expect("event").await;
    assert_eq!((event.id, &event.data["text"]), (Some(2), &"now".into()));
    // After a reload everything may be another.
    fake.publish(|view| view.epoch = 2);
    let state = ear.expect("state").await;
    assert_eq!((state.id, &state.data["site"]["epoch"]), (Some(2), &2.into()));
}

#[tokio::test]
async fn a_stream_is_resumed_where_it_was_left() {
    let fake = Fake::new();
    let texts: Vec<String> = (0..600).map(|n| n.to_string()).collect();
    fake.write(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for (query, headers) in [
        ("?after=10", &[][..]),
        ("", &[("last-event-id", "10")][..]),
        // The browser repeats the address it began with; the header counts.
        ("?after=3", &[("last-event-id", "10")][..]),
    ] {
        let mut ear = Ear::open(&fake, query, headers).await;
        assert_eq!(ear.expect("state").await.id, Some(10));
        assert_eq!(ear.up_to(600).await, ((11..=600).collect(), Vec::new()), "{query}");
    }
    let mut all = Ear::open(&fake, "?after=0", &[]).await;
    assert_eq!(all.up_to(600).await.0.len(), 600);
    // A number that is not there yet: the store was begun anew.
    let mut beyond = Ear::open(&fake, "?after=700", &[]).await;
    assert_eq!(beyond.expect("state").await.id, Some(600));
    let gap = beyond.expect("gap").await.data;
    assert_eq!(gap, serde_json::json!({"from": 601, "to": 700, "kept": false}));
    fake.write(&["more"]).await;
    assert_eq!(beyond.up_to(601).await.0, [601]);
}

#[tokio::test]
async fn who_falls_behind_is_told_and_misses_nothing() {
    let fake = Fake::new();
    let mut ear = Ear::open(&fake, "", &[]).await;
    ear.expect("state").await;
    // More than a slow listener may be behind.
    records(5_000).for_each(|record| fake.store().append(record));
    acknowledged(&fake, 5_000).await;
    let (events, gaps) = ear.up_to(5_000).await;
    assert_eq!(events, (1..=5_000).collect::<Vec<_>>());
    assert_eq!(gaps, [serde_json::json!({"from": 1, "to": 5_000, "kept": true})]);
    fake.write(&["live again"]).await;
    assert_eq!(ear.up_to(5_001).await, (vec![5_001], Vec::new()));
}

/// A store that lost some of its events: damaged, or deleted with their segment.
struct Holed {
    inner: crate::store::Memory,
    damaged: Vec<u64>,
    deleted: std::ops::Range<u64>,
}

impl EventStore for Holed {
    fn append(&mut self, records: &mut [Record]) -> Result<(), StoreError> {
        self.inner.append(records)
    }

    fn read(&mut self, after: u64, limit: usize) -> Result<Page, StoreError> {
        let mut page = self.inner.read(after, usize::MAX)?;
        page.records.retain(|record| !self.deleted.contains(&record.sequence));
        page.records.truncate(limit);
        page.next = page.records.last().map_or(after, |record| record.sequence);
        let damaged = |record: &Record| self.damaged.contains(&record.sequence);
        page.damaged = page.records.iter().filter(|r| damaged(r)).map(|r| r.sequence).collect();
        page.records.retain(|record| !damaged(record));
        Ok(page)
    }

    fn last(&self) -> u64 {
        self.inner.last()
    }
}

#[tokio::test]
async fn what_is_kept_no_more_is_named() {
    let mut fake = Fake::new();
    let holed = Holed { inner: Default::default(), damaged: vec![12, 30], deleted: 1..9 };
    let (store, _) = crate::store::start(Box::new(holed), WallTime(0)).unwrap();
    fake.board.store = store;
    fake.router = super::router(fake.board.clone(), super::LOCAL.parse().unwrap());
    records(30).for_each(|record| fake.store().append(record));
    acknowledged(&fake, 30).await;
    let mut ear = Ear::open(&fake, "?after=0", &[]).await;
    let (events, mut gaps) = ear.up_to(29).await;
    assert_eq!(events, [(9..12).collect::<Vec<_>>(), (13..30).collect()].concat());
    fake.write(&["live"]).await;
    // The last one was damaged: nothing in the store comes behind it.
    let (events, more) = ear.up_to(31).await;
    gaps.extend(more);
    assert_eq!(events, [31]);
    let gap = |from: u64, to: u64| serde_json::json!({"from": from, "to": to, "kept": false});
    assert_eq!(gaps, [gap(1, 8), gap(12, 12), gap(30, 30)]);
    let page = fake.get("/api/v1/events?limit=1000").await.body;
    assert_eq!(page["damaged"], serde_json::json!([12, 30]));
}

#[tokio::test]
async fn a_stream_ends_with_the_daemon_and_with_the_right_to_listen() {
    let fake = Fake::new();
    let mut ear = Ear::open(&fake, "", &[]).await;
    ear.expect("state").await;
    fake.tokens.send_replace(Vec::new());
    fake.write(&["a reload that changed nothing of it"]).await;
    ear.expect("event").await;
    fake.with_tokens();
    assert!(ear.next().await.is_none(), "who may listen has changed");

    let fake = Fake::new();
    let mut waiting = Ear::open(&fake, "", &[]).await;
    waiting.expect("state").await;
    records(3_000).for_each(|record| fake.store().append(record));
    acknowledged(&fake, 3_000).await;
    let mut behind = Ear::open(&fake, "?after=0", &[]).await;
    behind.expect("state").await;
    fake.board.shutdown.cancel();
    assert!(waiting.next().await.is_none(), "the daemon has ended");
    // What was written into the connection already may still come.
    while let Some(heard) = behind.next().await {
        assert!(heard.id < Some(3_000), "it should have ended: {heard:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_shows_a_sign_of_life_and_ends_after_its_hour() {
    let fake = Fake::new();
    let response = fake.open("GET", "/api/v1/stream", &[], "").await;
    let mut body = response.into_body().into_data_stream();
    let mut signs = 0;
    while let Some(bytes) = body.next().await {
        signs += usize::from(bytes.unwrap().starts_with(b":"));
    }
    assert!((200..=240).contains(&signs), "{signs} in an hour");
}

#[tokio::test]
async fn there_is_room_for_so_many_and_a_place_is_given_back() {
    let fake = Fake::new();
    let mut open = Vec::new();
    for _ in 0..STREAMS_MAX {
        open.push(Ear::open(&fake, "", &[]).await);
    }
    let answer = fake.get("/api/v1/stream").await;
    assert_eq!(answer.what(), (503, "too_many_streams"));
    let metrics = fake.get("/metrics").await.text;
    assert!(metrics.contains(&format!("greenwave_streams_open {STREAMS_MAX}\n")));
    assert_eq!(fake.get("/api/v1/state").await.status, 200, "streams do not count as requests");
    open.pop();
    Ear::open(&fake, "", &[]).await.expect("state").await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is written before, during and after, and wherever it is broken off and resumed.
    #[test]
    fn any_course_shows_every_event_once_and_in_order(
        bursts in prop::collection::vec(1..40_usize, 1..8),
        breaks in prop::collection::vec(any::<bool>(), 8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let fake = Fake::new();
            let mut ear = Ear::open(&fake, "?after=0", &[]).await;
            let (mut seen, mut total) = (Vec::new(), 0);
            for (burst, broken) in bursts.iter().zip(&breaks) {
                total += *burst as u64;
                records(*burst).for_each(|record| fake.store().append(record));
                // Read some before all of them are acknowledged.
                let some = total - *burst as u64 / 2;
                let (events, gaps) = ear.up_to(some).await;
                assert!(gaps.is_empty());
                seen.extend(events);
                if *broken {
                    let resume = [("last-event-id", some.to_string())];
                    let resume = resume.each_ref().map(|(name, id)| (*name, id.as_str()));
                    ear = Ear::open(&fake, "?after=0", &resume).await;
                }
                if some < total {
                    seen.extend(ear.up_to(total).await.0);
                }
                fake.publish(|view| view.snapshot.counters.demands += 1);
            }
            assert_eq!(seen, (1..=total).collect::<Vec<_>>());
        });
    }
}

#[tokio::test]
async fn a_listener_that_reads_slowly_is_given_the_newest_picture() {
    let fake = Fake::new();
    let mut ear = Ear::open(&fake, "", &[]).await;
    ear.expect("state").await;
    for demands in 1..=50 {
        fake.publish(|view| view.snapshot.counters.demands = demands);
    }
    assert_eq!(ear.expect("change").await.data["counters"]["demands"], 50);
    let view = fake.views.borrow().clone();
    // The same picture again is no change.
    fake.views.send_replace(Arc::clone(&view));
    fake.write(&["next"]).await;
    assert_eq!(ear.expect("event").await.id, Some(1));
}

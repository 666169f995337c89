use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Outcome, Record};
use crate::plan::{Kind, Operation, Plan};
use crate::policy::user_name_key;
use crate::scim::{self, Client};

/// How long what is under way is waited for after a stop: a target may have asked for minutes of silence.
const STOP_PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 10 });

/// Told after each operation: how many are done of how many.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Send + Sync);

/// Carries out every operation of a plan: those that change a `userName` one by one, then the rest, `concurrency` at
/// once, then the deactivations, likewise. One failed operation stops only those that need the `userName` which it
/// should have freed; `stop` stops everything, between operations where these
/// end soon. The outcomes stand in the plan's order.
///
/// # Errors
/// When the record cannot be written: nothing more is sent, what is under way is waited for.
pub async fn run<R: Record>(
    plan: &Plan,
    client: &Client,
    record: &R,
    concurrency: usize,
    stop: &watch::Receiver<bool>,
    progress: Progress<'_>,
) -> Result<Vec<Outcome>, R::Error> {
    // One cycle's retries, and its own judgement of whether the target is up.
    let client = client.afresh();
    let send = |operation: Operation| {
        let client = client.clone();
        async move {
            match client.perform(&operation).await {
                Ok(written) => Outcome::Done { account: written.account, notes: written.notes },
                Err(scim::Error::NotSent { why, .. }) => Outcome::NotSent { why: Some(why) },
                Err(error) => {
                    let why = chain(&error);
                    match error {
                        scim::Error::Ignored { attributes, .. } => Outcome::Ignored { attributes, why },
                        _ => Outcome::Failed { why },
                    }
                }
            }
        }
    };
    Run::new(&plan.operations, record, stop, progress).all(concurrency, send).await
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Some messages carry their cause already.
        if !text.ends_with(&cause.to_string()) {
            text = format!("{text}: {cause}");
        }
        source = cause.source();
    }
    text
}

/// Returns when a stop was asked for so long ago that what is under way is waited for no longer.
async fn overdue(mut stop: watch::Receiver<bool>) {
    let unstoppable = stop.wait_for(|stop| *stop).await.is_err();
    if unstoppable {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(STOP_PATIENCE).await;
}

struct Run<'a, R: Record> {
    operations: &'a [Operation],
    record: &'a R,
    stop: &'a watch::Receiver<bool>,
    progress: Progress<'a>,
    outcomes: Vec<Outcome>,
    ended: usize,
    /// `userName`s that a failed rename has not freed. Whoever took one would meet an account that is somebody
    /// else's, and could be taken for its owner.
    not_freed: BTreeSet<String>,
    broken: Option<R::Error>,
}

impl<'a, R: Record> Run<'a, R> {
    fn new(
        operations: &'a [Operation],
        record: &'a R,
        stop: &'a watch::Receiver<bool>,
        progress: Progress<'a>,
    ) -> Self {
        Self {
            operations,
            record,
            stop,
            progress,
            outcomes: vec![Outcome::NotSent { why: None }; operations.len()],
            ended: 0,
            not_freed: BTreeSet::new(),
            broken: None,
        }
    }

    async fn all<S, F>(mut self, concurrency: usize, send: S) -> Result<Vec<Outcome>, R::Error>
    where
        S: Fn(Operation) -> F,
        F: Future<Output = Outcome> + Send + 'static,
    {
        let stage = |operation: &Operation| match operation.kind {
            Kind::Update | Kind::Reactivate if operation.takes().is_some() => 0,
            Kind::Deactivate => 2,
            _ => 1,
        };
        for (number, width) in [(0, 1), (1, concurrency.max(1)), (2, concurrency.max(1))] {
            let operations = self.operations;
            let turn = operations.iter().enumerate().filter(|(_, operation)| stage(operation) == number);
            self.side_by_side(turn, width, &send).await;
        }
        match self.broken {
            Some(error) => Err(error),
            None => Ok(self.outcomes),
        }
    }

    async fn side_by_side<S, F>(
        &mut self,
        mut turn: impl Iterator<Item = (usize, &'a Operation)>,
        width: usize,
        send: &S,
    ) where
        S: Fn(Operation) -> F,
        F: Future<Output = Outcome> + Send + 'static,
    {
        let mut under_way = JoinSet::new();
        let mut places = HashMap::new();
        let mut overdue = pin!(overdue(self.stop.clone()));
        let mut aborted = false;
        loop {
            while under_way.len() < width && self.broken.is_none() && !*self.stop.borrow() {
                let Some((index, operation)) = turn.next() else { break };
                // The record blocks for one write to disk, some milliseconds; the target's pace is slower by far.
                if let Err(error) = self.record.before(index, operation) {
                    self.broken = Some(error);
                } else if let Some(why) = self.hindrance(operation) {
                    self.end(index, operation, Outcome::Failed { why });
                } else {
                    let task = under_way.spawn(send(operation.clone()));
                    places.insert(task.id(), (index, operation));
                }
            }
            let joined = tokio::select! {
                joined = under_way.join_next_with_id() => joined,
                () = &mut overdue, if !aborted => {
                    aborted = true;
                    under_way.abort_all();
                    under_way.join_next_with_id().await
                }
            };
            let Some(joined) = joined else { break };
            let (id, outcome) = match joined {
                Ok((id, outcome)) => (id, outcome),
                Err(error) => {
                    let what = if error.is_cancelled() { "was stopped" } else { "failed" };
                    let why =
                        format!("rolecall {what} in the middle of it: whether it was done is not known");
                    (error.id(), Outcome::Failed { why })
                }
            };
            if let Some((index, operation)) = places.remove(&id) {
                self.end(index, operation, outcome);
            }
        }
    }

    fn hindrance(&self, operation: &Operation) -> Option<String> {
        let name = operation.takes()?;
        self.not_freed.contains(&user_name_key(name)).then(|| {
            format!("not sent: the account that has the userName `{name}` could not be renamed before")
        })
    }

    fn end(&mut self, index: usize, operation: &Operation, outcome: Outcome) {
        if operation.kind != Kind::Create
            && operation.takes().is_some()
            && !matches!(outcome, Outcome::Done { .. })
        {
            self.not_freed.insert(user_name_key(&operation.user_name));
        }
        // Tried even after the record broke: what was sent is better recorded late than never.
        if let Err(error) = self.record.after(index, operation, &outcome) {
            self.broken.get_or_insert(error);
        }
        if let Some(slot) = self.outcomes.get_mut(index) {
            *slot = outcome;
        }
        self.ended += 1;
        (self.progress)(self.ended, self.operations.len());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::time::Instant;

    use uuid::Uuid;

    use super::*;
    use crate::desired::Person;
    use crate::plan::Change;
    use crate::policy::Attribute;

    fn operation(kind: Kind, user_name: &str, to: Option<&str>) -> Operation {
        let account = (kind != Kind::Create).then(|| user_name.to_owned());
        let change = to.map(|to| Change {
            attribute: Attribute::USER_NAME,
            from: account.clone(),
            to: Some(to.to_owned()),
        });
        Operation {
            kind,
            user: Person { guid: Uuid::nil(), name: user_name.to_owned(), dn: None },
            account,
            user_name: user_name.to_owned(),
            changes: change.into_iter().collect(),
            reasons: Vec::new(),
        }
    }

    fn create(name: &str) -> Operation {
        operation(Kind::Create, name, Some(name))
    }

    #[derive(Debug, thiserror::Error)]
    #[error("disk full")]
    struct Full;

    /// What happened, in order; can refuse a line, as a full disk does.
    #[derive(Clone, Default)]
    struct Log {
        lines: Arc<Mutex<Vec<String>>>,
        refuse: Option<&'static str>,
    }

    impl Log {
        fn say(&self, line: String) -> Result<(), Full> {
            if self.refuse == Some(line.as_str()) {
                return Err(Full);
            }
            self.lines.lock().unwrap().push(line);
            Ok(())
        }

        fn lines(&self) -> Vec<String> {
            self.lines.lock().unwrap().clone()
        }

        fn place(&self, line: &str) -> usize {
            self.lines().iter().position(|seen| seen == line).unwrap()
        }
    }

    impl Record for Log {
        type Error = Full;

        fn before(&self, _: usize, operation: &Operation) -> Result<(), Full> {
            self.say(format!("before {}", operation.user_name))
        }

        fn after(&self, _: usize, operation: &Operation, outcome: &Outcome) -> Result<(), Full> {
            let how = match outcome {
                Outcome::Done { .. } => "done",
                Outcome::Failed { .. } | Outcome::Ignored { .. } => "failed",
                Outcome::NotSent { .. } => "not sent",
            };
            self.say(format!("{how} {}", operation.user_name))
        }
    }

    fn done() -> Outcome {
        Outcome::Done { account: None, notes: Vec::new() }
    }

    async fn drive<F: Future<Output = Outcome> + Send + 'static>(
        operations: &[Operation],
        log: &Log,
        width: usize,
        stop: &watch::Receiver<bool>,
        send: impl Fn(Operation) -> F,
    ) -> Result<Vec<Outcome>, Full> {
        let told = AtomicUsize::new(0);
        let progress = |ended, all| {
            assert_eq!(ended, told.fetch_add(1, Ordering::Relaxed) + 1);
            assert_eq!(all, operations.len());
        };
        Run::new(operations, log, stop, &progress).all(width, send).await
    }

    #[tokio::test]
    async fn stages_follow_each_other_and_each_operation_is_recorded_around_its_sending() {
        let operations = [
            operation(Kind::Update, "a", Some("z")),
            operation(Kind::Reactivate, "b", Some("a")),
            operation(Kind::Update, "u", None),
            create("b"),
            create("c"),
            operation(Kind::Deactivate, "d", None),
            operation(Kind::Deactivate, "e", None),
        ];
        let (_sender, stop) = watch::channel(false);
        let log = Log::default();
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let sent = log.clone();
        // The daemon runs it on any thread.
        fn sendable<T: Send>(future: T) -> T {
            future
        }
        let outcomes = sendable(drive(&operations, &log, 3, &stop, |operation| {
            let (sent, now, most) = (sent.clone(), now.clone(), most.clone());
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                sent.say(format!("send {}", operation.user_name)).unwrap();
                tokio::time::sleep(Duration::from_millis(5)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                done()
            }
        }))
        .await
        .unwrap();
        assert_eq!(outcomes, vec![done(); 7]);
        assert_eq!(log.lines()[..6], ["before a", "send a", "done a", "before b", "send b", "done b"]);
        for name in ["u", "b", "c", "d", "e"] {
            let places = ["before", "send", "done"].map(|what| log.place(&format!("{what} {name}")));
            assert!(places.is_sorted(), "{name}");
        }
        assert!(log.place("done c") < log.place("before d") && log.place("done u") < log.place("before d"));
        assert_eq!(most.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn who_needs_a_name_that_was_not_freed_is_not_sent() {
        let operations = [
            operation(Kind::Update, "C@x", Some("d@x")),
            operation(Kind::Update, "b@x", Some("c@x")),
            create("B@x"),
            create("other@x"),
        ];
        let (_sender, stop) = watch::channel(false);
        let log = Log::default();
        let outcomes = drive(&operations, &log, 2, &stop, |operation| async move {
            match operation.user_name.as_str() {
                "C@x" => Outcome::Failed { why: "timeout".into() },
                "other@x" => done(),
                name => panic!("{name} was sent"),
            }
        })
        .await
        .unwrap();
        let text = |outcome: &Outcome| match outcome {
            Outcome::Failed { why } => why.clone(),
            other => format!("{other:?}"),
        };
        insta::assert_debug_snapshot!(outcomes.iter().map(text).collect::<Vec<_>>(), @r#"
        [
            "timeout",
            "not sent: the account that has the userName `c@x` could not be renamed before",
            "not sent: the account that has the userName `B@x` could not be renamed before",
            "Done { account: None, notes: [] }",
        ]
        "#);
    }

    #[tokio::test]
    async fn a_stop_lets_what_is_under_way_finish_and_starts_nothing() {
        let operations: Vec<_> = (0..10).map(|n| create(&n.to_string())).collect();
        let (sender, stop) = watch::channel(false);
        let log = Log::default();
        let outcomes = drive(&operations, &log, 2, &stop, |operation| {
            let sender = sender.clone();
            async move {
                if operation.user_name == "3" {
                    sender.send_replace(true);
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
                done()
            }
        })
        .await
        .unwrap();
        let sent = outcomes.iter().filter(|outcome| **outcome == done()).count();
        assert!((4..=5).contains(&sent), "{outcomes:?}");
        assert_eq!(
            outcomes.iter().filter(|outcome| **outcome == Outcome::NotSent { why: None }).count(),
            10 - sent
        );
        assert_eq!(log.lines().len(), 2 * sent);
    }

    #[tokio::test]
    async fn a_stop_waits_for_nothing_that_takes_long() {
        let operations: Vec<_> = (0..5).map(|n| create(&n.to_string())).collect();
        let (sender, stop) = watch::channel(false);
        let log = Log::default();
        let since = Instant::now();
        let outcomes = drive(&operations, &log, 2, &stop, |operation| {
            let long = operation.user_name == "1";
            sender.send_replace(long);
            async move {
                if long {
                    std::future::pending::<()>().await;
                }
                done()
            }
        })
        .await
        .unwrap();
        assert!(since.elapsed() < 2 * STOP_PATIENCE);
        assert_eq!(outcomes[0], done());
        assert!(
            matches!(&outcomes[1], Outcome::Failed { why } if why.contains("was stopped in the middle")),
            "{outcomes:?}"
        );
        assert_eq!(outcomes[2..], [const { Outcome::NotSent { why: None } }; 3]);
        assert_eq!(log.lines(), ["before 0", "before 1", "done 0", "failed 1"]);
    }

    #[tokio::test]
    async fn what_cannot_be_recorded_is_not_sent() {
        let operations: Vec<_> = (0..5).map(|n| create(&n.to_string())).collect();
        let (_sender, stop) = watch::channel(false);
        let log = Log { refuse: Some("before 2"), ..Log::default() };
        let result = drive(&operations, &log, 2, &stop, |operation| async move {
            assert!(operation.user_name.as_str() < "2");
            done()
        });
        assert_eq!(result.await.unwrap_err().to_string(), "disk full");
        let mut lines = log.lines();
        lines.sort();
        assert_eq!(lines, ["before 0", "before 1", "done 0", "done 1"]);
    }

    #[tokio::test]
    async fn an_answer_that_cannot_be_recorded_stops_the_run_after_those_under_way() {
        let operations: Vec<_> = (0..6).map(|n| create(&n.to_string())).collect();
        let (_sender, stop) = watch::channel(false);
        let log = Log { refuse: Some("done 0"), ..Log::default() };
        let result = drive(&operations, &log, 3, &stop, |operation| async move {
            let first = operation.user_name == "0";
            tokio::time::sleep(Duration::from_millis(if first { 1 } else { 30 })).await;
            done()
        });
        assert!(result.await.is_err());
        let mut lines = log.lines();
        lines.sort();
        assert_eq!(lines, ["before 0", "before 1", "before 2", "done 1", "done 2"]);
    }

    #[tokio::test]
    async fn an_operation_that_panics_fails_alone() {
        let operations = [create("0"), create("1")];
        let (_sender, stop) = watch::channel(false);
        let outcomes = drive(&operations, &Log::default(), 2, &stop, |operation| async move {
            assert_ne!(operation.user_name, "0");
            done()
        })
        .await
        .unwrap();
        assert!(matches!(&outcomes[0], Outcome::Failed { why } if why.contains("not known")));
        assert_eq!(outcomes[1], done());
    }
}

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Statement, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::chain::{Hash, hex};
use super::column;
use super::{Approval, CycleId, Error, Journal, Later};
use crate::config::{FactsKept, GuardLimits};
use crate::desired::Account;
use crate::directory::{Marked, Reading, Recorded, Snapshot};
use crate::plan::{self, Allowance, Existing, Link, Links, Plan};

/// All that a plan is drawn up from, beside the policy.
#[derive(Clone, Debug)]
pub struct Knowledge {
    /// What `now()` is.
    pub now: Timestamp,
    pub snapshot: Snapshot,
    /// Lower-case names of the directory's attributes that were asked for.
    pub attributes: BTreeSet<String>,
    /// How far the directory was read; recorded together with what was found there.
    pub marked: Option<Marked>,
    /// Every account of the target.
    pub accounts: Vec<Account>,
    pub links: Links,
    pub settings: Settings,
}

/// What decides beside the rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub limits: GuardLimits,
    pub allowance: Allowance,
    /// How many people the last whole reading had on which the guard let operations be carried out.
    pub size_before: Option<usize>,
    /// Whose orders stood in the place of what the rules would do.
    pub script: Option<KeptScript>,
    /// The cycle that was taken back in the place of what the rules would do.
    pub undo: Option<CycleId>,
    /// What earlier cycles left.
    pub later: Later,
    /// How accounts that are there are treated. Once there is a plan, what is remembered of them is that which the plan
    /// depends on.
    pub existing: Existing,
    /// The target's address.
    pub target: String,
    /// Refused plans that a person lets pass.
    pub approved: Vec<ApprovedPlan>,
}

/// A plan that was refused, and that a person lets pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovedPlan {
    pub hash: String,
    pub approval: Approval,
}

/// A script that was run once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptScript {
    pub path: String,
    pub text: String,
}

/// What a cycle knew, and the plan that came of it.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// All 64 hexadecimal digits.
    pub revision: String,
    pub knowledge: Knowledge,
    /// As [`plan::json`] wrote it.
    pub plan: Value,
}

/// Why nobody can say any more what a cycle knew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forgotten {
    #[error("there is no cycle of this number")]
    NoCycle,
    #[error("it ended before there was a plan")]
    NoPlan,
    #[error("it was recorded by a version of rolecall that kept no facts")]
    Earlier,
    #[error("its facts were pruned")]
    Pruned,
    #[error("of its facts only hashes were kept (`facts = \"hash\"` in [journal])")]
    Hashed,
}

/// What is known of one thing: whether it is there, and whether it was kept or only its hash.
type Last = HashMap<String, (Option<Hash>, bool)>;

const KINDS: [&str; 4] = ["person", "group", "account", "link"];

impl Journal {
    /// Records what a plan was drawn up from, as far as it differs from what was known before, and the plan. Tells of
    /// how many things something was recorded.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn know(&self, cycle: CycleId, knowledge: &Knowledge, plan: &Plan) -> Result<usize, Error> {
        let keep = self.facts == FactsKept::Keep;
        self.write("record what was read", |t| {
            let insert = t.prepare(
                "INSERT INTO facts (cycle, kind, key, hash, kept, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            let [people, groups, accounts, links] = KINDS.map(|kind| last(t, kind));
            let mut news = News { cycle, keep, insert, changed: 0 };
            let (mut people, mut groups) = (people?, groups?);
            knowledge.snapshot.records(&knowledge.attributes, |what, text| match what {
                Recorded::Person(guid) => news.tell(&mut people, "person", &guid.to_string(), &text),
                Recorded::Group(dn) => news.tell(&mut groups, "group", &dn, &text),
            })?;
            let mut accounts = accounts?;
            for account in &knowledge.accounts {
                news.tell(&mut accounts, "account", &account.id, &text(account)?)?;
            }
            let mut links = links?;
            for (guid, link) in &knowledge.links {
                news.tell(&mut links, "link", &guid.to_string(), &text(link)?)?;
            }
            for (kind, last) in KINDS.into_iter().zip([people, groups, accounts, links]) {
                news.gone(kind, last)?;
            }
            let changed = news.changed;
            drop(news);
            forget_deleted(t, cycle, &knowledge.accounts)?;

            let plan = plan::json(plan).to_string();
            let hash = hex(&Sha256::digest(&plan));
            t.execute(
                "INSERT INTO drafts (hash, plan) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                [&hash, &plan],
            )?;
            let reading = Reading {
                source: knowledge.snapshot.source.clone(),
                completeness: knowledge.snapshot.completeness.clone(),
                absent: knowledge.snapshot.absent.clone(),
                attributes: knowledge.attributes.clone(),
                marked: knowledge.marked.clone().filter(|_| keep),
            };
            t.execute(
                "INSERT INTO readings (cycle, now, reading, settings, plan) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    cycle.0,
                    knowledge.now.to_string(),
                    json!(reading).to_string(),
                    json!(knowledge.settings).to_string(),
                    hash
                ],
            )?;
            Ok(changed)
        })
    }

    /// What a cycle knew.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn remember(&self, cycle: CycleId) -> Result<Result<Remembered, Forgotten>, Error> {
        self.read("look up what a cycle knew", |t| {
            let Some(revision) = t
                .query_row("SELECT revision FROM cycles WHERE id = ?1", [cycle.0], |row| row.get(0))
                .optional()?
            else {
                return Ok(Err(Forgotten::NoCycle));
            };
            let kept = t
                .query_row(
                    "SELECT now, reading, settings, d.plan FROM readings JOIN drafts d ON d.hash = readings.plan
                     WHERE cycle = ?1",
                    [cycle.0],
                    |row| Ok((column::parsed(row, 0)?, column::json(row, 1)?, column::json(row, 2)?, column::json(row, 3)?)),
                )
                .optional()?;
            let Some((now, reading, settings, plan)) = kept else { return why(t, cycle).map(Err) };
            let Some(knowledge) = read_back(t, cycle, now, reading, settings)? else {
                return Ok(Err(Forgotten::Hashed));
            };
            Ok(Ok(Remembered { revision, knowledge, plan }))
        })
    }
}

impl Journal {
    /// What the last reading found, where the next can go on from it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn marked(&self) -> Result<Option<(Snapshot, Marked)>, Error> {
        let last = self.read("look up the last reading", |t| {
            let sql = "SELECT cycle, reading FROM readings ORDER BY cycle DESC LIMIT 1";
            t.query_row(sql, (), |row| Ok((row.get(0)?, column::json::<Reading>(row, 1)?))).optional()
        })?;
        let Some((cycle, Reading { marked: Some(_), .. })) = last else { return Ok(None) };
        let remembered = self.remember(CycleId(cycle))?;
        let knowledge = remembered.ok().map(|remembered| remembered.knowledge);
        Ok(knowledge.and_then(|knowledge| Some((knowledge.snapshot, knowledge.marked?))))
    }
}

/// Ends links to accounts that are gone, where a deletion was sent and its answer never came: with the answer the link
/// would have ended then.
fn forget_deleted(t: &Transaction<'_>, cycle: CycleId, accounts: &[Account]) -> rusqlite::Result<()> {
    let there: HashSet<&str> = accounts.iter().map(|account| account.id.as_str()).collect();
    let mut query = t.prepare(
        "SELECT guid, account FROM operations NATURAL JOIN outcomes WHERE kind = 'deactivate' AND outcome = 'lost'
         AND cycle >= (SELECT max(cycle) FROM readings WHERE cycle < ?1)",
    )?;
    let lost = query.query_map([cycle.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for lost in lost {
        let (guid, account): (String, Option<String>) = lost?;
        if let Some(account) = account.filter(|account| !there.contains(account.as_str())) {
            t.execute("DELETE FROM links WHERE guid = ?1 AND account = ?2", [guid, account])?;
        }
    }
    Ok(())
}

/// What is new of the things of one cycle.
struct News<'t> {
    cycle: CycleId,
    keep: bool,
    insert: Statement<'t>,
    changed: usize,
}

impl News<'_> {
    fn tell(&mut self, last: &mut Last, kind: &str, key: &str, text: &str) -> rusqlite::Result<()> {
        let hash: Hash = Sha256::digest(text).into();
        if let Some((Some(before), kept)) = last.remove(key)
            && before == hash
            && (kept || !self.keep)
        {
            return Ok(());
        }
        self.changed += 1;
        let content = self.keep.then_some(text);
        self.insert.execute(params![self.cycle.0, kind, key, hash, self.keep, content])?;
        Ok(())
    }

    /// What nobody told of any more.
    fn gone(&mut self, kind: &str, last: Last) -> rusqlite::Result<()> {
        let mut gone: Vec<String> =
            last.into_iter().filter(|(_, (hash, _))| hash.is_some()).map(|(key, _)| key).collect();
        gone.sort_unstable();
        for key in gone {
            self.changed += 1;
            self.insert.execute(params![self.cycle.0, kind, key, None::<Hash>, false, None::<String>])?;
        }
        Ok(())
    }
}

fn last(t: &Transaction<'_>, kind: &str) -> rusqlite::Result<Last> {
    t.prepare("SELECT key, hash, kept, max(id) FROM facts WHERE kind = ?1 GROUP BY key")?
        .query_map([kind], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
        .collect()
}

fn why(t: &Transaction<'_>, cycle: CycleId) -> rusqlite::Result<Forgotten> {
    let is = |sql| t.query_row(sql, [cycle.0], |row| row.get::<_, bool>(0));
    Ok(if is("SELECT coalesce(max(before), 0) > ?1 FROM prunings")? {
        Forgotten::Pruned
    } else if is("SELECT EXISTS (SELECT 1 FROM plans WHERE cycle = ?1)")? {
        Forgotten::Earlier
    } else {
        Forgotten::NoPlan
    })
}

/// `None` where only hashes were kept.
fn read_back(
    t: &Transaction<'_>,
    cycle: CycleId,
    now: Timestamp,
    reading: Reading,
    settings: Settings,
) -> rusqlite::Result<Option<Knowledge>> {
    let (mut people, mut groups) = (Vec::new(), Vec::new());
    let (mut accounts, mut links) = (Vec::new(), Links::new());
    let mut query = t.prepare(
        "SELECT kind, key, hash IS NULL AS gone, content, max(id) FROM facts WHERE cycle <= ?1 GROUP BY kind, key",
    )?;
    let mut rows = query.query([cycle.0])?;
    while let Some(row) = rows.next()? {
        if row.get("gone")? {
            continue;
        }
        let Some(content) = row.get::<_, Option<String>>("content")? else { return Ok(None) };
        match row.get::<_, String>("kind")?.as_str() {
            "person" => people.push(content),
            "group" => groups.push(content),
            "account" => accounts.push(column::json::<Account>(row, 3)?),
            _ => {
                links.insert(column::parsed(row, 1)?, column::json::<Link>(row, 3)?);
            }
        }
    }
    let (attributes, marked) = (reading.attributes.clone(), reading.marked.clone());
    let snapshot =
        Snapshot::of_records(reading, people.iter().map(String::as_str), groups.iter().map(String::as_str))
            .map_err(|error| column::wrong(3, error))?;
    Ok(Some(Knowledge { now, snapshot, attributes, marked, accounts, links, settings }))
}

fn text(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

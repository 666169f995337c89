use std::collections::BTreeMap;

use ldap3::asn1::parse_tag;
use ldap3::controls::{Control, ControlType, MakeCritical as _, PagedResults};
use ldap3::{Ldap, ResultEntry, Scope};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::entry::{More, received, references};
use super::explain::{Reason, error, refusal};
use crate::config::LdapSource;
use crate::directory::entries::{Entries, Slot};
use crate::directory::error::Error;
use crate::directory::read::TOLD;
use crate::directory::scope::Identities;
use crate::directory::snapshot::Entry;

/// What to search for, and how to say it in an error.
#[derive(Clone)]
pub(super) struct Search {
    pub(super) doing: String,
    pub(super) base: String,
    pub(super) filter: String,
    pub(super) attributes: Vec<String>,
}

#[derive(Default)]
pub(super) struct Found {
    pub(super) entries: Entries,
    pub(super) identities: Identities,
    /// Continuation references (RFC 4511 section 4.5.3).
    pub(super) references: Vec<String>,
    /// Why some entries or values may be missing.
    pub(super) doubts: Vec<String>,
}

/// Entries that are handed on at once: to wake whoever stores them takes as long as to store a few.
const BATCH: usize = 64;
/// Batches that wait to be stored, at most.
const WAITING: usize = 32;

/// Searches a subtree page by page (RFC 2696) to its end. The server's limits on size and time leave what came before
/// them, with a doubt; everything else that ends a search early is an error, a lost connection as well.
///
/// Reading goes on, into the next page as well, while what came is stored.
pub(super) async fn search(
    ldap: &mut Ldap,
    source: &LdapSource,
    search: &Search,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<Found, Error> {
    let mut found = Found::default();
    let mut unfinished: Vec<(Slot, Entry, More)> = Vec::new();
    let (sender, mut batches) = mpsc::channel(WAITING);
    let pages = Pages {
        ldap: ldap.clone(),
        source: source.clone(),
        search: search.clone(),
        sender,
        batch: Vec::new(),
        references: Vec::new(),
    };
    // Ends with this search, however that ends.
    let mut reading = JoinSet::new();
    reading.spawn(pages.read());
    while let Some(batch) = batches.recv().await {
        for message in batch {
            let received = received(&message)
                .ok_or_else(|| Reason::new("an entry cannot be decoded").doing(search.doing.clone()))?;
            let guid = received.object_guid();
            found.identities.note(received.dn, guid);
            let slot = found.entries.place_parts(received.dn, guid, &received.attributes);
            if !received.more.is_empty() {
                unfinished.push((slot, received.to_entry(), received.more));
            }
            if found.entries.len().is_multiple_of(TOLD) {
                progress(found.entries.len());
            }
        }
    }
    progress(found.entries.len());
    let Some(Ok(ended)) = reading.join_next().await else {
        return Err(Reason::new("the reading was broken off").doing(search.doing.clone()));
    };
    let (references, doubt) = ended?;
    found.references = references;
    found.doubts.extend(doubt);
    for (slot, mut entry, more) in unfinished {
        // Groups that somebody is in would be among the values.
        complete(ldap, source, &mut entry, more)
            .await
            .map_err(|why| Reason::new(why).elsewhere().doing(search.doing.clone()))?;
        found.entries.set(slot, &entry);
    }
    Ok(found)
}

/// The same for a few objects, whose absence is to mean something: what may not be whole is an error.
pub(super) async fn search_whole(
    ldap: &mut Ldap,
    source: &LdapSource,
    wanted: &Search,
) -> Result<Entries, Error> {
    let found = search(ldap, source, wanted, &|_| ()).await?;
    match found.doubts.into_iter().next() {
        Some(why) => Err(Reason::new(why).doing(wanted.doing.clone())),
        None => Ok(found.entries),
    }
}

enum End {
    /// The cookie of the next page; empty at the last one.
    Page(Vec<u8>),
    /// A limit of the server ended the search.
    Limit(String),
}

/// A search under way.
struct Pages {
    ldap: Ldap,
    source: LdapSource,
    search: Search,
    sender: mpsc::Sender<Vec<ResultEntry>>,
    batch: Vec<ResultEntry>,
    references: Vec<String>,
}

impl Pages {
    /// Reads page after page. The continuation references, and why some entries may be missing, when they may.
    async fn read(mut self) -> Result<(Vec<String>, Option<String>), Error> {
        let mut cookie = Vec::new();
        loop {
            let (any, end) = self.page(cookie.clone()).await?;
            let next = match end {
                End::Page(next) => next,
                End::Limit(why) => return Ok((self.references, Some(why))),
            };
            if next.is_empty() {
                return Ok((self.references, None));
            }
            if next == cookie && !any {
                return Err(
                    Reason::new("the server gives empty pages without an end").doing(self.search.doing)
                );
            }
            cookie = next;
        }
    }

    /// Whether the page has any entry, and how it ended.
    async fn page(&mut self, cookie: Vec<u8>) -> Result<(bool, End), Error> {
        let (source, Search { doing, base, filter, attributes }) = (&self.source, &self.search);
        let broken = |e: &ldap3::LdapError| error(e, source).in_search(filter).doing(doing.clone());
        let control = PagedResults { size: source.page_size, cookie }.critical();
        let mut stream = self
            .ldap
            .with_timeout(source.timeout)
            .with_controls(control)
            .streaming_search(base, Scope::Subtree, filter, attributes)
            .await
            .map_err(|e| broken(&e))?;
        let mut any = false;
        while let Some(message) = stream.next().await.map_err(|e| broken(&e))? {
            if message.is_intermediate() {
                continue;
            }
            if message.is_ref() {
                self.references.extend(references(&message));
                continue;
            }
            any = true;
            self.batch.push(message);
            if self.batch.len() == BATCH {
                hand_on(&self.sender, &mut self.batch).await;
            }
        }
        hand_on(&self.sender, &mut self.batch).await;
        let answer = stream.finish().await;
        let end = match answer.rc {
            0 => next_cookie(&answer.ctrls).map_or_else(
                || End::Limit("the server did not say whether there are more pages".to_owned()),
                End::Page,
            ),
            // timeLimitExceeded, sizeLimitExceeded, adminLimitExceeded (RFC 4511 appendix A)
            3 | 4 | 11 if any => End::Limit(refusal(&answer, source).why),
            _ => return Err(refusal(&answer, source).in_search(filter).doing(doing.clone())),
        };
        Ok((any, end))
    }
}

async fn hand_on(sender: &mpsc::Sender<Vec<ResultEntry>>, batch: &mut Vec<ResultEntry>) {
    let batch = std::mem::replace(batch, Vec::with_capacity(BATCH));
    // Nobody listens any more when the search was given up, and this ends with it.
    let _ = sender.send(batch).await;
}

/// The cookie of a paged results control (RFC 2696 section 2), `None` without a valid one.
fn next_cookie(controls: &[Control]) -> Option<Vec<u8>> {
    let raw = controls.iter().find_map(|Control(kind, raw)| {
        matches!(kind, Some(ControlType::PagedResults)).then_some(raw.val.as_ref())
    })?;
    let (_, value) = parse_tag(raw?).ok()?;
    value.expect_constructed()?.into_iter().nth(1)?.expect_primitive()
}

/// Asks for the values that the server kept back, range by range.
pub(super) async fn complete(
    ldap: &mut Ldap,
    source: &LdapSource,
    entry: &mut Entry,
    more: More,
) -> Result<(), String> {
    let mut open: BTreeMap<String, u64> = more.into_iter().collect();
    while let Some((name, from)) = open.pop_first() {
        let lost = |why: String| format!("of `{}` not all values of `{name}` could be read: {why}", entry.dn);
        let wanted = [format!("{name};range={from}-*")];
        let search =
            ldap.with_timeout(source.timeout).search(&entry.dn, Scope::Base, "(objectClass=*)", &wanted);
        let answer = match search.await.map(|answer| answer.success()) {
            Ok(Ok((entries, _))) => entries,
            Ok(Err(e)) | Err(e) => return Err(lost(error(&e, source).why)),
        };
        let part = answer.iter().find_map(received).map(|part| (part.to_entry(), part.more));
        let Some((part, more)) = part.filter(|(part, _)| !part.values(&name).is_empty()) else {
            return Err(lost("the server gave none".to_owned()));
        };
        part.values(&name).iter().for_each(|value| entry.push(&name, value.clone()));
        open.extend(more.into_iter().filter(|(_, next)| *next > from));
    }
    Ok(())
}

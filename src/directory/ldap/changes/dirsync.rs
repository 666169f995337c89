//! The DirSync control (MS-ADTS 3.1.1.3.4.1.3).

use bytes::BytesMut;
use ldap3::Scope;
use ldap3::asn1::{ASNTag as _, Integer, OctetString, Sequence, Tag, parse_tag, write};
use ldap3::controls::{Control, RawControl};

use super::notice::{Notices, note};
use crate::config::LdapSource;
use crate::directory::error::Error;
use crate::directory::ldap::connect::Connection;
use crate::directory::ldap::entry::received;
use crate::directory::ldap::explain::{Reason, error, refusal};

const DIRSYNC: &str = "1.2.840.113556.1.4.841";

/// DNs come with the objectGUID, which stays when an object is renamed (MS-ADTS 3.1.1.3.4.1.5).
const EXTENDED_DN: &str = "1.2.840.113556.1.4.529";

/// LDAP_DIRSYNC_INCREMENTAL_VALUES, 0x80000000 as 32 bits with a sign. Without LDAP_DIRSYNC_OBJECT_SECURITY, which
/// would be granted to anybody and keep silent about what was deleted.
const FLAGS: i64 = i32::MIN as i64;

/// A page's size in bytes, about.
const PAGE: i64 = 1 << 20;

/// Of the page that is to show whether there is anything at all.
const SMALL_PAGE: i64 = 1000;

/// No object has it, so that nothing comes but the cookie.
const NOTHING: &str = r"(objectGUID=\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00)";

/// What always tells of a change, beside the attributes asked for: a new place or name, another membership, a
/// deletion, a creation.
const ALWAYS: [&str; 5] = ["name", "member", "isDeleted", "whenCreated", "objectClass"];

/// What changed, and where to go on.
#[derive(Debug)]
pub(super) struct Answer {
    /// `Err` says in words why the notices are of no use.
    pub(super) notices: Result<Notices, String>,
    pub(super) cookie: Vec<u8>,
}

struct Request<'a> {
    root: &'a str,
    filter: &'a str,
    attributes: &'a [String],
    size: i64,
}

/// A cookie that stands for now: it is a place in the order of changes, and does not depend on the filter. `None` when
/// no object shows that was deleted, so that one that will be might not show either: Active Directory does not ask
/// what the account may see, Samba does.
///
/// # Errors
/// When the server does not know DirSync, or does not let the account use it.
pub(in crate::directory::ldap) async fn start(
    connection: &mut Connection,
    source: &LdapSource,
    root: &str,
) -> Result<Option<Vec<u8>>, Error> {
    let attributes = ["name", "isDeleted"].map(str::to_owned);
    let deleted = Request { root, filter: "(isDeleted=TRUE)", attributes: &attributes, size: SMALL_PAGE };
    let (mut cookie, mut notices) = (Vec::new(), Ok(Notices::new()));
    loop {
        let more = page(connection, source, &deleted, &mut cookie, &mut notices).await?;
        // The container of the deleted counts as deleted, and shows to everybody.
        let shown =
            |notices: &Notices| notices.values().any(|one| one.deleted && one.dn.contains("\\0ADEL:"));
        if notices.as_ref().is_ok_and(shown) {
            break;
        }
        if !more {
            return Ok(None);
        }
    }
    let nothing = Request { root, filter: NOTHING, attributes: &attributes, size: PAGE };
    let mut cookie = Vec::new();
    while page(connection, source, &nothing, &mut cookie, &mut notices).await? {}
    Ok(Some(cookie))
}

/// What changed below the root of the naming context since the cookie: everything, whatever kind of object it is, as
/// people may be below any. `attributes` in any case.
///
/// # Errors
/// When the server refuses, or breaks off.
pub(super) async fn changes<'a>(
    connection: &mut Connection,
    source: &LdapSource,
    root: &str,
    attributes: impl Iterator<Item = &'a String>,
    cookie: Vec<u8>,
) -> Result<Answer, Error> {
    let mut names: Vec<String> = ALWAYS.map(str::to_owned).to_vec();
    names.extend(
        attributes.filter(|name| !ALWAYS.iter().any(|known| known.eq_ignore_ascii_case(name))).cloned(),
    );
    let request = Request { root, filter: "(objectClass=*)", attributes: &names, size: PAGE };
    let (mut cookie, mut notices) = (cookie, Ok(Notices::new()));
    while page(connection, source, &request, &mut cookie, &mut notices).await? {}
    Ok(Answer { notices, cookie })
}

/// Whether there are more pages, behind the cookie that then stands in the place of the one given.
async fn page(
    connection: &mut Connection,
    source: &LdapSource,
    request: &Request<'_>,
    cookie: &mut Vec<u8>,
    notices: &mut Result<Notices, String>,
) -> Result<bool, Error> {
    let doing = format!("ask `{}` what changed", connection.url);
    let mut any = false;
    let mut stream = connection
        .ldap
        .with_timeout(source.timeout)
        .with_controls(controls(request.size, cookie))
        .streaming_search(request.root, Scope::Subtree, request.filter, request.attributes)
        .await
        .map_err(|e| error(&e, source).doing(doing.clone()))?;
    while let Some(message) = stream.next().await.map_err(|e| error(&e, source).doing(doing.clone()))? {
        // Of references there are those to other naming contexts, which are none of ours.
        if message.is_intermediate() || message.is_ref() {
            continue;
        }
        any = true;
        let received = received(&message)
            .ok_or_else(|| Reason::new("an entry cannot be decoded").doing(doing.clone()))?;
        if let Ok(so_far) = notices
            && let Err(why) = note(&received.to_entry(), &received.more, so_far)
        {
            *notices = Err(why);
        }
    }
    let answer = stream.finish().await;
    if answer.rc != 0 {
        return Err(refusal(&answer, source).doing(doing));
    }
    let Some((more, next)) = answered(&answer.ctrls) else {
        return Err(Reason::new("the server gives no cookie").doing(doing));
    };
    if more && !any && next == *cookie {
        return Err(Reason::new("the server gives empty pages without an end").doing(doing));
    }
    *cookie = next;
    Ok(more)
}

fn controls(size: i64, cookie: &[u8]) -> Vec<RawControl> {
    let integer = |inner| Tag::Integer(Integer { inner, ..Default::default() });
    let sequence = |inner| Tag::Sequence(Sequence { inner, ..Default::default() });
    let cookie = Tag::OctetString(OctetString { inner: cookie.to_vec(), ..Default::default() });
    [
        (DIRSYNC, sequence(vec![integer(FLAGS), integer(size), cookie])),
        (EXTENDED_DN, sequence(vec![integer(1)])),
    ]
    .into_iter()
    .map(|(ctype, value)| {
        let mut octets = BytesMut::new();
        // Writes to memory, which does not fail.
        let _ = write::encode_into(&mut octets, value.into_structure());
        RawControl { ctype: ctype.to_owned(), crit: true, val: Some(octets.to_vec()) }
    })
    .collect()
}

/// Whether there is more, and the next cookie: `SEQUENCE { more INTEGER, unused INTEGER, cookie OCTET STRING }`.
fn answered(controls: &[Control]) -> Option<(bool, Vec<u8>)> {
    let raw = controls.iter().find(|control| control.1.ctype == DIRSYNC)?.1.val.as_ref()?;
    let (_, value) = parse_tag(raw).ok()?;
    let mut parts = value.expect_constructed()?.into_iter();
    let more = parts.next()?.expect_primitive()?.iter().any(|byte| *byte != 0);
    let cookie = parts.nth(1)?.expect_primitive()?;
    Some((more, cookie))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_controls_are_written_as_the_standard_has_them() {
        let written: Vec<_> =
            controls(PAGE, &[7, 8]).into_iter().map(|control| control.val.unwrap()).collect();
        let dirsync = [0x30, 15, 2, 4, 0x80, 0, 0, 0, 2, 3, 0x10, 0, 0, 4, 2, 7, 8];
        assert_eq!(written, [&dirsync[..], &[0x30, 3, 2, 1, 1]]);
    }

    #[test]
    fn an_answer_says_whether_there_is_more() {
        let answer = |value: &[u8]| {
            let raw = RawControl { ctype: DIRSYNC.to_owned(), crit: false, val: Some(value.to_vec()) };
            answered(&[Control(None, raw)])
        };
        assert_eq!(answer(&[0x30, 10, 2, 1, 1, 2, 1, 0, 4, 2, 7, 8]), Some((true, vec![7, 8])));
        assert_eq!(answer(&[0x30, 8, 2, 1, 0, 2, 1, 0, 4, 0]), Some((false, vec![])));
        assert_eq!(answer(&[0x30, 3, 2, 1, 0]), None);
        assert_eq!(answer(&[0x04, 0]), None);
        assert_eq!(answered(&[]), None);
    }
}

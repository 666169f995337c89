//! What the schema says of attributes: whether a change of one shows as a change of the object.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::LdapSource;
use crate::directory::error::Error;
use crate::directory::ldap::connect::Connection;
use crate::directory::ldap::filter;
use crate::directory::ldap::search::{Search, search};
use crate::directory::mark::Kinds;
use crate::directory::query::{OF_GROUPS, Query};
use crate::directory::snapshot::Entry;

/// FLAG_ATTR_NOT_REPLICATED and FLAG_ATTR_IS_CONSTRUCTED (MS-ADTS 2.2.10): no stamp tells of their changes.
const UNSTAMPED: i64 = 0x1 | 0x4;

/// Those that have no stamp and whose changes show all the same: in `name`, never, and in the groups' `member`.
const NOTICED: [&str; 3] = ["distinguishedname", "objectguid", "memberof"];

/// DNs of what is not renamed: of the object itself, and of the schema.
const NOT_REFERENCES: [&str; 2] = ["distinguishedname", "objectcategory"];

/// Object(DS-DN), Object(DN-Binary), Object(DN-String) (MS-ADTS 3.1.1.2.2.2).
const DN_SYNTAXES: [&str; 3] = ["2.5.5.1", "2.5.5.7", "2.5.5.14"];

/// # Errors
/// `Ok(Err(..))` says in words which attribute forbids incremental reading.
pub(super) async fn kinds(
    connection: &mut Connection,
    source: &LdapSource,
    query: &Query,
) -> Result<Result<Kinds, String>, Error> {
    let names = match names(source, query) {
        Ok(names) => names,
        Err(why) => return Ok(Err(why)),
    };
    let Some(configuration) = connection.root.configuration_naming_context.clone() else {
        return Ok(Err("the server does not say where its schema is".to_owned()));
    };
    let base = format!("CN=Schema,{configuration}");
    let mut found = Vec::new();
    for batch in names.iter().collect::<Vec<_>>().chunks(filter::BATCH) {
        let any: String =
            batch.iter().map(|name| format!("(lDAPDisplayName={})", filter::escaped(name))).collect();
        let wanted = Search {
            doing: format!("read the schema from `{}`", connection.url),
            base: base.clone(),
            filter: format!("(&(objectClass=attributeSchema)(|{any}))"),
            attributes: ["lDAPDisplayName", "linkID", "systemFlags", "attributeSyntax"]
                .map(str::to_owned)
                .to_vec(),
        };
        let answer = search(&mut connection.ldap, source, &wanted, &|_| ()).await?;
        if let Some(why) = answer.doubts.into_iter().next() {
            return Ok(Err(format!("the schema could not be read whole: {why}")));
        }
        found.extend(answer.entries.iter().map(|entry| entry.to_entry()));
    }
    Ok(judge(&names, &found).map(|kinds| Kinds { by_membership: in_filter(source, "memberof"), ..kinds }))
}

/// What is read of people and groups, and what decides whether they are read at all, in lower case.
fn names(source: &LdapSource, query: &Query) -> Result<BTreeSet<String>, String> {
    let without_options = |name: &str| name.split(';').next().unwrap_or_default().to_ascii_lowercase();
    let mut names: BTreeSet<String> = query.names().iter().map(|name| without_options(name)).collect();
    names.extend(OF_GROUPS.map(without_options));
    for (setting, text) in [("user_filter", &source.user_filter), ("group_filter", &source.group_filter)] {
        names.extend(filter::attributes(text).map_err(|why| format!("in `{setting}`, {why}"))?);
    }
    Ok(names)
}

fn in_filter(source: &LdapSource, name: &str) -> bool {
    [&source.user_filter, &source.group_filter]
        .into_iter()
        .any(|text| filter::attributes(text).is_ok_and(|names| names.contains(name)))
}

fn judge(names: &BTreeSet<String>, schema: &[Entry]) -> Result<Kinds, String> {
    let by_name: BTreeMap<String, &Entry> = schema
        .iter()
        .filter_map(|entry| Some((entry.text("lDAPDisplayName")?.to_ascii_lowercase(), entry)))
        .collect();
    let mut kinds = Kinds::default();
    for name in names {
        // What the schema lacks nobody has.
        let Some(entry) = by_name.get(name) else { continue };
        let number = |of| entry.text(of).and_then(|text| text.parse::<i64>().ok());
        let unstamped = number("systemFlags").is_some_and(|flags| flags & UNSTAMPED != 0);
        // A back link has the odd number of its pair (MS-ADTS 3.1.1.1.6).
        let back_link = number("linkID").is_some_and(|link| link % 2 == 1);
        let noticed = NOTICED.contains(&name.as_str());
        if (unstamped || back_link) && !noticed {
            let spelled = entry.text("lDAPDisplayName").unwrap_or(name);
            return Err(format!("changes of `{spelled}` are not told"));
        }
        if !noticed {
            kinds.watched.insert(name.clone());
        }
        let of_dns = entry.text("attributeSyntax").is_some_and(|syntax| DN_SYNTAXES.contains(&syntax));
        if of_dns && !NOT_REFERENCES.contains(&name.as_str()) {
            kinds.references.insert(name.clone());
        }
    }
    if !by_name.contains_key("objectguid") {
        return Err("the server does not show its schema".to_owned());
    }
    Ok(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::snapshot::Raw;

    fn attribute(name: &str, syntax: &str, flags: &str, link: Option<&str>) -> Entry {
        let mut entry = Entry::new(format!("CN={name}"));
        entry.set("lDAPDisplayName", Raw::Text(name.to_owned()));
        entry.set("attributeSyntax", Raw::Text(syntax.to_owned()));
        entry.set("systemFlags", Raw::Text(flags.to_owned()));
        if let Some(link) = link {
            entry.set("linkID", Raw::Text(link.to_owned()));
        }
        entry
    }

    /// As Windows Server and Samba have them.
    fn schema() -> Vec<Entry> {
        vec![
            attribute("objectGUID", "2.5.5.10", "19", None),
            attribute("distinguishedName", "2.5.5.1", "19", None),
            attribute("objectCategory", "2.5.5.1", "18", None),
            attribute("memberOf", "2.5.5.1", "17", Some("3")),
            attribute("manager", "2.5.5.1", "16", Some("42")),
            attribute("directReports", "2.5.5.1", "17", Some("43")),
            attribute("mail", "2.5.5.12", "0", None),
            attribute("lastLogon", "2.5.5.16", "17", None),
            attribute("tokenGroups", "2.5.5.17", "134217748", None),
            attribute("secretary", "2.5.5.1", "-2147483632", None),
        ]
    }

    fn judged(names: &[&str]) -> Result<Kinds, String> {
        judge(&names.iter().map(|name| (*name).to_owned()).collect(), &schema())
    }

    #[test]
    fn references_and_plain_attributes_are_told_apart() {
        let names = [
            "distinguishedname",
            "mail",
            "manager",
            "memberof",
            "objectcategory",
            "objectguid",
            "secretary",
            "typo",
        ];
        let kinds = judged(&names).unwrap();
        let text = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(text(&kinds.watched), "mail manager objectcategory secretary");
        assert_eq!(text(&kinds.references), "manager memberof secretary");
    }

    #[test]
    fn what_changes_without_a_notice_forbids_it() {
        for name in ["lastLogon", "tokenGroups", "directReports"] {
            let why = judged(&[&name.to_ascii_lowercase()]).unwrap_err();
            assert_eq!(why, format!("changes of `{name}` are not told"));
        }
        assert!(judge(&["mail".to_owned()].into(), &[]).is_err());
    }
}

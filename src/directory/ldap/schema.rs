use jiff::Timestamp;
use ldap3::{Scope, SearchResult};

use super::connect::Connection;
use super::entry::received;
use super::explain::{Reason, error};
use super::search::complete;
use crate::config::LdapSource;
use crate::directory::error::Error;
use crate::directory::schema::Schema;

/// Reads the schema that the server's root DSE names (RFC 4512 section 4.2).
///
/// # Errors
/// When the server names none, or does not show all of it.
pub(super) async fn schema(
    connection: &mut Connection,
    source: &LdapSource,
    now: Timestamp,
) -> Result<Schema, Error> {
    let doing = format!("read the schema of `{}`", connection.url);
    let subentry = connection.root.subschema_subentry.clone();
    let subentry = subentry.ok_or_else(|| Reason::new("the server names none").doing(doing.clone()))?;
    // None of them is shown unless it is asked for by its name.
    let attributes = ["attributeTypes", "objectClasses", "dITContentRules"];
    let ldap = &mut connection.ldap;
    let answer =
        ldap.with_timeout(source.timeout).search(&subentry, Scope::Base, "(objectClass=*)", attributes).await;
    let (entries, _) =
        answer.and_then(SearchResult::success).map_err(|e| error(&e, source).doing(doing.clone()))?;
    let received = entries
        .iter()
        .find_map(received)
        .ok_or_else(|| Reason::new("the server does not show it").doing(doing.clone()))?;
    let mut entry = received.to_entry();
    // There are more attribute types than values in one answer.
    complete(ldap, source, &mut entry, received.more)
        .await
        .map_err(|why| Reason::new(why).doing(doing.clone()))?;
    let texts = |name: &str| {
        let values = entry.values(name).iter();
        values.map(|raw| String::from_utf8_lossy(raw.as_bytes()).into_owned()).collect::<Vec<_>>()
    };
    let (types, classes, rules) = (texts("attributeTypes"), texts("objectClasses"), texts("dITContentRules"));
    if types.is_empty() {
        return Err(Reason::new("no attribute is described there").doing(doing));
    }
    let classes = classes.iter().chain(&rules).map(String::as_str);
    Ok(Schema::of(source.servers.to_string(), now, types.iter().map(String::as_str), classes))
}

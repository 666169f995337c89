use ldap3::controls::RawControl;
use ldap3::{Scope, SearchResult};

use crate::config::LdapSource;
use crate::diagnostic::Survey;
use crate::directory::ldap::absent::SHOW_DELETED;
use crate::directory::ldap::changes::start_dirsync;
use crate::directory::ldap::connect::Connection;
use crate::directory::ldap::entry::received;

/// Where a domain's limits stand (MS-ADTS 3.1.1.3.4.6), below the configuration's root.
const POLICY: &str =
    "CN=Default Query Policy,CN=Query-Policies,CN=Directory Service,CN=Windows NT,CN=Services";

/// What the account may do beside reading people, and how the server limits it.
pub(super) async fn ask(survey: &mut Survey, connection: &mut Connection, source: &LdapSource) {
    page_size(survey, connection, source).await;
    let Some(domain) = connection.root.default_naming_context.clone() else { return };
    match start_dirsync(connection, source, &domain).await {
        Ok(_) => survey.fine("changes", "the account may read changes alone (DirSync)"),
        Err(error) => survey.note(
            "changes",
            format!(
                "{error}; they are found by `uSNChanged` instead. For DirSync give the account \
                 `Replicating Directory Changes` on `{domain}`"
            ),
        ),
    }
    deleted(survey, connection, source, &domain).await;
}

async fn page_size(survey: &mut Survey, connection: &mut Connection, source: &LdapSource) {
    let size = source.page_size;
    let unanswered = "the account may not read the server's limits, or there are none; \
                      Active Directory gives 1000 entries a page unless somebody changed it";
    let Some(configuration) = connection.root.configuration_naming_context.clone() else {
        return survey.unanswered("page size", unanswered);
    };
    let policy = format!("{POLICY},{configuration}");
    let found = connection
        .ldap
        .with_timeout(source.timeout)
        .search(&policy, Scope::Base, "(objectClass=*)", ["lDAPAdminLimits"])
        .await
        .and_then(SearchResult::success);
    let limits = found.ok().and_then(|(entries, _)| Some(entries.iter().find_map(received)?.to_entry()));
    let limit = limits.and_then(|policy| {
        policy
            .values("lDAPAdminLimits")
            .iter()
            .filter_map(|raw| std::str::from_utf8(raw.as_bytes()).ok())
            .find_map(|limit| limit.strip_prefix("MaxPageSize=")?.trim().parse::<i32>().ok())
    });
    let Some(limit) = limit.filter(|limit| *limit > 0) else {
        return survey.unanswered("page size", unanswered);
    };
    survey.set("page_size", size.min(limit).to_string(), size.to_string());
    if size > limit {
        survey.note("page size", format!("the server allows {limit} entries a page, not {size}"));
    } else {
        survey.fine("page size", format!("{size} of the {limit} entries a page that the server allows"));
    }
}

async fn deleted(survey: &mut Survey, connection: &mut Connection, source: &LdapSource, domain: &str) {
    let control = RawControl { ctype: SHOW_DELETED.to_owned(), crit: true, val: None };
    let container = format!("CN=Deleted Objects,{domain}");
    let found = connection
        .ldap
        .with_timeout(source.timeout)
        .with_controls(control)
        .with_search_options(ldap3::SearchOptions::new().sizelimit(1))
        .search(&container, Scope::OneLevel, "(isDeleted=TRUE)", ["objectGUID"])
        .await;
    let question = "deleted objects";
    match found {
        Ok(SearchResult(entries, _)) if !entries.is_empty() => {
            survey.fine(question, "the account may see what was deleted");
        }
        Ok(SearchResult(_, answer)) if answer.rc == 0 => survey.unanswered(
            question,
            "none is shown: there is none, or the account may not see them; whoever is deleted is told \
             from their being nowhere",
        ),
        _ => survey.note(
            question,
            "the account may not see them; whoever is deleted is told from their being nowhere",
        ),
    }
}

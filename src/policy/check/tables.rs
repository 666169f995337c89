use std::collections::BTreeMap;

use crate::diagnostic::Diagnostics;
use crate::policy::fault::diagnostic;
use crate::policy::host::table::WORD;
use crate::policy::parse::Parsed;
use crate::policy::tables::Tables;

/// Look-up tables that cannot be read, and those that scripts name and are not there, or have no such column (`P0109`).
pub(crate) fn tables(scripts: &BTreeMap<String, Parsed>, tables: &Tables, findings: &mut Diagnostics) {
    tables.findings(findings);
    for script in scripts.values().filter(|script| !script.names.functions.contains_key(WORD)) {
        for named in &script.names.tables {
            if findings.is_full() {
                return;
            }
            let said = |message: &str, position, words: Option<&str>| {
                diagnostic("P0109", message, &script.path, position, words, scripts)
            };
            let Some((file, at)) = &named.file else {
                let message = "the name of a table is put together while the script runs";
                let finding = said(message, named.position, Some(WORD));
                findings.push(finding.hint("write it out, so that it can be checked before"));
                continue;
            };
            let column = named.column.as_ref().map(|(column, _)| column.as_str());
            let Err(mistake) = tables.get(file, column) else { continue };
            let position = match &named.column {
                Some((_, at)) if mistake.is_column => *at,
                _ => *at,
            };
            let mut finding = said(&mistake.message, position, None);
            finding.hint = mistake.hint;
            findings.push(finding);
        }
    }
}

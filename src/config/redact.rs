use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::DRIFT_ATTRIBUTES;
use crate::diagnostic::closest;

/// What stands in the place of a secret that was written as text. Never a valid value of anything.
pub(super) const HIDDEN: &str = "(hidden)";

/// Words in the names of settings whose text nobody should see.
const SECRET_WORDS: [&str; 5] = ["password", "passwd", "secret", "token", "key"];

/// The text of `document` with every secret in it replaced, so that nothing made from it (a message, a line shown
/// around a finding) can tell one. Lines keep their numbers.
pub(super) fn redact(text: &str, document: &DeTable<'_>) -> String {
    let mut spans = Vec::new();
    collect(text, document, &[], false, &mut spans);
    spans.sort_by_key(|span| span.start);
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for span in spans {
        out.push_str(text.get(end..span.start).unwrap_or_default());
        let lines = text.get(span.clone()).map_or(0, |secret| secret.matches('\n').count());
        let quote = if lines > 0 { "'''" } else { "'" };
        out.push_str(&format!("{quote}{HIDDEN}{}{quote}", "\n".repeat(lines)));
        end = span.end;
    }
    out.push_str(text.get(end..).unwrap_or_default());
    out
}

/// The same for a text that does not parse: where strings begin and end is in doubt, so whole lines go, from one that
/// may hold a secret to the next setting. Every byte keeps its place.
pub(super) fn redact_broken(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut hiding, mut to_the_end, mut open) = (false, false, 0_isize);
    for line in text.split_inclusive('\n') {
        let begins = names_secret(line) || looks_secret(line);
        let start = line.trim_start().trim_start_matches('[');
        let setting = start.split_once(['=', ']']).is_some_and(|(name, _)| is_key(name));
        hiding = to_the_end || begins || (hiding && (open > 0 || !setting));
        to_the_end |= begins && (line.contains("'''") || line.contains("\"\"\""));
        open += if hiding { brackets(line) } else { -open };
        let shown = match line.split_once('=') {
            _ if !hiding => line.len(),
            Some((name, _)) if begins && is_key(name.trim_start()) => name.len(),
            _ => 0,
        };
        let (shown, hidden) = line.split_at(shown);
        out.push_str(shown);
        out.extend(hidden.bytes().map(|byte| if byte == b'\n' { '\n' } else { '*' }));
    }
    out
}

/// `secret`: the table stands under a name that speaks of one, so only what says where it is may be seen.
fn collect(text: &str, table: &DeTable<'_>, within: &[&str], secret: bool, spans: &mut Vec<Range<usize>>) {
    for (key, value) in table {
        // Few settings need quotes; a list of a secret, torn from its name, reads as a section in quotes.
        let quoted = text.get(key.span()).is_some_and(|name| name.starts_with(['"', '\'']));
        let name = key.get_ref().as_ref();
        let plain = name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        if quoted && !plain && !DRIFT_ATTRIBUTES.contains(&name) && within != ["guard", "role"] {
            spans.push(key.span());
        }
        let place = matches!(key.get_ref().as_ref(), "env" | "file" | "credential");
        let path = [within, &[name]].concat();
        collect_value(text, value, &path, names_secret(name) || (secret && !place), spans);
    }
}

fn collect_value(
    text: &str,
    value: &Spanned<DeValue<'_>>,
    path: &[&str],
    secret: bool,
    spans: &mut Vec<Range<usize>>,
) {
    match value.get_ref() {
        DeValue::String(string) if secret || looks_secret(string) => spans.push(value.span()),
        DeValue::Array(items) => items.iter().for_each(|item| collect_value(text, item, path, secret, spans)),
        DeValue::Table(table) => collect(text, table, path, secret, spans),
        _ => {}
    }
}

/// How many brackets a line leaves open.
fn brackets(line: &str) -> isize {
    line.chars().map(|c| if "[{".contains(c) { 1 } else { -isize::from("]}".contains(c)) }).sum()
}

fn is_key(text: &str) -> bool {
    let name = text.trim_end();
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// A word that speaks of a secret, or a slip of the hand away from one.
fn names_secret(text: &str) -> bool {
    let lower = text.to_lowercase();
    SECRET_WORDS.iter().any(|word| lower.contains(word))
        || lower.split(|c: char| !c.is_alphanumeric()).any(|word| closest(word, SECRET_WORDS).is_some())
}

/// A Klaviyo key, wherever it was put, and a URL with a password in it.
fn looks_secret(text: &str) -> bool {
    let in_url = text.split_once("://").is_some_and(|(_, rest)| rest.contains('@'));
    let key = text.match_indices("pk_").any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        !before.ends_with(char::is_alphanumeric)
    });
    in_url || key || text.to_lowercase().contains("klaviyo-api-key ")
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::{redact, redact_broken};

    #[test]
    fn hides_secrets_and_nothing_else() {
        let text = "[target]\nbase_url = \"https://u:hunter2@x\"\nkey = \"pk_1\" # why\npage_size = 3\n\
                    other = { env = \"pk_2\" }\n[directory]\npassword = '''\nhunter2\n'''\n\
                    key = { env = \"NAME\", text = \"hunter2\" }\n";
        let shown = redact(text, DeTable::parse(text).unwrap().get_ref());
        insta::assert_snapshot!(shown, @r#"
        [target]
        base_url = '(hidden)'
        key = '(hidden)' # why
        page_size = 3
        other = { env = '(hidden)' }
        [directory]
        password = '''(hidden)

        '''
        key = { env = "NAME", text = '(hidden)' }
        "#);
    }

    #[test]
    fn hides_whole_lines_where_the_text_does_not_parse() {
        let text = "[target]\nkey = \"pk_é\nbase_url = \"https://x\"\n{ password = \"hunter2\" }\npk_3\n";
        let shown = redact_broken(text);
        assert_eq!(shown.len(), text.len());
        insta::assert_snapshot!(shown, @r#"
        [target]
        key ********
        base_url = "https://x"
        ************************
        ****
        "#);
    }
}

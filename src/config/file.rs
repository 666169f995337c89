use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Secret;
use super::redact::HIDDEN;
use crate::diagnostic::{Diagnostic, Diagnostics, closest};

/// What is wrong with one configuration text; collected, so that one look finds everything.
pub(super) struct Findings {
    /// As the user wrote it.
    path: String,
    /// Without its secrets.
    source: Arc<str>,
    list: RefCell<Vec<Diagnostic>>,
}

impl Findings {
    pub(super) fn new(path: String, source: Arc<str>) -> Self {
        Self { path, source, list: RefCell::default() }
    }

    pub(super) fn push(
        &self,
        code: &'static str,
        message: impl Into<String>,
        span: Range<usize>,
        hint: &str,
    ) {
        let mut diagnostic = Diagnostic::error(code, message);
        // What a section lacks that is not written has no place in the text.
        if span != NOWHERE {
            diagnostic = diagnostic.at(&self.path, Arc::clone(&self.source), span);
        }
        if !hint.is_empty() {
            diagnostic = diagnostic.hint(hint);
        }
        self.list.borrow_mut().push(diagnostic);
    }

    /// In the order of the text.
    pub(super) fn into_diagnostics(self) -> Diagnostics {
        let mut list = self.list.into_inner();
        list.sort_by_key(|diagnostic| diagnostic.label.as_ref().map(|label| label.span.start));
        Diagnostics(list)
    }
}

/// The span of a section that is not written.
const NOWHERE: Range<usize> = 0..0;

/// A setting whose values are a few words.
pub(super) trait Choice: Copy + Default + 'static {
    const ALL: &'static [(&'static str, Self)];
}

/// One table of the file as written. Each setting is asked for once; [`Section::finish`] names those that nobody
/// asked for.
pub(super) struct Section<'a> {
    /// As in `[name]`; empty for the whole file.
    name: String,
    table: Option<&'a DeTable<'a>>,
    span: Range<usize>,
    known: RefCell<BTreeSet<&'static str>>,
    findings: &'a Findings,
}

impl<'a> Section<'a> {
    pub(super) fn root(table: &'a DeTable<'a>, findings: &'a Findings) -> Self {
        Self { name: String::new(), table: Some(table), span: NOWHERE, known: RefCell::default(), findings }
    }

    /// Whether the file has it at all.
    pub(super) fn is_there(&self) -> bool {
        self.table.is_some()
    }

    pub(super) fn reject(
        &self,
        code: &'static str,
        message: impl Into<String>,
        span: Range<usize>,
        hint: &str,
    ) {
        self.findings.push(code, message, span, hint);
    }

    /// The text between two places of the file.
    pub(super) fn source(&self, span: Range<usize>) -> &str {
        self.findings.source.get(span).unwrap_or_default()
    }

    /// Where the value of a key stands, or the section where the key is not written.
    pub(super) fn place(&self, key: &str) -> Range<usize> {
        self.table.and_then(|table| table.get(key)).map_or(self.span.clone(), Spanned::span)
    }

    pub(super) fn section(&self, key: &'static str) -> Section<'a> {
        let name = if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
        let value = self.value(key);
        let table = value.and_then(|value| match value.get_ref() {
            DeValue::Table(table) => Some(table),
            other => {
                self.wrong_type(key, "table", other, value.span());
                None
            }
        });
        let span = value.map_or(NOWHERE, Spanned::span);
        Section { name, table, span, known: RefCell::default(), findings: self.findings }
    }

    /// Every key of a section whose names are the user's own, each a section.
    pub(super) fn sections(&self) -> Vec<(String, Section<'a>)> {
        let mut found = Vec::new();
        for (key, value) in self.table.into_iter().flatten() {
            let name = key.get_ref().to_string();
            let table = value.get_ref().as_table();
            if table.is_none() {
                self.wrong_type(&name, "table", value.get_ref(), value.span());
            }
            let section = Section {
                name: format!("{}.{name}", self.name),
                table,
                span: value.span(),
                known: RefCell::default(),
                findings: self.findings,
            };
            found.push((name, section));
        }
        found
    }

    pub(super) fn text(&self, key: &'static str) -> Option<Spanned<String>> {
        self.text_of(key, self.value(key)?)
    }

    fn text_of(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Spanned<String>> {
        let DeValue::String(text) = value.get_ref() else {
            self.wrong_type(key, "string", value.get_ref(), value.span());
            return None;
        };
        if text.as_ref() == HIDDEN {
            let message = format!("`{key}` holds what looks like a secret");
            self.reject("C0007", message, value.span(), SECRET_HINT);
            return None;
        }
        if text.trim().is_empty() {
            self.reject("C0008", format!("`{key}` is empty"), value.span(), "");
            return None;
        }
        Some(Spanned::new(value.span(), text.trim().to_owned()))
    }

    /// As [`Section::text`], and a finding where the key is missing.
    pub(super) fn required(&self, key: &'static str, hint: &str) -> Option<Spanned<String>> {
        self.require(key, hint);
        self.text(key)
    }

    pub(super) fn require(&self, key: &'static str, hint: &str) {
        if self.table.is_some_and(|table| !table.contains_key(key)) {
            let message = format!("[{}] has no `{key}`", self.name);
            self.reject("C0004", message, self.span.clone(), hint);
        }
    }

    /// Whether the key is not written at all.
    pub(super) fn lacks(&self, key: &str) -> bool {
        self.table.is_none_or(|table| !table.contains_key(key))
    }

    pub(super) fn flag(&self, key: &'static str, default: bool) -> bool {
        let Some(value) = self.value(key) else { return default };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong_type(key, "boolean", value.get_ref(), value.span());
            default
        })
    }

    pub(super) fn number<T: TryFrom<i64>>(
        &self,
        key: &'static str,
        range: RangeInclusive<i64>,
        default: T,
    ) -> T {
        let Some(value) = self.value(key) else { return default };
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(key, "integer", value.get_ref(), value.span());
            return default;
        };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        number
            .filter(|number| range.contains(number))
            .and_then(|number| T::try_from(number).ok())
            .unwrap_or_else(|| {
                let message = format!("`{key}` must be from {} to {}", range.start(), range.end());
                self.reject("C0005", message, value.span(), "");
                default
            })
    }

    pub(super) fn duration(&self, key: &'static str, default: Duration) -> Duration {
        let Some(text) = self.text(key) else { return default };
        let hint = "write it as `30s`, `15m` or `1h30m`";
        let Ok(parsed) = text.get_ref().parse::<SignedDuration>() else {
            self.reject("C0006", format!("`{}` is no duration", text.get_ref()), text.span(), hint);
            return default;
        };
        match Duration::try_from(parsed) {
            Ok(duration) if !duration.is_zero() => duration,
            _ => {
                self.reject("C0006", format!("`{key}` must be longer than nothing"), text.span(), hint);
                default
            }
        }
    }

    pub(super) fn duration_up_to(&self, key: &'static str, most: Duration, default: Duration) -> Duration {
        let span = self.text(key).map(|text| text.span());
        let duration = self.duration(key, default);
        match span {
            Some(span) if duration > most => {
                let hint = "write it as `30s`, `15m` or `1h30m`";
                let hours = most.as_secs() / 3600;
                self.reject("C0006", format!("`{key}` must be at most {hours}h"), span, hint);
                default
            }
            _ => duration,
        }
    }

    pub(super) fn choice<T: Choice>(&self, key: &'static str) -> Option<T> {
        self.choice_of(key, &format!("`{key}`"))
    }

    /// As [`Section::choice`], where the values are called something else than the key.
    pub(super) fn choice_of<T: Choice>(&self, key: &'static str, what: &str) -> Option<T> {
        let text = self.text(key)?;
        let found = T::ALL.iter().find(|(name, _)| name == text.get_ref());
        if found.is_none() {
            let names: Vec<String> = T::ALL.iter().map(|(name, _)| format!("`{name}`")).collect();
            let message = format!("`{}` is no {what}", text.get_ref());
            let hint = match closest(text.get_ref(), T::ALL.iter().map(|(name, _)| *name)) {
                Some(near) => format!("did you mean `{near}`? There are {}", names.join(", ")),
                None => format!("there are {}", names.join(", ")),
            };
            self.reject("C0003", message, text.span(), &hint);
        }
        found.map(|(_, value)| *value)
    }

    pub(super) fn list(&self, key: &'static str) -> Vec<Spanned<String>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(key, "array", value.get_ref(), value.span());
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_str() {
                Some(text) => texts.push(Spanned::new(item.span(), text.to_owned())),
                None => self.wrong_type(key, "string", item.get_ref(), item.span()),
            }
        }
        texts
    }

    /// One text, or several in an array.
    pub(super) fn texts(&self, key: &'static str) -> Vec<Spanned<String>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            if !value.get_ref().is_str() {
                self.wrong_type(key, "string or array", value.get_ref(), value.span());
                return Vec::new();
            }
            return self.text(key).into_iter().collect();
        };
        if items.is_empty() {
            self.reject("C0008", format!("`{key}` is empty"), value.span(), "");
        }
        items.iter().filter_map(|item| self.text_of(key, item)).collect()
    }

    /// As [`Section::secret_if_given`], and a finding where the key is missing.
    pub(super) fn secret(&self, key: &'static str, hint: &str) -> Option<Secret> {
        self.require(key, hint);
        self.secret_if_given(key)
    }

    /// Where a secret is: `{ env = ".." }`, `{ file = ".." }` or `{ credential = ".." }`; never the secret itself.
    pub(super) fn secret_if_given(&self, key: &'static str) -> Option<Secret> {
        let value = self.value(key)?;
        if value.get_ref().is_str() {
            self.reject("C0007", format!("`{key}` is written as plain text"), value.span(), SECRET_HINT);
            return None;
        }
        let place = self.section(key);
        if !place.is_there() {
            return None;
        }
        let (env, file, credential) = (place.text("env"), place.text("file"), place.text("credential"));
        let named = place.table.is_some_and(|table| !table.is_empty());
        place.finish();
        match (env, file, credential) {
            (Some(name), None, None) => {
                let text = name.get_ref();
                let is_name = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                if !is_name || text.starts_with(|c: char| c.is_ascii_digit()) {
                    let message = "`env` is no name of an environment variable";
                    self.reject(
                        "C0007",
                        message,
                        name.span(),
                        "letters, digits and `_`, such as KLAVIYO_SCIM_KEY",
                    );
                    return None;
                }
                Some(Secret::Env(name.into_inner()))
            }
            (None, Some(path), None) => Some(Secret::File(path.into_inner().into())),
            (None, None, Some(name)) if !name.get_ref().contains(['/', '\\']) => {
                Some(Secret::Credential(name.into_inner()))
            }
            // What stands there instead was rejected already.
            (None, None, None) if named => None,
            _ => {
                let message = format!("`{key}` must name one place");
                self.reject("C0007", message, value.span(), SECRET_HINT);
                None
            }
        }
    }

    /// Names every key that was never asked for.
    pub(super) fn finish(self) {
        let known = self.known.into_inner();
        for (key, _) in self.table.into_iter().flatten() {
            let name = key.get_ref().as_ref();
            if known.contains(name) {
                continue;
            }
            let place = if self.name.is_empty() { "the file".to_owned() } else { format!("[{}]", self.name) };
            let hint = match closest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                    format!("{place} can have {}", names.join(", "))
                }
            };
            self.findings.push("C0002", format!("`{name}` is no key of {place}"), key.span(), &hint);
        }
    }

    fn value(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.borrow_mut().insert(key);
        self.table?.get(key)
    }

    fn wrong_type(&self, key: &str, expected: &str, found: &DeValue<'_>, span: Range<usize>) {
        let (expected, found) = (with_article(expected), with_article(found.type_str()));
        self.reject("C0009", format!("`{key}` must be {expected}, not {found}"), span, "");
    }
}

const SECRET_HINT: &str = "secrets stay out of this file: write where it is, { env = \"NAME\" }, { file = \"path\" } or \
                           { credential = \"name\" }";

fn with_article(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {word}")
}

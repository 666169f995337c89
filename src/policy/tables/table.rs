use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::mistake::{Broken, Mistake};
use super::read::{Columns, columns};
use crate::config::Sources;
use crate::diagnostic::{Diagnostics, closest};
use crate::policy::excel::{Array, Value};

/// What ends the name of a table.
const ENDING: &str = ".csv";

/// The whole table with the names of its columns above it, as Excel's structured references have it.
const ALL: &str = "#All";
/// The names of the columns alone.
const HEADERS: &str = "#Headers";

/// By path, and the part in lower case.
type Made = HashMap<(String, Option<String>), Arc<Array>>;

/// The look-up tables of one revision. Each array that is asked for is made once.
#[derive(Default)]
pub struct Tables {
    files: BTreeMap<String, File>,
    made: Mutex<Made>,
}

struct File {
    text: Arc<str>,
    columns: Result<Columns, Broken>,
}

impl std::fmt::Debug for Tables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.files.keys()).finish()
    }
}

impl Tables {
    /// Reads every table. What is wrong with one is told when it is asked for, and by [`Tables::findings`].
    pub(crate) fn of(sources: &Sources) -> Self {
        let files = sources
            .files
            .iter()
            .filter(|(path, _)| path.ends_with(ENDING))
            .map(|(path, text)| (path.clone(), File { text: Arc::clone(text), columns: columns(text) }));
        Self { files: files.collect(), made: Mutex::default() }
    }

    /// What is wrong with the files: `P0109`.
    pub(crate) fn findings(&self, findings: &mut Diagnostics) {
        for (path, file) in &self.files {
            if let Err(broken) = &file.columns
                && !findings.is_full()
            {
                findings.push(broken.finding(path, &file.text));
            }
        }
    }

    /// A table without the names of its columns, or what `part` names: a column, `#All`, `#Headers`.
    pub(crate) fn get(&self, path: &str, part: Option<&str>) -> Result<Arc<Array>, Mistake> {
        let path = path.strip_prefix("./").unwrap_or(path);
        let key = (path.to_owned(), part.map(|part| part.trim().to_lowercase()));
        if let Some(made) = self.made().get(&key) {
            return Ok(Arc::clone(made));
        }
        let file = self.files.get(path).ok_or_else(|| self.unknown(path))?;
        let Columns { names, cells } = file.columns.as_ref().map_err(|broken| {
            Mistake::new(format!("`{path}` is no table: {}", broken.message), broken.hint.map(str::to_owned))
        })?;
        let named: Arc<str> = match part {
            None => format!("table({path:?})").into(),
            Some(part) => format!("table({path:?}, {part:?})").into(),
        };
        let heads = || names.iter().map(|name| Value::from(name.trim()));
        let rows = || {
            let count = cells.first().map_or(0, Vec::len);
            (0..count).flat_map(|row| cells.iter().filter_map(move |column| column.get(row).cloned()))
        };
        let array = match part.map(str::trim) {
            None => Array::table(named, names.len(), rows().collect()),
            Some(part) if part.eq_ignore_ascii_case(ALL) => {
                Array::table(named, names.len(), heads().chain(rows()).collect())
            }
            Some(part) if part.eq_ignore_ascii_case(HEADERS) => {
                Array::table(named, names.len(), heads().collect())
            }
            Some(part) => {
                let lower = part.to_lowercase();
                let column = names.iter().position(|name| name.trim().to_lowercase() == lower);
                let cells =
                    column.and_then(|column| cells.get(column)).ok_or_else(|| without(path, part, names))?;
                Array::table(named, 1, cells.clone())
            }
        };
        let array =
            Arc::new(array.map_err(|code| Mistake::new(format!("`{path}` is no table: {code}"), None))?);
        self.made().insert(key, Arc::clone(&array));
        Ok(array)
    }

    fn made(&self) -> std::sync::MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unknown(&self, path: &str) -> Mistake {
        let known = || self.files.keys().map(String::as_str);
        let same = known().find(|known| known.eq_ignore_ascii_case(path));
        let with_ending = format!("{path}{ENDING}");
        let forgotten = known().find(|known| *known == with_ending);
        let hint = match same.or(forgotten).or_else(|| closest(path, known())) {
            Some(near) => format!("did you mean `{near}`?"),
            None if self.files.is_empty() => "the policy folder has no `.csv` file".to_owned(),
            None => "a table is named by its path below the policy folder".to_owned(),
        };
        Mistake::new(format!("there is no table `{path}`"), Some(hint))
    }
}

fn without(path: &str, column: &str, names: &[String]) -> Mistake {
    let names: Vec<&str> = names.iter().map(|name| name.trim()).collect();
    let hint = match closest(column, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let shown: Vec<String> = names.iter().take(8).map(|name| format!("`{name}`")).collect();
            let more = if names.len() > shown.len() { ", .." } else { "" };
            format!("it has {}{more}", shown.join(", "))
        }
    };
    Mistake { is_column: true, ..Mistake::new(format!("`{path}` has no column `{column}`"), Some(hint)) }
}

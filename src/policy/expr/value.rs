use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use rhai::{Array, Dynamic, ImmutableString};

use crate::facts::{self, Facts};
use crate::policy::excel::{self, ErrorCode};
use crate::policy::host::User;
use crate::policy::host::excel::{ExcelError, cells, dynamic_number, is_kept};
use crate::policy::host::table::Table;

/// What an expression is worth, borrowed from the facts or from the tree wherever it can be.
#[derive(Clone, Debug)]
pub(crate) enum Val<'a> {
    /// `()`: blank.
    Unit,
    Bool(bool),
    Int(i64),
    Float(f64),
    Char(char),
    Text(Cow<'a, str>),
    Time(Timestamp),
    /// An index into the people of the facts, and how many managers up from whom the rule is asked about.
    Person(usize, usize),
    List(List<'a>),
    Error(ErrorCode),
    Binary(&'a Arc<[u8]>),
    /// A look-up table, a column of one, or a list that is too large for a script.
    Table(Arc<excel::Array>),
    /// What only Rhai knows what to do with: a map, a function.
    Other(Dynamic),
}

#[derive(Clone, Debug)]
pub(crate) enum List<'a> {
    /// A multi-valued attribute.
    Attribute(&'a [facts::Value]),
    /// Names of groups, by index into the groups of the facts.
    Groups(&'a [usize]),
    Written(&'a [Val<'a>]),
    Made(Vec<Val<'a>>),
}

impl<'a> From<&'a facts::Value> for Val<'a> {
    fn from(value: &'a facts::Value) -> Self {
        match value {
            facts::Value::Text(text) => Self::Text(Cow::Borrowed(text)),
            facts::Value::Integer(number) => Self::Int(*number),
            facts::Value::Boolean(boolean) => Self::Bool(*boolean),
            facts::Value::Time(time) => Self::Time(*time),
            facts::Value::Binary(bytes) => Self::Binary(bytes),
            facts::Value::List(values) => Self::List(List::Attribute(values)),
        }
    }
}

impl<'a> List<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Attribute(values) => values.len(),
            Self::Groups(groups) => groups.len(),
            Self::Written(values) => values.len(),
            Self::Made(values) => values.len(),
        }
    }

    /// The element at an index, blank behind the end.
    pub(crate) fn get(&self, index: usize, facts: &'a Facts) -> Val<'a> {
        match self {
            Self::Attribute(values) => values.get(index).map_or(Val::Unit, Val::from),
            Self::Groups(groups) => groups
                .get(index)
                .and_then(|group| facts.groups.get(*group))
                .map_or(Val::Unit, |group| Val::Text(Cow::Borrowed(&group.name))),
            Self::Written(values) => values.get(index).cloned().unwrap_or(Val::Unit),
            Self::Made(values) => values.get(index).cloned().unwrap_or(Val::Unit),
        }
    }

    pub(crate) fn iter<'l>(&'l self, facts: &'a Facts) -> impl Iterator<Item = Val<'a>> + 'l {
        (0..self.len()).map(move |index| self.get(index, facts))
    }

    /// The bytes of all texts together.
    pub(crate) fn text_length(&self, facts: &'a Facts) -> usize {
        let mut bytes = 0;
        self.any_text(facts, |text| {
            bytes += text.len();
            false
        });
        bytes
    }

    /// Whether any element is a text for which `test` holds; elements that are no text do not count.
    pub(crate) fn any_text(&self, facts: &'a Facts, mut test: impl FnMut(&str) -> bool) -> bool {
        match self {
            Self::Attribute(values) => {
                values.iter().any(|value| matches!(value, facts::Value::Text(text) if test(text)))
            }
            Self::Written(values) => {
                values.iter().any(|value| matches!(value, Val::Text(text) if test(text)))
            }
            Self::Made(values) => values.iter().any(|value| matches!(value, Val::Text(text) if test(text))),
            Self::Groups(groups) => {
                groups.iter().filter_map(|group| facts.groups.get(*group)).any(|group| test(&group.name))
            }
        }
    }
}

/// Where values of people come from, to hand them to Rhai.
#[derive(Clone, Copy)]
pub(crate) struct People<'a> {
    pub(crate) facts: &'a Arc<Facts>,
    pub(crate) user: &'a User,
}

impl<'a> Val<'a> {
    /// As Rhai has it.
    pub(crate) fn to_dynamic(&self, people: People<'a>) -> Dynamic {
        match self {
            Self::Unit => Dynamic::UNIT,
            Self::Bool(boolean) => (*boolean).into(),
            Self::Int(number) => (*number).into(),
            Self::Float(number) => (*number).into(),
            Self::Char(character) => (*character).into(),
            Self::Text(text) => ImmutableString::from(&**text).into(),
            Self::Time(time) => Dynamic::from(*time),
            Self::Person(index, above) => Dynamic::from(people.user.other(*index, *above)),
            Self::List(list) => {
                list.iter(people.facts).map(|value| value.to_dynamic(people)).collect::<Array>().into()
            }
            Self::Error(code) => Dynamic::from(ExcelError(*code)),
            Self::Binary(bytes) => Dynamic::from_blob(bytes.to_vec()),
            Self::Table(table) => Dynamic::from(Table(Arc::clone(table))),
            Self::Other(value) => value.clone(),
        }
    }

    /// What Rhai gave.
    pub(crate) fn from_dynamic(value: &Dynamic) -> Self {
        if value.is_unit() {
            return Self::Unit;
        }
        if let Ok(boolean) = value.as_bool() {
            return Self::Bool(boolean);
        }
        if let Ok(number) = value.as_int() {
            return Self::Int(number);
        }
        if let Ok(number) = value.as_float() {
            return Self::Float(number);
        }
        if let Ok(character) = value.as_char() {
            return Self::Char(character);
        }
        if let Some(text) = value.read_lock::<ImmutableString>() {
            return Self::Text(Cow::Owned(text.to_string()));
        }
        if let Some(time) = value.read_lock::<Timestamp>() {
            return Self::Time(*time);
        }
        if let Some(user) = value.read_lock::<User>() {
            let (index, above) = user.position();
            return Self::Person(index, above);
        }
        if let Some(error) = value.read_lock::<ExcelError>() {
            return Self::Error(error.0);
        }
        if let Some(table) = value.read_lock::<Table>() {
            return Self::Table(Arc::clone(&table.0));
        }
        if let Some(list) = value.read_lock::<Array>() {
            return Self::List(List::Made(list.iter().map(Val::from_dynamic).collect()));
        }
        Self::Other(value.clone())
    }

    /// As an Excel-style function takes it; `None` for what none of them takes.
    pub(crate) fn to_excel(&self, facts: &'a Facts) -> Option<excel::Value> {
        Some(match self {
            Self::Unit => excel::Value::Blank,
            Self::Bool(boolean) => excel::Value::Boolean(*boolean),
            #[expect(clippy::cast_precision_loss, reason = "Excel's numbers are doubles")]
            Self::Int(number) => excel::Value::Number(*number as f64),
            Self::Float(number) => excel::Value::number(*number),
            Self::Char(character) => excel::Value::Text(Arc::from(character.to_string())),
            Self::Text(text) => excel::Value::Text(Arc::from(&**text)),
            Self::Time(time) => excel::Value::Number(excel::serial_of(*time)),
            Self::Error(code) => excel::Value::Error(*code),
            Self::List(list) => {
                let rows: Vec<Vec<Val<'a>>> = list
                    .iter(facts)
                    .map(|element| match element {
                        Val::List(row) => Some(row.iter(facts).collect()),
                        _ => None,
                    })
                    .collect::<Option<Vec<_>>>()
                    .filter(|rows| !rows.is_empty())
                    .unwrap_or_else(|| vec![list.iter(facts).collect()]);
                let cell = |value: &Val<'a>| value.to_excel(facts);
                let rows = rows.iter().map(|row| row.iter().map(cell).collect());
                cells(rows.collect::<Option<Vec<Vec<excel::Value>>>>()?)
            }
            Self::Table(table) => excel::Value::Array(Arc::clone(table)),
            Self::Person(..) | Self::Binary(_) | Self::Other(_) => return None,
        })
    }

    /// What an Excel-style function gave.
    pub(crate) fn from_excel(value: excel::Value) -> Self {
        match value {
            excel::Value::Blank => Self::Unit,
            excel::Value::Text(text) => Self::Text(Cow::Owned(text.to_string())),
            excel::Value::Boolean(boolean) => Self::Bool(boolean),
            excel::Value::Number(number) => Self::from_dynamic(&dynamic_number(number)),
            excel::Value::Error(code) => Self::Error(code),
            excel::Value::Array(array) if is_kept(&array) => Self::Table(array),
            excel::Value::Array(array) => {
                let list = |cells: &[excel::Value]| {
                    Self::List(List::Made(cells.iter().cloned().map(Self::from_excel).collect()))
                };
                if array.rows() == 1 || array.columns() == 1 {
                    list(array.cells())
                } else {
                    Self::List(List::Made(array.cells().chunks(array.columns().max(1)).map(list).collect()))
                }
            }
        }
    }

    /// The same value for as long as anybody wants it. Values of one person's facts are copied.
    pub(crate) fn lasting(self) -> Option<Val<'static>> {
        Some(match self {
            Self::Unit => Val::Unit,
            Self::Bool(boolean) => Val::Bool(boolean),
            Self::Int(number) => Val::Int(number),
            Self::Float(number) => Val::Float(number),
            Self::Char(character) => Val::Char(character),
            Self::Text(text) => Val::Text(Cow::Owned(text.into_owned())),
            Self::Time(time) => Val::Time(time),
            Self::Error(code) => Val::Error(code),
            Self::Table(table) => Val::Table(table),
            Self::List(List::Made(values)) => {
                Val::List(List::Made(values.into_iter().map(Val::lasting).collect::<Option<_>>()?))
            }
            Self::Person(..) | Self::Binary(_) | Self::Other(_) | Self::List(_) => return None,
        })
    }
}

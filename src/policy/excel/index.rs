//! Where values stand in the first column of a table: found without going through its rows, and the same ones that
//! going through them finds.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::compare::{fold, numbers};
use super::lookup::{Mode, bisect};
use super::value::Value;

/// Rows are counted from 0; no table has more than a `u32` counts.
#[derive(Debug)]
pub(super) struct Index {
    numbers: Sorted<f64>,
    texts: Sorted<Arc<str>>,
    /// The place of each text in `texts`.
    places: HashMap<Arc<str>, usize>,
    booleans: Sorted<bool>,
    blanks: Sorted<()>,
}

/// The different values of one kind in ascending order, and the rows in which they stand.
#[derive(Debug)]
struct Sorted<K> {
    values: Vec<Standing<K>>,
    /// Every row of this kind, ascending.
    rows: Vec<u32>,
    /// What stands in each of `rows`.
    placed: Vec<Placed>,
}

#[derive(Debug)]
struct Placed {
    /// Of the value in `values`.
    place: u32,
    /// Where in `rows` the last of those stands that follow each other with this value.
    last: u32,
}

#[derive(Debug)]
struct Standing<K> {
    value: K,
    first: u32,
    last: u32,
    /// The first row of this value and all that are smaller.
    least: u32,
}

impl<K> Sorted<K> {
    fn new(mut all: Vec<(K, u32)>, order: impl Fn(&K, &K) -> Ordering) -> Self {
        let rows: Vec<u32> = all.iter().map(|(_, row)| *row).collect();
        // Stable: rows of the same value stay ascending.
        all.sort_by(|(a, _), (b, _)| order(a, b));
        let mut values: Vec<Standing<K>> = Vec::new();
        let mut by_row: Vec<(u32, u32)> = Vec::with_capacity(rows.len());
        for (value, row) in all {
            match values.last_mut() {
                Some(before) if order(&before.value, &value).is_eq() => before.last = row,
                before => {
                    let least = before.map_or(row, |before| before.least.min(row));
                    values.push(Standing { value, first: row, last: row, least });
                }
            }
            // No table has more rows than a `u32` counts.
            by_row.push((row, u32::try_from(values.len()).unwrap_or(u32::MAX) - 1));
        }
        by_row.sort_unstable();
        let mut placed: Vec<Placed> = Vec::with_capacity(rows.len());
        for run in by_row.chunk_by(|(_, a), (_, b)| a == b) {
            let last = u32::try_from(placed.len() + run.len()).unwrap_or(u32::MAX) - 1;
            placed.extend(run.iter().map(|(_, place)| Placed { place: *place, last }));
        }
        Self { values, rows, placed }
    }

    /// The row that a mode finds for a value. `order`: how a value here stands to the one that is wanted, and whether
    /// two here are the same. `from_end`: of several the last.
    fn find(
        &self,
        order: impl Fn(&K) -> Ordering,
        same: impl Fn(&K, &K) -> bool,
        mode: Mode,
        from_end: bool,
    ) -> Option<u32> {
        let below = self.values.partition_point(|standing| order(&standing.value).is_lt());
        let within = self.values.partition_point(|standing| order(&standing.value).is_le());
        self.placed(below, within, same, mode, from_end)
    }

    /// As [`Sorted::find`], where `below` values are smaller and those up to `within` the same.
    fn placed(
        &self,
        below: usize,
        within: usize,
        same: impl Fn(&K, &K) -> bool,
        mode: Mode,
        from_end: bool,
    ) -> Option<u32> {
        let equal = self.values.get(below..within).unwrap_or_default();
        let of = |standings: &mut dyn Iterator<Item = &Standing<K>>| {
            if from_end {
                standings.map(|standing| standing.last).max()
            } else {
                standings.map(|standing| standing.first).min()
            }
        };
        let behind = |count: usize| count.checked_sub(1).and_then(|index| self.values.get(index));
        // Those that are the same as the nearest stand beside it.
        let smaller = || {
            let nearest = behind(below)?;
            let mut alike =
                self.values.get(..below)?.iter().rev().take_while(|one| same(&one.value, &nearest.value));
            of(&mut alike)
        };
        let greater = || {
            let nearest = self.values.get(within)?;
            let mut alike =
                self.values.get(within..)?.iter().take_while(|one| same(&one.value, &nearest.value));
            of(&mut alike)
        };
        match mode {
            Mode::NotGreater => self.not_greater(below, within),
            Mode::NotSmallerDescending => {
                let equal = equal.iter().map(|standing| standing.first).min();
                let less = behind(below).map(|standing| standing.least);
                match (equal, less) {
                    (Some(equal), Some(less)) if less < equal => self.before(less),
                    (Some(equal), _) => Some(equal),
                    (None, Some(less)) => self.before(less),
                    (None, None) => self.rows.last().copied(),
                }
            }
            Mode::Same | Mode::Wildcard => of(&mut equal.iter()),
            Mode::NextSmaller => of(&mut equal.iter()).or_else(smaller),
            Mode::NextGreater => of(&mut equal.iter()).or_else(greater),
        }
    }

    /// The row which [`bisect`] ends at, or the last beside it with a value that is the same.
    fn not_greater(&self, below: usize, within: usize) -> Option<u32> {
        let order = |at: usize| match self.placed.get(at).map(|placed| placed.place as usize) {
            Some(place) if place < below => Ordering::Less,
            Some(place) if place < within => Ordering::Equal,
            _ => Ordering::Greater,
        };
        let Ok(ended) = bisect(self.rows.len(), |at| Ok::<_, std::convert::Infallible>(order(at)));
        let at = match ended {
            Ok(mut at) => loop {
                at = self.placed.get(at)?.last as usize;
                if order(at + 1).is_ne() {
                    break at;
                }
                at += 1;
            },
            Err(before) => before.checked_sub(1)?,
        };
        self.rows.get(at).copied()
    }

    /// The last row of this kind before another.
    fn before(&self, row: u32) -> Option<u32> {
        let count = self.rows.partition_point(|other| *other < row);
        self.rows.get(count.checked_sub(1)?).copied()
    }
}

impl Index {
    /// Of the cells of a column.
    pub(super) fn of<'c>(cells: impl Iterator<Item = &'c Value>) -> Self {
        let (mut numbers, mut texts, mut booleans, mut blanks) = (vec![], vec![], vec![], vec![]);
        for (row, cell) in (0u32..).zip(cells) {
            match cell {
                Value::Number(number) => numbers.push((*number, row)),
                Value::Text(text) => texts.push((folded(text), row)),
                Value::Boolean(boolean) => booleans.push((*boolean, row)),
                Value::Blank => blanks.push(((), row)),
                Value::Error(_) | Value::Array(_) => {}
            }
        }
        let texts = Sorted::new(texts, Ord::cmp);
        let places =
            texts.values.iter().enumerate().map(|(place, standing)| (Arc::clone(&standing.value), place));
        Self {
            places: places.collect(),
            texts,
            numbers: Sorted::new(numbers, f64::total_cmp),
            booleans: Sorted::new(booleans, Ord::cmp),
            blanks: Sorted::new(blanks, Ord::cmp),
        }
    }

    /// The row of a value. No text is taken for a pattern.
    pub(super) fn find(&self, wanted: &Value, mode: Mode, from_end: bool) -> Option<usize> {
        let row = match wanted {
            Value::Number(wanted) => self.numbers.find(
                |number| numbers(*number, *wanted),
                |a, b| numbers(*a, *b).is_eq(),
                mode,
                from_end,
            ),
            Value::Text(text) => {
                let wanted = folded(text);
                match self.places.get(&wanted) {
                    Some(place) => self.texts.placed(*place, place + 1, |a, b| a == b, mode, from_end),
                    None if matches!(mode, Mode::Same | Mode::Wildcard) => None,
                    None => self.texts.find(|text| text.cmp(&wanted), |a, b| a == b, mode, from_end),
                }
            }
            Value::Boolean(wanted) => {
                self.booleans.find(|boolean| boolean.cmp(wanted), |a, b| a == b, mode, from_end)
            }
            Value::Blank => self.blanks.find(|()| Ordering::Equal, |(), ()| true, mode, from_end),
            Value::Error(_) | Value::Array(_) => None,
        };
        row.map(|row| row as usize)
    }
}

fn folded(text: &str) -> Arc<str> {
    text.chars().map(fold).collect::<String>().into()
}

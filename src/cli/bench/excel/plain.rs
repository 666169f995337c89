//! What one would write in Rust for the same functions, and what both are called with.

use fastrand::Rng;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use crate::policy::excel::Value;

/// What a call is made of; a formula has `a` to `d` as `[a]` to `[d]`.
pub(super) struct Given {
    pub(super) a: String,
    pub(super) b: String,
    pub(super) c: f64,
    pub(super) d: f64,
}

/// What plain Rust comes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Plain {
    Text(String),
    Number(f64),
    Truth(bool),
}

impl Plain {
    /// Whether a function came to the same.
    pub(super) fn is(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text(text), Value::Text(other)) => **text == **other,
            (Self::Text(text), Value::Blank) => text.is_empty(),
            (Self::Number(number), Value::Number(other)) => (number - other).abs() <= number.abs() * 1e-12,
            (Self::Truth(truth), Value::Boolean(other)) => truth == other,
            _ => false,
        }
    }
}

const NAMES: [&str; 8] = [
    "Mia Fischer",
    "jean-luc  picard",
    "O'Neil, Pat",
    "ANNA  MARIA ROSSI",
    "Bob",
    "Grace Hopper",
    "li wei",
    "Ada",
];
const HOSTS: [&str; 4] = ["example.com", "Sales.Example.COM", "corp.example", "x.io"];

/// Names, addresses and numbers as mappings have them.
pub(super) fn given(rng: &mut Rng) -> Given {
    let pick =
        |rng: &mut Rng, from: &[&str]| rng.choice(from).map_or_else(String::new, |one| (*one).to_owned());
    Given {
        a: pick(rng, &NAMES),
        b: format!("{}@{}", rng.u32(1..100_000), pick(rng, &HOSTS)),
        c: f64::from(rng.i32(-40_000..40_000)) / 4.0,
        d: f64::from(rng.u8(1..9)),
    }
}

fn text(text: impl Into<String>) -> Plain {
    Plain::Text(text.into())
}

fn starts(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters.flat_map(char::to_lowercase)).collect()
    })
}

fn proper(text: &str) -> String {
    text.split_inclusive(|c: char| !c.is_alphabetic()).map(starts).collect()
}

fn trimmed(text: &str) -> String {
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The day that a serial number means.
fn day(serial: f64) -> Date {
    #[expect(clippy::cast_possible_truncation, reason = "some thousand days")]
    let days = serial as i32;
    date(1899, 12, 30).saturating_add(days.days())
}

/// A serial number from 2000 on, made of a number.
pub(super) fn serial(given: &Given) -> f64 {
    36_526.0 + given.c.abs().floor()
}

fn position(at: Option<usize>) -> Plain {
    #[expect(clippy::cast_precision_loss, reason = "texts are short")]
    Plain::Number(at.map_or(0.0, |at| at as f64 + 1.0))
}

fn length(text: &str) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "texts are short")]
    let length = text.chars().count() as f64;
    length
}

/// A formula of which the outermost function is measured, and plain Rust for it.
pub(super) type Case = (&'static str, fn(&Given) -> Plain);

/// The functions that rules call most.
pub(super) const CASES: [Case; 40] = [
    ("=ABS([c])", |g| Plain::Number(g.c.abs())),
    ("=AND([c]>0,[d]>4)", |g| Plain::Truth(g.c > 0.0 && g.d > 4.0)),
    ("=AVERAGE([c],[d],3)", |g| Plain::Number((g.c + g.d + 3.0) / 3.0)),
    ("=CHAR([d]+64)", |g| text(char::from_u32(64 + g.d as u32).unwrap_or(' '))),
    ("=CODE([b])", |g| Plain::Number(g.b.bytes().next().map_or(0.0, f64::from))),
    ("=CONCAT([a],\" \",[b])", |g| text(format!("{} {}", g.a, g.b))),
    ("=COUNTA([a],[b],[c],[d])", |_| Plain::Number(4.0)),
    ("=DATE(2000+[d],[d],[d]*3)", |g| {
        let day = date(2000 + g.d as i16, g.d as i8, (g.d * 3.0) as i8);
        Plain::Number(f64::from((day - date(1899, 12, 30)).get_days()))
    }),
    ("=DAY(36526+INT(ABS([c])))", |g| Plain::Number(f64::from(day(serial(g)).day()))),
    ("=EXACT([a],[b])", |g| Plain::Truth(g.a == g.b)),
    ("=FIND(\"@\",[b])", |g| position(g.b.find('@'))),
    ("=IF([c]>0,[a],[b])", |g| text(if g.c > 0.0 { &*g.a } else { &*g.b })),
    ("=IFERROR([a],[b])", |g| text(&*g.a)),
    ("=INT([c])", |g| Plain::Number(g.c.floor())),
    ("=ISBLANK([a])", |_| Plain::Truth(false)),
    ("=ISNUMBER([c])", |_| Plain::Truth(true)),
    ("=LEFT([a],[d])", |g| text(g.a.chars().take(g.d as usize).collect::<String>())),
    ("=LEN([a])", |g| Plain::Number(length(&g.a))),
    ("=LOWER([a])", |g| text(g.a.to_lowercase())),
    ("=MAX([c],[d],3)", |g| Plain::Number(g.c.max(g.d).max(3.0))),
    ("=MID([a],2,[d])", |g| text(g.a.chars().skip(1).take(g.d as usize).collect::<String>())),
    ("=MIN([c],[d],3)", |g| Plain::Number(g.c.min(g.d).min(3.0))),
    ("=MOD([c],[d])", |g| Plain::Number(g.c.rem_euclid(g.d))),
    ("=MONTH(36526+INT(ABS([c])))", |g| Plain::Number(f64::from(day(serial(g)).month()))),
    ("=NOT([c]>0)", |g| Plain::Truth(g.c <= 0.0)),
    ("=OR([c]>0,[d]>4)", |g| Plain::Truth(g.c > 0.0 || g.d > 4.0)),
    ("=PROPER([a])", |g| text(proper(&g.a))),
    ("=REPLACE([a],1,1,\"#\")", |g| text(format!("#{}", g.a.chars().skip(1).collect::<String>()))),
    ("=REPT([a],[d])", |g| text(g.a.repeat(g.d as usize))),
    ("=RIGHT([a],[d])", |g| {
        let skipped = g.a.chars().count().saturating_sub(g.d as usize);
        text(g.a.chars().skip(skipped).collect::<String>())
    }),
    ("=ROUND([c],1)", |g| Plain::Number((g.c.abs() * 10.0).round() / 10.0 * g.c.signum())),
    ("=SEARCH(\"EXAMPLE\",[b]&\"example\")", |g| {
        position(format!("{}example", g.b).to_lowercase().find("example"))
    }),
    ("=SUBSTITUTE([a],\" \",\"-\")", |g| text(g.a.replace(' ', "-"))),
    ("=SUM([c],[d],3)", |g| Plain::Number(g.c + g.d + 3.0)),
    ("=TEXT([c],\"0.00\")", |g| text(format!("{:.2}", g.c))),
    ("=TEXTJOIN(\", \",TRUE,[a],[b])", |g| text([&*g.a, &*g.b].join(", "))),
    ("=TRIM([a])", |g| text(trimmed(&g.a))),
    ("=UPPER([a])", |g| text(g.a.to_uppercase())),
    ("=VALUE(LEFT([b],FIND(\"@\",[b])-1))", |g| {
        Plain::Number(g.b.split('@').next().and_then(|number| number.parse().ok()).unwrap_or(0.0))
    }),
    ("=YEAR(36526+INT(ABS([c])))", |g| Plain::Number(f64::from(day(serial(g)).year()))),
];

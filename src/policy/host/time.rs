//! Points in time: the directory's, and `now()`, which is the cycle's clock.

use super::user::shown;
use crate::policy::reference::{Documented, TIME};
use jiff::{SignedDuration, Timestamp};
use rhai::{Dynamic, Engine, EvalAltResult, INT, NativeCallContext};

/// What the host tells an evaluation about the moment it stands for; travels as the evaluation's tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock(pub(crate) Timestamp);

/// The cycle's clock of this evaluation.
pub(crate) fn now(context: &NativeCallContext<'_>) -> Result<Timestamp, Box<EvalAltResult>> {
    context
        .tag()
        .and_then(of)
        .ok_or_else(|| "there is no time while the policy loads: ask for it inside a rule".into())
}

/// The clock that an evaluation's tag is.
pub(crate) fn of(tag: &Dynamic) -> Option<Timestamp> {
    tag.read_lock::<Clock>().map(|clock| clock.0)
}

const HOURS_A_DAY: i64 = 24;

pub(crate) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Timestamp>("time");
    let engine = &mut Documented::new(engine, &[TIME]);
    engine.register_fn("now", |context: NativeCallContext<'_>| now(&context));
    engine.register_fn("to_string", |time: &mut Timestamp| time.to_string());
    engine.register_fn("to_debug", |time: &mut Timestamp| time.to_string());
    engine.register_fn("==", |a: Timestamp, b: Timestamp| a == b);
    engine.register_fn("!=", |a: Timestamp, b: Timestamp| a != b);
    engine.register_fn("<", |a: Timestamp, b: Timestamp| a < b);
    engine.register_fn("<=", |a: Timestamp, b: Timestamp| a <= b);
    engine.register_fn(">", |a: Timestamp, b: Timestamp| a > b);
    engine.register_fn(">=", |a: Timestamp, b: Timestamp| a >= b);
    // Rhai's own answer to a comparison of unlike types is `false`, which would quietly take a role away.
    for operator in ["<", "<=", ">", ">="] {
        engine.register_fn(operator, |a: Timestamp, b: Dynamic| unlike(a, &b));
        engine.register_fn(operator, |a: Dynamic, b: Timestamp| unlike(b, &a));
    }
    // An absent time is neither before nor after anything.
    for operator in ["<", "<=", ">", ">="] {
        engine.register_fn(operator, |_: Timestamp, (): ()| false);
        engine.register_fn(operator, |(): (), _: Timestamp| false);
    }
    engine.register_fn("plus_days", |time: &mut Timestamp, days: INT| plus_days(*time, days));
    engine.register_fn("plus_days", |(): (), _: INT| Dynamic::UNIT);
}

fn unlike(time: Timestamp, other: &Dynamic) -> Result<bool, Box<EvalAltResult>> {
    let other = shown(other);
    Err(format!("the time {time} cannot be compared with {other}: times are made by `now().plus_days(..)`")
        .into())
}

pub(crate) fn plus_days(time: Timestamp, days: INT) -> Result<Timestamp, Box<EvalAltResult>> {
    days.checked_mul(HOURS_A_DAY)
        .and_then(SignedDuration::try_from_hours)
        .and_then(|duration| time.checked_add(duration).ok())
        .ok_or_else(|| format!("{days} days from `{time}` is no date").into())
}

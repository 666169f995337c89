//! `expect(value).to_be(..)`: one piece of syntax, so that an expectation that does not hold can look at the parts of
//! its own expression, in the place where they have their values.

use std::sync::Arc;

use rhai::{
    Dynamic, Engine, EvalAltResult, EvalContext, Expression, ImmutableString, LexError, ParseError,
    ParseErrorType, Position,
};

use super::difference::difference;
use super::kept::Kept;
use super::matcher::{MATCHERS, SNAPSHOT, unmet};
use super::parts::parts;
use super::shown::{brief, has_lines, lines};
use super::tally::Unmet;
use super::world::{Fallible, World};
use crate::diagnostic::closest;

/// Longer sentences say only that the two differ, and leave the rest to the difference.
const LONGEST: usize = 100;

/// `text` is the test file's own.
pub(super) fn register(engine: &mut Engine, world: &Arc<World>, kept: &Arc<Kept>, text: &Arc<str>) {
    let bench = Bench { world: Arc::clone(world), kept: Arc::clone(kept), text: Arc::clone(text) };
    engine.register_custom_syntax_with_state_raw(
        "expect",
        |symbols, ahead, _| syntax(symbols, ahead),
        false,
        move |context, inputs, _| bench.judge(context, inputs).map(|()| Dynamic::UNIT),
    );
}

/// What comes next, behind what was read of an expectation.
fn syntax(symbols: &[ImmutableString], ahead: &str) -> Result<Option<ImmutableString>, ParseError> {
    let next = |symbol: &str| Ok(Some(symbol.into()));
    let last = symbols.last().map_or("", ImmutableString::as_str);
    match symbols.len() {
        1 => next("("),
        2 => next("$expr$"),
        3 => next(")"),
        4 if ahead == "." => next("."),
        4 => wrong("an expectation that demands nothing: say what must be, as in `expect(x).to_be(1)`"),
        5 => next("$ident$"),
        6 if !MATCHERS.iter().any(|matcher| matcher.name == last) => {
            let near = closest(last, MATCHERS.iter().map(|matcher| matcher.name));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            wrong(&format!("nothing is expected by `{last}`{near}"))
        }
        // Rhai reads `()` as one symbol.
        6 => next(if ahead == "()" { "()" } else { "(" }),
        _ if last == ")" || last == "()" => arguments(symbols),
        _ if last == "$expr$" => next(if ahead == "," { "," } else { ")" }),
        _ if ahead == ")" => next(")"),
        _ => next("$expr$"),
    }
}

/// Whether there are as many arguments as the matcher takes.
fn arguments(symbols: &[ImmutableString]) -> Result<Option<ImmutableString>, ParseError> {
    let name = symbols.get(5).map_or("", ImmutableString::as_str);
    let given = symbols.iter().skip(6).filter(|symbol| *symbol == "$expr$").count();
    let takes = MATCHERS.iter().find(|matcher| matcher.name == name).map(|matcher| &matcher.arguments);
    match takes {
        Some(takes) if !takes.contains(&given) => {
            let most = *takes.end();
            let at_most = if takes.start() < takes.end() { "at most " } else { "" };
            wrong(&format!(
                "`{name}` takes {at_most}{most} argument{}, not {given}",
                if most == 1 { "" } else { "s" }
            ))
        }
        _ => Ok(None),
    }
}

fn wrong<T>(what: &str) -> Result<T, ParseError> {
    let kind = ParseErrorType::BadInput(LexError::Runtime(what.to_owned()));
    Err(ParseError(Box::new(kind), Position::NONE))
}

struct Bench {
    world: Arc<World>,
    kept: Arc<Kept>,
    text: Arc<str>,
}

impl Bench {
    fn judge(
        &self,
        context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
        inputs: &[Expression<'_>],
    ) -> Fallible<()> {
        let [value, matcher, arguments @ ..] = inputs else { return Ok(()) };
        let name = matcher.get_string_value().unwrap_or_default();
        self.world.take_decisions();
        let actual = context.eval_expression_tree(value)?.flatten();
        let argument = match arguments.first() {
            Some(argument) => Some(context.eval_expression_tree(argument)?.flatten()),
            None => None,
        };
        self.world.tally.count();
        let wanted = argument.clone().unwrap_or(Dynamic::UNIT);
        let found = if name == SNAPSHOT {
            let label =
                argument.map(|label| label.clone().into_immutable_string().map_err(|_| label)).transpose();
            let label = label
                .map_err(|label| format!("a snapshot is named by text, not by {}", brief(&label)).into());
            label.and_then(|label| self.kept.compare(label.as_deref(), &lines(&actual)))
        } else {
            unmet(name, &actual, &wanted)
                .map(|demand| demand.map(|demand| self.told(&demand, name, &actual, &wanted)))
        };
        // An error in a demand stands where it is made.
        let Some(mut unmet) = found.map_err(|error| placed(error, matcher.position()))? else {
            return Ok(());
        };
        self.look(&mut unmet, context, value, &actual, &wanted);
        self.world.tally.unmet(&unmet);
        Err(Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(unmet), matcher.position())))
    }

    fn told(&self, demand: &str, name: &str, actual: &Dynamic, wanted: &Dynamic) -> Unmet {
        let got = brief(actual);
        let mut unmet = Unmet::new(format!("expected {demand}, got {got}"));
        if name == "to_be" && has_lines(actual) && has_lines(wanted) {
            unmet.difference = difference(&lines(wanted), &lines(actual));
            if demand.len() + got.len() > LONGEST {
                unmet.message = "what was got differs from what was expected".to_owned();
            }
        }
        unmet
    }

    /// What the reader needs to see why.
    fn look(
        &self,
        unmet: &mut Unmet,
        context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
        value: &Expression<'_>,
        actual: &Dynamic,
        wanted: &Dynamic,
    ) {
        let mut decisions = self.world.take_decisions();
        if !self.world.tells_why() {
            return;
        }
        let (shown, decided) = parts(context, value, actual, &self.text);
        unmet.parts = shown;
        decisions.extend(decided);
        let role = wanted.read_lock::<ImmutableString>().map(|role| role.to_string());
        for decided in &decisions {
            let why_not = role.as_ref().and_then(|role| self.world.why_not(decided, role));
            for sentence in decided.because().into_iter().chain(why_not) {
                if !unmet.because.contains(&sentence) {
                    unmet.because.push(sentence);
                }
            }
        }
        self.world.take_decisions();
    }
}

fn placed(mut error: Box<EvalAltResult>, position: Position) -> Box<EvalAltResult> {
    if error.position().is_none() {
        error.set_position(position);
    }
    error
}

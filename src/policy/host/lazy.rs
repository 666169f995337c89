//! `IF`, `IFS`, `SWITCH`, `CHOOSE`, `IFERROR` and `IFNA` as scripts call them: only those arguments are evaluated that
//! the answer needs.
//!
//! Rhai evaluates a function's arguments before it calls it, so such a call is parsed as syntax of its own. Where the
//! name stands behind a dot, as in `FIND("@", user.mail).IFERROR(0)`, it stays a method, and gets all its arguments.

use std::cell::{Cell, RefCell};

use rhai::{
    CustomExpr, Dynamic, Engine, EvalAltResult, EvalContext, Expression, ImmutableString, ParseError,
    ParseErrorType, Position, Token,
};

use super::excel::{dynamic, value};
use super::time;
use crate::policy::excel::{self, Clock, Function, Value};

/// Behind the name that Rhai's parser knows the syntax by, so that it takes no method and no variable for it.
const MARK: &str = " (...)";

/// What the parser was given last.
#[derive(Clone, Copy)]
struct Before {
    position: Position,
    /// An expression may start behind it.
    starts: bool,
    /// It is `)`, and not the character `')'`, which looks the same to syntax.
    closes: bool,
    /// The key of a map stands behind it.
    keyed: bool,
}

thread_local! {
    /// The brackets that are open, and whether each is that of a map.
    static OPEN: RefCell<Vec<bool>> = const { RefCell::new(Vec::new()) };
    static BEFORE: Cell<Before> = const { Cell::new(Before { position: Position::NONE, starts: true, closes: false, keyed: false }) };
}

/// The token as the parser gets it. To be asked of every token in its order.
pub(crate) fn token(token: Token, position: Position) -> Token {
    let before = BEFORE.get();
    // A text that starts anew; the one before may have been left anywhere.
    let anew = position <= before.position;
    let starts = anew || before.starts && !before.keyed;
    let in_map = within_map(&token, anew);
    let follows = match token {
        Token::RightBrace | Token::DoubleArrow | Token::Else | Token::Switch | Token::EOF => true,
        Token::Comment(_) => anew || before.starts,
        _ => token.is_next_unary(),
    };
    let keyed = match token {
        Token::Comment(_) => before.keyed,
        _ => in_map && token == Token::Comma,
    };
    BEFORE.set(Before { position, starts: follows, closes: token == Token::RightParen, keyed });
    match token {
        Token::Identifier(name) if starts && named(&name).is_some() => {
            Token::Custom(Box::new(format!("{name}{MARK}").into()))
        }
        other => other,
    }
}

/// Whether the brackets around what stands behind the token are those of a map.
fn within_map(token: &Token, anew: bool) -> bool {
    OPEN.with_borrow_mut(|open| {
        if anew {
            open.clear();
        }
        match token {
            Token::MapStart => open.push(true),
            Token::LeftBrace | Token::LeftBracket | Token::LeftParen | Token::QuestionBracket => {
                open.push(false)
            }
            Token::RightBrace | Token::RightBracket | Token::RightParen => drop(open.pop()),
            Token::EOF => open.clear(),
            _ => {}
        }
        open.last() == Some(&true)
    })
}

/// The function of this name, if it does not need all its arguments.
pub(crate) fn named(name: &str) -> Option<&'static Function> {
    excel::function(name).filter(|function| function.is_lazy())
}

/// The function that an expression of this syntax calls.
pub(crate) fn called(call: &CustomExpr) -> Option<&'static Function> {
    call.tokens.first().and_then(|key| key.strip_suffix(MARK)).and_then(named)
}

/// A name as it is written.
pub(crate) fn written(name: &str) -> &str {
    name.strip_suffix(MARK).unwrap_or(name)
}

pub(crate) fn register(engine: &mut Engine) {
    for function in excel::functions().iter().filter(|function| function.is_lazy()) {
        engine.register_custom_syntax_with_state_raw(
            format!("{}{MARK}", function.name),
            |symbols, next, _| follows(function.name, symbols, next),
            false,
            |context, arguments, _| call(function, context, arguments),
        );
    }
}

/// What comes next in a call of which `symbols` were read: an argument, or what stands between two. `None` when it is
/// complete.
fn follows(
    name: &str,
    symbols: &[ImmutableString],
    next: &str,
) -> Result<Option<ImmutableString>, ParseError> {
    const ARGUMENT: &str = "$expr$";
    let symbol = match (symbols.last().map(ImmutableString::as_str), next) {
        (Some(")" | "()"), _) => return Ok(None),
        (Some(ARGUMENT | "(" | ","), ")") if BEFORE.get().closes => next,
        (Some(ARGUMENT), ",") => next,
        (Some(ARGUMENT), "{EOF}") => {
            return missing(")", format!("to close the arguments list of this function call '{name}'"));
        }
        (Some(ARGUMENT), _) => {
            return missing(",", format!("to separate the arguments to function call '{name}'"));
        }
        (Some("(" | ","), _) => ARGUMENT,
        (_, "(" | "()") => next,
        _ => return missing("(", format!("to call the function '{name}'")),
    };
    Ok(Some(symbol.into()))
}

fn missing<T>(token: &str, why: String) -> Result<T, ParseError> {
    Err(ParseError(Box::new(ParseErrorType::MissingToken(token.to_owned(), why)), Position::NONE))
}

fn call(
    function: &'static Function,
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    arguments: &[Expression<'_>],
) -> Result<Dynamic, Box<EvalAltResult>> {
    let clock = Clock { now: time::of(context.tag()).map_or(f64::NAN, excel::serial_of) };
    let answer = function.call_lazily(arguments.len(), &clock, &mut |index| {
        let Some(argument) = arguments.get(index) else { return Ok(Value::Blank) };
        let argument_value = context.eval_expression_tree(argument)?.flatten();
        value(&argument_value).map_err(|mut error| {
            error.set_position(argument.position());
            error
        })
    });
    answer.map(|answer| dynamic(&answer))
}

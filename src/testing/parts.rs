//! The parts of an expression with their values: each is evaluated once more, where the expression stands.
//!
//! A policy's functions and the host's have no effects, so the second answer is the first. An expression that calls
//! what changes its list or map, or a closure, is shown only as a whole.

use std::ops::Range;

use rhai::{ASTFlags, ASTNode, BinaryExpr, Dynamic, EvalContext, Expr, Expression, Stmt};

use super::decided::{Decided, TestAccount};
use super::outcome::Part;
use super::shown::brief;
use super::subject::Subject;
use crate::policy::{Limited, Nesting, position_offset};

/// More parts than that nobody reads.
const MOST: usize = 12;

/// Rhai's methods that change what they are called on, and the one that runs what may change something.
const CHANGING: &[&str] = &[
    "append",
    "call",
    "chop",
    "clear",
    "crop",
    "dedup",
    "drain",
    "fill_with",
    "for_each",
    "insert",
    "make_lower",
    "make_upper",
    "mixin",
    "pad",
    "pop",
    "push",
    "remove",
    "retain",
    "reverse",
    "set",
    "shift",
    "sort",
    "splice",
    "trim",
    "truncate",
];

/// The whole expression and its parts, and the decisions among their values.
pub(super) fn parts(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    whole: &Expr,
    value: &Dynamic,
    text: &str,
) -> (Vec<Part>, Vec<Decided>) {
    let source = Source(text);
    let mut shown = Vec::new();
    let mut decided = Vec::new();
    let mut note = |range: Range<usize>, value: &Dynamic| {
        let source = source.words(range);
        let is_known = shown.iter().any(|part: &Part| part.source == source);
        // `fixture("mia") = mia` says nothing; `user = mia` does.
        let is_told = (value.is::<Subject>() && !source.chars().all(is_word))
            || value.read_lock::<TestAccount>().is_some_and(|account| account.account.is_none());
        if source.is_empty() || is_known || is_told || shown.len() >= MOST {
            return;
        }
        decided.extend(value.read_lock::<Decided>().map(|decided| decided.clone()));
        shown.push(Part { source, value: brief(value) });
    };
    if is_literal(whole) {
        return (shown, decided);
    }
    note(source.range(whole), value);
    if changes_something(whole) {
        return (shown, decided);
    }
    let mut found = Vec::new();
    inner(whole, &source, &mut found);
    // The test has failed; what it had left of its budget must not decide what its reader sees.
    let _limited = Limited::start();
    for (range, part) in found {
        if let Ok(value) = context.eval_expression_tree(&Expression::from(&part)) {
            note(range, &value.flatten());
        }
    }
    (shown, decided)
}

/// A constant, or a closure: Rhai writes one that captures something as a call of `curry`.
fn is_literal(expression: &Expr) -> bool {
    expression.is_constant() || matches!(expression, Expr::FnCall(call, _) if call.name == "curry")
}

fn changes_something(expression: &Expr) -> bool {
    let mut changes = false;
    expression.walk(&mut Vec::new(), &mut |nodes: &[ASTNode<'_>]| {
        match nodes.last() {
            Some(ASTNode::Expr(Expr::MethodCall(call, _))) => {
                changes |= CHANGING.contains(&call.name.as_str())
            }
            // What a closure captures is shared before it is captured.
            Some(ASTNode::Stmt(Stmt::Expr(_) | Stmt::FnCall(..) | Stmt::Share(_))) => {}
            Some(ASTNode::Stmt(_)) => changes = true,
            _ => {}
        }
        !changes
    });
    changes
}

/// The parts below an expression, without the expression itself, from left to right and from outside to inside.
fn inner(expression: &Expr, source: &Source<'_>, found: &mut Vec<(Range<usize>, Expr)>) {
    match expression {
        Expr::Dot(..) | Expr::Index(..) => chain(expression, source, found),
        Expr::FnCall(call, _) => call.args.iter().for_each(|argument| outer(argument, source, found)),
        Expr::Custom(call, _) => call.inputs.iter().for_each(|argument| outer(argument, source, found)),
        Expr::And(operands, _) | Expr::Or(operands, _) | Expr::Coalesce(operands, _) => {
            operands.iter().for_each(|operand| outer(operand, source, found));
        }
        Expr::Array(elements, _) | Expr::InterpolatedString(elements, _) => {
            elements.iter().for_each(|element| outer(element, source, found));
        }
        Expr::Stmt(block) => {
            if let [Stmt::Expr(only)] = block.statements() {
                outer(only, source, found);
            }
        }
        Expr::Map(members, _) => members.0.iter().for_each(|(_, value)| outer(value, source, found)),
        _ => {}
    }
}

/// An expression and what is below it.
fn outer(expression: &Expr, source: &Source<'_>, found: &mut Vec<(Range<usize>, Expr)>) {
    if is_literal(expression) {
        return;
    }
    if !matches!(expression, Expr::Array(..) | Expr::Map(..) | Expr::InterpolatedString(..) | Expr::Stmt(_)) {
        found.push((source.range(expression), expression.clone()));
    }
    inner(expression, source, found);
}

/// One link of `base.a.b[c]`.
struct Link<'a> {
    is_dot: bool,
    flags: ASTFlags,
    position: rhai::Position,
    node: &'a Expr,
}

/// Rhai nests a chain to the right: `a.b.c` is `a.(b.c)`.
fn links(chain: &Expr) -> Option<(&Expr, Vec<Link<'_>>)> {
    let mut links = Vec::new();
    let mut base = None;
    let mut at = chain;
    loop {
        let (pair, flags, position, is_dot) = match at {
            Expr::Dot(pair, flags, position) => (pair, *flags, *position, true),
            Expr::Index(pair, flags, position) => (pair, *flags, *position, false),
            _ => return None,
        };
        base.get_or_insert(&pair.lhs);
        let goes_on = !flags.intersects(ASTFlags::BREAK);
        match &pair.rhs {
            Expr::Dot(next, ..) | Expr::Index(next, ..) if goes_on => {
                links.push(Link { is_dot, flags, position, node: &next.lhs });
                at = &pair.rhs;
            }
            last => {
                links.push(Link { is_dot, flags, position, node: last });
                return base.map(|base| (base, links));
            }
        }
    }
}

/// The beginnings of a chain, the longest first, then what stands in its brackets.
fn chain(expression: &Expr, source: &Source<'_>, found: &mut Vec<(Range<usize>, Expr)>) {
    let Some((base, links)) = links(expression) else { return };
    for length in (1..links.len()).rev() {
        if let Some(beginning) = links.get(..length).and_then(|links| joined(base, links)) {
            found.push((source.range(&beginning), beginning));
        }
    }
    outer(base, source, found);
    for link in &links {
        match link.node {
            Expr::MethodCall(call, _) => call.args.iter().for_each(|argument| outer(argument, source, found)),
            node if !link.is_dot => outer(node, source, found),
            _ => {}
        }
    }
}

/// The chain of a base and links, as Rhai nests it.
fn joined(base: &Expr, links: &[Link<'_>]) -> Option<Expr> {
    let mut rest = links.last()?.node.clone();
    for (index, link) in links.iter().enumerate().rev() {
        let before = index.checked_sub(1).and_then(|before| links.get(before));
        let lhs = before.map_or(base, |before| before.node).clone();
        let is_last = index + 1 == links.len();
        let flags = if is_last { link.flags | ASTFlags::BREAK } else { link.flags };
        let pair = Box::new(BinaryExpr { lhs, rhs: rest });
        rest = if link.is_dot {
            Expr::Dot(pair, flags, link.position)
        } else {
            Expr::Index(pair, flags, link.position)
        };
    }
    Some(rest)
}

/// Where expressions stand in a text. Rhai knows only where they start, and of operators where the sign is.
struct Source<'a>(&'a str);

impl Source<'_> {
    /// The text of a range on one line, a chain without spaces at its dots.
    fn words(&self, range: Range<usize>) -> String {
        let words: Vec<_> = self.0.get(range).unwrap_or_default().split_whitespace().collect();
        words.join(" ").replace(" .", ".").replace(" ?.", "?.")
    }

    fn range(&self, expression: &Expr) -> Range<usize> {
        // Rhai says of a block only where it starts.
        if matches!(expression, Expr::Stmt(_)) {
            return 0..0;
        }
        self.balanced(self.start(expression)..self.end(expression))
    }

    fn start(&self, expression: &Expr) -> usize {
        match expression {
            Expr::FnCall(call, position) if call.is_operator_call() => match call.args.as_slice() {
                [left, _, ..] => self.start(left),
                _ => self.offset(*position),
            },
            Expr::And(operands, _) | Expr::Or(operands, _) | Expr::Coalesce(operands, _) => {
                operands.first().map_or(0, |first| self.start(first))
            }
            Expr::Dot(pair, ..) | Expr::Index(pair, ..) => self.start(&pair.lhs),
            Expr::FnCall(_, position) | Expr::Custom(_, position) | Expr::Variable(.., position) => {
                self.name_start(self.offset(*position))
            }
            other => self.offset(other.start_position()),
        }
    }

    fn end(&self, expression: &Expr) -> usize {
        match expression {
            Expr::FnCall(call, _) if call.is_operator_call() => {
                call.args.last().map_or(0, |last| self.end(last))
            }
            Expr::And(operands, _) | Expr::Or(operands, _) | Expr::Coalesce(operands, _) => {
                operands.last().map_or(0, |last| self.end(last))
            }
            Expr::FnCall(_, position) | Expr::Custom(_, position) => {
                self.call_end(self.name_end(self.offset(*position)))
            }
            Expr::MethodCall(_, position) => self.call_end(self.name_end(self.offset(*position))),
            Expr::Dot(..) | Expr::Index(..) => {
                match links(expression).map(|(_, links)| links).unwrap_or_default().pop() {
                    Some(Link { is_dot: true, node, .. }) => self.end(node),
                    Some(Link { node, .. }) => {
                        let inner = self.end(node);
                        self.0.get(inner..).and_then(|rest| rest.find(']')).map_or(inner, |at| inner + at + 1)
                    }
                    None => self.offset(expression.position()),
                }
            }
            Expr::Array(..) | Expr::Map(..) => {
                let start = self.offset(expression.position());
                let open = self.0.get(start..).and_then(|rest| rest.find(['[', '{'])).unwrap_or(0);
                self.close(start + open)
            }
            other => {
                let start = self.offset(other.position());
                match self.0.get(start..).and_then(|rest| rest.chars().next()) {
                    Some(quote @ ('"' | '`' | '\'')) => self.quote_end(start, quote),
                    Some('(') => self.close(start),
                    _ => self.name_end(start),
                }
            }
        }
    }

    fn offset(&self, position: rhai::Position) -> usize {
        position_offset(self.0, position)
    }

    /// The start of the `module::name` around an offset.
    fn name_start(&self, at: usize) -> usize {
        let before = self.0.get(..at).unwrap_or_default();
        before.trim_end_matches(|c: char| is_word(c) || c == ':').len()
    }

    fn name_end(&self, at: usize) -> usize {
        let rest = self.0.get(at..).unwrap_or_default();
        at + rest.find(|c: char| !is_word(c) && c != ':').unwrap_or(rest.len())
    }

    /// Behind the brackets of a call whose name ends here.
    fn call_end(&self, at: usize) -> usize {
        let rest = self.0.get(at..).unwrap_or_default();
        let open = at + rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == '!').len();
        if self.0.get(open..).is_some_and(|rest| rest.starts_with('(')) { self.close(open) } else { at }
    }

    /// Behind the bracket that closes the one here.
    fn close(&self, open: usize) -> usize {
        let mut nesting = Nesting::default();
        let mut characters = self.0.get(open..).unwrap_or_default().char_indices();
        while let Some((at, character)) = characters.next() {
            if nesting.step(character) {
                characters.next();
            }
            if nesting.depth == 0 && !nesting.is_quoted() {
                return open + at + character.len_utf8();
            }
        }
        self.0.len()
    }

    fn quote_end(&self, start: usize, quote: char) -> usize {
        let mut characters = self.0.get(start..).unwrap_or_default().char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            if character == '\\' {
                characters.next();
            } else if character == quote {
                return start + at + 1;
            }
        }
        self.0.len()
    }

    /// With the brackets around an operand, of which Rhai keeps nothing.
    fn balanced(&self, mut range: Range<usize>) -> Range<usize> {
        let mut nesting = Nesting::default();
        let mut lowest = 0;
        let mut characters = self.0.get(range.clone()).unwrap_or_default().chars();
        while let Some(character) = characters.next() {
            if nesting.step(character) {
                characters.next();
            }
            lowest = lowest.min(nesting.depth);
        }
        for _ in lowest..0 {
            let before = self.0.get(..range.start).unwrap_or_default().trim_end();
            match before.strip_suffix('(') {
                Some(rest) => range.start = rest.len(),
                None => return 0..0,
            }
        }
        for _ in 0..nesting.depth - lowest {
            let rest = self.0.get(range.end..).unwrap_or_default();
            let after = rest.trim_start();
            if !after.starts_with(')') {
                return 0..0;
            }
            range.end += rest.len() - after.len() + 1;
        }
        range
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

//! The bodies of a script's functions and closures, which Rhai's tree keeps under lock.
//!
//! Rhai shows a function's parameters and where its body starts and ends, and walks through the statements of all
//! bodies without saying whose they are. A body's statements are those that stand in it and in no body inside it.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use rhai::{AST, ASTNode, Position, Stmt};

/// A function or closure of a script.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) parameters: Vec<String>,
    pub(crate) statements: Vec<Stmt>,
}

/// By name and number of parameters, what a closure captures included.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bodies(HashMap<(String, usize), Body>);

/// Where a body stands.
struct Extent {
    key: (String, usize),
    start: Position,
    /// A closure without braces is one statement, and where it ends is not known.
    end: Option<Position>,
}

impl Bodies {
    pub(crate) fn of(ast: &AST) -> Self {
        let (mut extents, mut found) = (Vec::new(), Vec::new());
        for (_, _, name, count, definition) in ast.shared_lib().iter_script_fn_info() {
            let parameters = definition.params.iter().map(ToString::to_string).collect();
            found.push(Body { parameters, statements: Vec::new() });
            let (start, end) = (definition.body.start_position(), definition.body.end_position());
            extents.push(Extent {
                key: (name.to_owned(), count),
                start,
                end: (!end.is_none()).then_some(end),
            });
        }
        let mut main = ast.statements().len();
        let mut placed = Vec::new();
        ast.walk(&mut |nodes: &[ASTNode<'_>]| {
            let [ASTNode::Stmt(statement)] = nodes else { return true };
            if main > 0 {
                main -= 1;
            } else {
                let body = around(&extents, statement.position());
                if let Some(body) = body.and_then(|index| found.get_mut(index)) {
                    body.statements.push((*statement).clone());
                }
                placed.push(body);
            }
            true
        });
        let doubtful = doubtful(&placed, extents.len());
        let sure = extents.into_iter().zip(found).enumerate().filter(|(index, (_, body))| {
            !body.statements.is_empty() && !doubtful.iter().any(|range| range.contains(index))
        });
        Self(sure.map(|(_, (extent, body))| (extent.key, body)).collect())
    }

    /// `None` for a function that the script does not define, and for one whose statements are not known for sure.
    pub(crate) fn get(&self, name: &str, parameters: usize) -> Option<&Body> {
        self.0.get(&(name.to_owned(), parameters))
    }
}

/// Bodies that may lack a statement, as ranges of indices. Rhai walks body by body; what it computed beforehand, as
/// `1 > 2`, has lost its place, and belongs to some body between those around it.
fn doubtful(placed: &[Option<usize>], bodies: usize) -> Vec<RangeInclusive<usize>> {
    let in_order = placed.iter().flatten().is_sorted();
    if !in_order {
        return vec![0..=bodies];
    }
    let mut doubtful = Vec::new();
    let mut before = 0;
    for (at, body) in placed.iter().enumerate() {
        match body {
            Some(body) => before = *body,
            None => {
                let behind = placed.iter().skip(at).flatten().next().copied().unwrap_or(bodies);
                doubtful.push(before..=behind);
            }
        }
    }
    doubtful
}

/// The innermost body that a statement stands in.
fn around(extents: &[Extent], position: Position) -> Option<usize> {
    extents.iter().position(|extent| extent.end.is_none() && extent.start == position).or_else(|| {
        let around = extents
            .iter()
            .enumerate()
            .filter(|(_, extent)| extent.start < position && extent.end.is_some_and(|end| position <= end));
        around.max_by_key(|(_, extent)| extent.start).map(|(index, _)| index)
    })
}

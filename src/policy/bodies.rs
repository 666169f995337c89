//! The bodies of a script's functions and closures, which Rhai's tree keeps under lock.
//!
//! Rhai shows a function's parameters and where its body starts and ends, and walks through the statements of all
//! bodies without saying whose they are. A body's statements are those that stand in it and in no body inside it.

use std::collections::HashMap;

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
        let mut bodies = HashMap::new();
        let mut extents = Vec::new();
        for (_, _, name, count, definition) in ast.shared_lib().iter_script_fn_info() {
            let key = (name.to_owned(), count);
            let parameters = definition.params.iter().map(ToString::to_string).collect();
            bodies.insert(key.clone(), Body { parameters, statements: Vec::new() });
            let (start, end) = (definition.body.start_position(), definition.body.end_position());
            extents.push(Extent { key, start, end: (!end.is_none()).then_some(end) });
        }
        let mut main = ast.statements().len();
        ast.walk(&mut |nodes: &[ASTNode<'_>]| {
            let [ASTNode::Stmt(statement)] = nodes else { return true };
            if main > 0 {
                main -= 1;
            } else if let Some(body) =
                around(&extents, statement.position()).and_then(|extent| bodies.get_mut(&extent.key))
            {
                body.statements.push((*statement).clone());
            }
            true
        });
        Self(bodies)
    }

    pub(crate) fn get(&self, name: &str, parameters: usize) -> Option<&Body> {
        self.0.get(&(name.to_owned(), parameters))
    }
}

/// The innermost body that a statement stands in.
fn around(extents: &[Extent], position: Position) -> Option<&Extent> {
    extents.iter().find(|extent| extent.end.is_none() && extent.start == position).or_else(|| {
        extents
            .iter()
            .filter(|extent| extent.start < position && extent.end.is_some_and(|end| position <= end))
            .max_by_key(|extent| extent.start)
    })
}

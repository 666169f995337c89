use std::sync::Arc;

use rhai::{ASTFlags, Expr, Position};

use super::lower::{Lowering, Scope, Unfit};
use super::node::{Kind, Method, Node, Subject, Virtual};
use crate::facts::attribute_type;
use crate::policy::formula::Formula;
use crate::policy::host::lazy;

impl<'p> Lowering<'p> {
    /// `a.b.c(d)[e]`: what stands at its start, then link by link.
    pub(super) fn chain(&mut self, expression: &Expr, scope: &Scope<'p>) -> Result<Node, Unfit> {
        let (Expr::Dot(pair, ..) | Expr::Index(pair, ..)) = expression else {
            return self.expression(expression, scope);
        };
        let start = self.expression(&pair.lhs, scope)?;
        self.links(start, expression, scope)
    }

    fn links(&mut self, base: Node, link: &Expr, scope: &Scope<'p>) -> Result<Node, Unfit> {
        let (pair, flags, dot) = match link {
            Expr::Dot(pair, flags, _) => (pair, flags, true),
            Expr::Index(pair, flags, _) => (pair, flags, false),
            other => return self.unfit("this is no member", scope, other.start_position()),
        };
        if flags.intersects(ASTFlags::NEGATED) {
            return self.unfit("`?.` asks first whether there is anything", scope, pair.rhs.start_position());
        }
        let (first, rest) = match &pair.rhs {
            Expr::Dot(inner, ..) | Expr::Index(inner, ..) if !flags.intersects(ASTFlags::BREAK) => {
                (&inner.lhs, Some(&pair.rhs))
            }
            other => (other, None),
        };
        let node = if dot { self.member(base, first, scope)? } else { self.element(base, first, scope)? };
        match rest {
            Some(rest) => self.links(node, rest, scope),
            None => Ok(node),
        }
    }

    fn member(&mut self, base: Node, member: &Expr, scope: &Scope<'p>) -> Result<Node, Unfit> {
        // A chain is read from its start, and that is where carets and lines point.
        let position = base.at.position;
        match member {
            Expr::Property(property, at) => self.property(base, &property.2, scope, *at),
            Expr::MethodCall(call, _) => {
                if self.is_own(&call.name, call.args.len(), scope) {
                    let why = format!(
                        "`{}` is called as a method, so it may change what it is called on",
                        call.name
                    );
                    return self.unfit(why, scope, position);
                }
                if lazy::named(&call.name).is_some() {
                    let why = format!("as a method, `{}` gets all its arguments evaluated", call.name);
                    return self.unfit(why, scope, position);
                }
                let mut arguments = vec![base];
                for argument in &call.args {
                    arguments.push(self.expression(argument, scope)?);
                }
                self.native(&call.name, arguments, scope, position)
            }
            other => self.unfit("this is no member", scope, other.start_position()),
        }
    }

    fn element(&mut self, base: Node, index: &Expr, scope: &Scope<'p>) -> Result<Node, Unfit> {
        let position = base.at.position;
        if is_person(&base) {
            return match index {
                Expr::StringConstant(name, at) => self.property(base, name, scope, *at),
                other => self.unfit("the attribute's name is computed", scope, other.start_position()),
            };
        }
        let index = self.expression(index, scope)?;
        self.node(Kind::Element(Box::new([base, index])), scope, position)
    }

    /// A formula about a person.
    pub(super) fn formula(
        &mut self,
        of: &Node,
        formula: Arc<Formula>,
        scope: &Scope<'p>,
    ) -> Result<Node, Unfit> {
        let position = of.at.position;
        let attributes = formula.attributes().iter().map(|attribute| {
            attribute
                .path
                .split('.')
                .try_fold(of.clone(), |base, name| self.property(base, name, scope, position))
        });
        let attributes = attributes.collect::<Result<_, Unfit>>()?;
        self.node(Kind::Formula { formula, attributes }, scope, position)
    }

    fn property(&mut self, base: Node, name: &str, scope: &Scope<'p>, at: Position) -> Result<Node, Unfit> {
        let position = base.at.position;
        if let Kind::Decided(Subject::Whole) = base.kind {
            let kind = match name {
                "user" => Kind::User,
                "role" => Kind::Decided(Subject::Role),
                "provisioned" => Kind::Decided(Subject::Provisioned),
                other => return self.unfit(format!("a decision has no `{other}`"), scope, at),
            };
            return self.node(kind, scope, position);
        }
        if !is_person(&base) {
            return match name {
                "len" => self.node(Kind::Method(Method::Length, Box::new(base)), scope, position),
                other => self.unfit(format!("what `{other}` is read of is not known"), scope, at),
            };
        }
        let of = Box::new(base);
        let lower = name.to_ascii_lowercase();
        if let Some((_, what)) = Virtual::ALL.iter().find(|(known, _)| *known == lower) {
            return self.node(Kind::Virtual { of, what: *what }, scope, position);
        }
        let spelling = attribute_type(name).map(|(known, ..)| known.to_owned());
        let spelling = spelling.or_else(|| self.extra.contains(&lower).then(|| name.to_owned()));
        match spelling {
            Some(spelling) => {
                let attribute = self.names.attribute(&spelling);
                self.node(Kind::Attribute { of, attribute }, scope, position)
            }
            None => self.unfit(format!("no attribute `{name}` is known"), scope, at),
        }
    }
}

/// Whether a node can only be a person, or blank where there is none.
pub(super) fn is_person(node: &Node) -> bool {
    matches!(node.kind, Kind::User | Kind::Virtual { what: Virtual::Manager, .. })
}

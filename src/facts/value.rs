use std::sync::Arc;

use jiff::Timestamp;

/// The typed value of an attribute. An absent attribute has none.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(Arc<str>),
    Integer(i64),
    Boolean(bool),
    Time(Timestamp),
    Binary(Arc<[u8]>),
    /// A multi-valued attribute, in a stable order.
    List(Arc<[Value]>),
}

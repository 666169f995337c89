//! Excel-style functions as plain Rust on values; nothing here knows Rhai or people.

//! The runner of the customer's script tests: the same engine, the same host functions.

//! Look-up tables: the CSV files of the policy folder.
//!
//! In: the `.csv` files of [`Sources`](crate::config::Sources). Out: [`Tables`], which give a table, or a column of one,
//! as an array that is shared by everything that looks something up in it. A part of the revision, never changed. Never:
//! a table that was read in part.

mod cell;
mod mistake;
mod read;
mod table;

pub use table::Tables;

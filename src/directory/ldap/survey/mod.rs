//! Questions to the domain controllers that only read, and what their answers mean for the configuration.
//!
//! In: the directory's settings. Out: a [`Survey`](crate::diagnostic::Survey). Never: a password to a second server
//! when the first refused it; never an answer that was guessed.

mod ask;
mod certificate;
mod rights;

pub(in crate::directory) use ask::survey;

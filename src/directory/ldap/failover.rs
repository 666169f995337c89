use std::collections::VecDeque;

use super::connect::{Connection, connect_to};
use super::explain::Reason;
use super::srv;
use crate::config::{LdapSource, Servers};
use crate::directory::error::Error;

/// The servers that are still to be tried, in order. None is tried twice.
pub(super) struct Failover<'a> {
    source: &'a LdapSource,
    left: VecDeque<String>,
    /// What came of those that were tried.
    failed: Vec<Error>,
}

impl<'a> Failover<'a> {
    /// # Errors
    /// When nobody can say which servers there are.
    pub(super) async fn of(source: &'a LdapSource) -> Result<Self, Error> {
        let left = match &source.servers {
            Servers::Urls(urls) => urls.clone(),
            Servers::Domain(domain) => {
                let chance = &mut |most| fastrand::u32(0..=most);
                srv::urls(&srv::resolver()?, domain, source.connect_timeout, chance).await?
            }
        };
        Ok(Self { source, left: left.into(), failed: Vec::new() })
    }

    /// Connects to the first of them that answers.
    ///
    /// # Errors
    /// When none is left that does, or one answers in a way that no other could mend.
    pub(super) async fn connect(&mut self) -> Result<Connection, Error> {
        while let Some(url) = self.left.pop_front() {
            match connect_to(&url, self.source).await {
                Ok(connection) => {
                    tracing::info!("`{url}` answers");
                    return Ok(connection);
                }
                Err(error) => self.give_up(error)?,
            }
        }
        Err(self.none())
    }

    /// Notes why a server is not asked any further, and goes on to the next.
    ///
    /// # Errors
    /// That very error, where another server could not mend it or none is left.
    pub(super) fn give_up(&mut self, error: Error) -> Result<(), Error> {
        let Some(next) = self.left.front().filter(|_| error.is_of_one_server()) else {
            if self.failed.is_empty() || !error.is_of_one_server() {
                return Err(error);
            }
            self.failed.push(error);
            return Err(self.none());
        };
        tracing::warn!("{error}; `{next}` is tried");
        self.failed.push(error);
        Ok(())
    }

    fn none(&mut self) -> Error {
        let failed: Vec<String> = self.failed.drain(..).map(|error| error.to_string()).collect();
        let doing = format!("read from any server of `{}`", self.source.servers);
        Reason::new(failed.join("; ")).elsewhere().doing(doing)
    }
}

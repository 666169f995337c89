use super::connect::Connection;
use crate::config::LdapSource;

/// A connection that stays open from one reading to the next, so that a reading that finds nothing new costs one round
/// trip. It is not relied on: when the server has closed it meanwhile, another is made.
#[derive(Debug, Default)]
pub struct Session(Option<(LdapSource, Connection)>);

impl Session {
    /// The connection to this server, when one was kept for the same account and settings.
    pub(super) fn take(&mut self, url: &str, source: &LdapSource) -> Option<Connection> {
        let (kept_for, connection) = self.0.take()?;
        (kept_for == *source && connection.url == url).then_some(connection)
    }

    pub(super) fn keep(&mut self, source: &LdapSource, connection: Connection) {
        self.0 = Some((source.clone(), connection));
    }
}

//! The services that this program runs, by the words that the register of services has for them.
//!
//! Promises: nothing runs again and again beside the requests without naming its service, and every service stands in the list that checks
//! compare with the register, wherever the configuration has it run. Leaves out: how each does its work.

use crate::config::Settings;

/// A service that somebody has to watch over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// The rows.
    Database,
    /// The bytes of items.
    Bytes,
    /// Pages and the API.
    Requests,
    /// The door for S3.
    S3,
    /// Places in the log, and its checkpoints.
    Log,
    /// What streams of a key that ended elsewhere.
    LiveKeys,
    /// What is swept every minute.
    Housekeeping,
    /// What ends by its age or its contract.
    Retention,
    /// The certificate's renewal.
    Certificate,
    /// Letters that leave.
    Letters,
    /// Messages to the addresses of teams.
    Webhooks,
    /// Backups, and the list of what was erased.
    Backups,
    /// The gate to elsewhere.
    Egress,
    /// The checks themselves.
    Checks,
}

impl Service {
    const ALL: [Self; 14] = [
        Self::Database,
        Self::Bytes,
        Self::Requests,
        Self::S3,
        Self::Log,
        Self::LiveKeys,
        Self::Housekeeping,
        Self::Retention,
        Self::Certificate,
        Self::Letters,
        Self::Webhooks,
        Self::Backups,
        Self::Egress,
        Self::Checks,
    ];

    /// Its word in the register.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Bytes => "bytes",
            Self::Requests => "requests",
            Self::S3 => "s3",
            Self::Log => "log",
            Self::LiveKeys => "live-keys",
            Self::Housekeeping => "housekeeping",
            Self::Retention => "retention",
            Self::Certificate => "certificate",
            Self::Letters => "letters",
            Self::Webhooks => "webhooks",
            Self::Backups => "backups",
            Self::Egress => "egress",
            Self::Checks => "checks",
        }
    }

    fn runs_with(self, settings: &Settings) -> bool {
        match self {
            Self::S3 => settings.s3.listen.is_some() || settings.s3.plain_http.is_some(),
            Self::Letters => settings.mail.by.is_some(),
            Self::Backups => settings.backup.to.is_some(),
            Self::Checks => settings.checks,
            Self::Database
            | Self::Bytes
            | Self::Requests
            | Self::Log
            | Self::LiveKeys
            | Self::Housekeeping
            | Self::Retention
            | Self::Certificate
            | Self::Webhooks
            | Self::Egress => true,
        }
    }
}

/// The words of those that a server with these settings runs.
pub(crate) fn running(settings: &Settings) -> Vec<&'static str> {
    let run = Service::ALL
        .into_iter()
        .filter(|service| service.runs_with(settings));
    run.map(Service::word).collect()
}

#[cfg(test)]
mod tests {
    use governance::register;

    use super::*;

    #[test]
    fn every_service_can_be_written_down_in_the_register() {
        let register = register::find("services").unwrap();
        let words = Service::ALL.map(Service::word);
        assert_eq!(register.field("service").unwrap().choices, words);
    }
}

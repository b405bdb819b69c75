//! Rules of retention as sentences (GDPR 30(1)(f)).

use custody::item::Kind;
use custody::retention::{Because, CountsFrom, Limit};

/// One sentence for files and one for records, where a rule says; one for both where they are kept alike.
pub(super) fn sentences(limits: &[Limit]) -> Vec<String> {
    match limits {
        [one, other]
            if Limit {
                kind: one.kind,
                ..*other
            } == *one =>
        {
            vec![sentence("everything", one)]
        }
        limits => limits
            .iter()
            .map(|limit| sentence(things(limit.kind), limit))
            .collect(),
    }
}

const fn things(kind: Kind) -> &'static str {
    match kind {
        Kind::File => "files",
        Kind::Record => "records",
    }
}

fn sentence(things: &str, limit: &Limit) -> String {
    let from = match limit.counts_from {
        CountsFrom::Put => "from when it came in",
        CountsFrom::LastVersion => "from its last change",
        CountsFrom::Archive => "from when it was archived",
    };
    let rule = match limit.because {
        Because::DatasetRule => "a rule of the dataset",
        Because::TenantRule => "a rule of the team",
        Because::Contract => "the contract",
        Because::ArchiveWindow => "the archive window",
    };
    let (days, archived) = (limit.days, limit.archive_days);
    format!(
        "{things}: {days} days {from}, by {rule}; then archived for {archived} days, then its keys are destroyed and its bytes deleted"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_alike_is_said_once() {
        let files = Limit {
            kind: Kind::File,
            days: 30,
            counts_from: CountsFrom::Put,
            because: Because::Contract,
            archive_days: 14,
        };
        let records = Limit {
            kind: Kind::Record,
            ..files
        };
        let alike = sentences(&[files, records]);
        assert_eq!(alike.len(), 1);
        assert!(
            alike[0].starts_with(
                "everything: 30 days from when it came in, by the contract; then archived for 14 days"
            ),
            "{alike:?}"
        );
        let apart = sentences(&[
            files,
            Limit {
                days: 90,
                because: Because::DatasetRule,
                ..records
            },
        ]);
        assert!(
            apart[0].starts_with("files: 30 days") && apart[1].starts_with("records: 90 days"),
            "{apart:?}"
        );
        assert!(sentences(&[]).is_empty());
    }
}

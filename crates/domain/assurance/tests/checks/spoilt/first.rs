//! Control cases of what looks at keys, the log, rows, rules and registers.

use std::sync::Arc;

use assurance::attestation::{OnFile, Standing, judge};
use assurance::catalogue::AttestationEntry;
use assurance::checks::*;
use governance::entry::Shown;

use super::{How, Spoilt, blind, refused};

pub(super) const SPOILT: &[Spoilt] = &[
    blind("log-verifies", || Arc::new(LogVerifies { damage: |_| () })),
    blind("trail-has-no-gaps", || Arc::new(TrailHasNoGaps { wrong: vec![] })),
    blind("every-change-has-its-entry", || {
        Arc::new(EveryChangeHasItsEntry { wrong: vec![] })
    }),
    blind("operators-read-nothing", || {
        Arc::new(OperatorsReadNothing { wrong: vec![] })
    }),
    blind("bytes-lie-in-their-region", || {
        Arc::new(BytesLieInTheirRegion { wrong: vec![] })
    }),
    blind("sessions-end-on-the-clock", || {
        Arc::new(SessionsEndOnTheClock { wrong: vec![] })
    }),
    blind("contracts-end-with-data", || {
        Arc::new(ContractsEndWithData { wrong: vec![] })
    }),
    blind("retention-is-kept", || {
        Arc::new(RetentionIsKept { wrong: vec![] })
    }),
    blind("every-column-is-known", || {
        Arc::new(EveryColumnIsKnown { unlisted: "" })
    }),
    blind("ciphers-are-sound", || Arc::new(CiphersAreSound { flaws: |_| 0 })),
    blind("rights-equal-the-table", || {
        Arc::new(RightsEqualTheTable {
            other: |policies| Ok(policies.matrix()),
        })
    }),
    blind("criteria-have-controls", || {
        Arc::new(CriteriaHaveControls { taken_away: "CC0.0" })
    }),
    blind("nothing-readable-at-rest", || {
        Arc::new(NothingReadableAtRest { finds: |_, _| false })
    }),
    blind("deletion-leaves-nothing", || {
        Arc::new(DeletionLeavesNothing {
            passed_over: |_| true,
        })
    }),
    blind("evidence-is-in-date", || {
        Arc::new(EvidenceIsInDate {
            judge: |entry, shown| always(Standing::InDate, entry, shown),
        })
    }),
    blind("outside-scan-is-recent", || {
        Arc::new(OneIsRecent::OUTSIDE_SCAN.judged_by(|entry, shown| always(Standing::InDate, entry, shown)))
    }),
    blind("penetration-test-is-recent", || {
        Arc::new(OneIsRecent::PENETRATION_TEST.judged_by(|entry, shown| always(Standing::Late, entry, shown)))
    }),
    blind("processor-register-is-complete", || {
        Arc::new(ProcessorRegisterIsComplete { gaps: vec![] })
    }),
    blind("agreements-name-their-vendor", || {
        Arc::new(AgreementsNameTheirVendor { names: |_, _| true })
    }),
    blind("opt-in-comes-first", || {
        Arc::new(OptInComesFirst { unasked: vec![] })
    }),
    blind("notice-comes-before-use", || {
        Arc::new(NoticeComesBeforeUse { early: vec![] })
    }),
    blind("egress-equals-register", || {
        Arc::new(EgressEqualsRegister {
            strangers: |_, _| vec![],
        })
    }),
    refused("archive-comes-first", "owner", "item.delete"),
    refused("holds-keep", "owner", "item.delete"),
    refused("basis-before-data", "owner", "item.create"),
    refused("terms-are-data", "owner", "item.create"),
    refused("keys-are-truly-needed", "owner", "item.download"),
    refused("keys-end-when-told", "owner", "item.download"),
    refused("other-regions-are-refused", "owner", "dataset.create"),
    refused("second-factor-is-asked", "owner", "dataset.delete"),
    refused("tenants-do-not-cross", "user", "item.download"),
    refused("looking-is-not-taking", "user", "item.download"),
    refused("workers-stay-in-bounds", "user", "item.browse"),
    refused("disabled-means-out", "admin", "item.download"),
    refused("nobody-grants-above-themselves", "admin", "member.change"),
    // A lease that does not follow its setting.
    refused("leases-keep-their-size", "owner", "dataset.change"),
    Spoilt {
        check: "keys-open-only-their-own",
        how: How::Rows(
            &[
                "CREATE TABLE aside AS SELECT dataset_id, key_wrapped FROM dataset",
                "UPDATE dataset SET key_wrapped = settings_sealed WHERE tenant_id = \
                 (SELECT tenant_id FROM tenant WHERE slug = 'bailee-probe')",
            ],
            &[
                "UPDATE dataset SET key_wrapped = \
                 (SELECT aside.key_wrapped FROM aside WHERE aside.dataset_id = dataset.dataset_id)",
                "DROP TABLE aside",
            ],
        ),
    },
];

/// Whatever the dates say.
fn always(standing: Standing, entry: &AttestationEntry, shown: &[Shown]) -> Option<OnFile> {
    judge(entry, shown).map(|file| OnFile { standing, ..file })
}

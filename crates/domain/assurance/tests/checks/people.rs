//! Checks of what people may ask, of what is on file and of what is watched: with a control case that comes out wrong they are broken, and
//! what is late is late.

use std::sync::Arc;
use std::time::Duration;

use assurance::attestation::{OnFile, Standing, judge};
use assurance::catalogue::AttestationEntry;
use assurance::check::Outcome;
use assurance::checks::*;
use governance::entry::Shown;
use store::params;

use crate::house::{House, expect, one};
use crate::spoilt::{How, Spoilt, blind, refused};

/// Each with a control case that comes out wrong.
pub(crate) const SPOILT: &[Spoilt] = &[
    blind("request-clocks-run", || {
        Arc::new(RequestClocksRun { late: vec![] })
    }),
    blind("requesters-are-identified", || {
        Arc::new(RequestersAreIdentified { unproven: vec![] })
    }),
    blind("no-fee-stands-in-the-way", || {
        Arc::new(NoFeeStandsInTheWay { fee: "" })
    }),
    refused("restriction-stops-reads", "user", "item.download"),
    refused("corrections-hold", "user", "item.download"),
    blind("copies-are-complete", || {
        Arc::new(CopiesAreComplete { finds: |_, _| true })
    }),
    blind("erasure-is-complete", || {
        Arc::new(ErasureIsComplete {
            passed_over: |_| true,
        })
    }),
    blind("consent-receipts-verify", || {
        Arc::new(ConsentReceiptsVerify {
            unrecorded: vec![],
            ..ConsentReceiptsVerify::default()
        })
    }),
    blind("consent-receipts-verify", || {
        Arc::new(ConsentReceiptsVerify {
            forge: str::to_owned,
            ..ConsentReceiptsVerify::default()
        })
    }),
    refused("purposes-are-kept", "user", "item.download"),
    refused("reads-state-a-reason", "user", "item.download"),
    blind("policies-are-accepted", || {
        Arc::new(StepsAreDone::policies().planting(vec![]))
    }),
    blind("training-is-in-date", || {
        Arc::new(StepsAreDone::training().planting(vec![]))
    }),
    blind("incident-clocks-run", || {
        Arc::new(IncidentClocksRun { late: vec![] })
    }),
    blind("assessments-are-in-date", || {
        Arc::new(AssessmentsAreInDate { unassessed: vec![] })
    }),
    blind("weaknesses-are-closed", || {
        Arc::new(WeaknessesAreClosed {
            judge: |entry, shown| always(Standing::InDate, entry, shown),
        })
    }),
    blind("backups-restore", || Arc::new(BackupsRestore { damage: |_| () })),
    blind("erased-stays-erased-in-backups", || {
        Arc::new(ErasedStaysErasedInBackups {
            reads: |_, erased| erased,
        })
    }),
    blind("own-buckets-keep-their-bytes", || {
        Arc::new(OwnBucketsKeepTheirBytes { copied: vec![] })
    }),
    blind("mass-reading-is-noticed", || {
        Arc::new(MassReadingIsNoticed { beyond: 0 })
    }),
    blind("there-is-room", || Arc::new(ThereIsRoom { a_day: 0 })),
    blind("errors-name-nobody", || {
        Arc::new(ErrorsNameNobody { finds: |_, _| false })
    }),
    blind("alarms-arrive", || Arc::new(AlarmsArrive { lying: vec![] })),
    blind("services-have-thresholds", || {
        Arc::new(ServicesHaveThresholds {
            lacking: |_, _| vec![],
        })
    }),
    blind("leavers-are-out", || Arc::new(LeaversAreOut { open: vec![] })),
    blind("configuration-is-approved", || {
        Arc::new(ConfigurationIsApproved { same: |_, _| true })
    }),
    blind("binary-has-provenance", || {
        Arc::new(BinaryHasProvenance { lacks: |_| vec![] })
    }),
    blind("contacts-answer", || {
        Arc::new(ContactsAnswer {
            in_time: |_| true,
            ..ContactsAnswer::default()
        })
    }),
    blind("contacts-answer", || {
        Arc::new(ContactsAnswer {
            judge: |entry, shown| always(Standing::InDate, entry, shown),
            ..ContactsAnswer::default()
        })
    }),
];

/// What a sound installation with nothing on file, no backup and no bucket of a customer's own has nothing to say about.
pub(crate) const OTHERWISE: &[(&str, Outcome)] = &[
    ("policies-are-accepted", Outcome::OutOfScope),
    ("training-is-in-date", Outcome::OutOfScope),
    ("incident-clocks-run", Outcome::OutOfScope),
    ("assessments-are-in-date", Outcome::OutOfScope),
    ("weaknesses-are-closed", Outcome::OutOfScope),
    ("backups-restore", Outcome::OutOfScope),
    ("erased-stays-erased-in-backups", Outcome::OutOfScope),
    ("own-buckets-keep-their-bytes", Outcome::OutOfScope),
    ("alarms-arrive", Outcome::OutOfScope),
    ("services-have-thresholds", Outcome::OutOfScope),
    ("leavers-are-out", Outcome::OutOfScope),
    ("configuration-is-approved", Outcome::OutOfScope),
    ("contacts-answer", Outcome::OutOfScope),
];

/// Whatever the dates say.
fn always(standing: Standing, entry: &AttestationEntry, shown: &[Shown]) -> Option<OnFile> {
    judge(entry, shown).map(|file| OnFile { standing, ..file })
}

const DEPENDENCIES: [(&str, &str); 3] = [("kind", "dependencies"), ("scanner", "Ours"), ("open_high", "0")];
const ASSESSED: [(&str, &str); 3] = [
    ("processing", "Support"),
    ("decision", "go-on"),
    ("residual_risk", "low"),
];

/// One in which there is something for each of these checks to look at, and all of it is well.
async fn furnished(db: engines::TestDb) -> House {
    let house = House::on(db).await;
    house
        .put_on_file("policies", &[("version", "1"), ("area", "security")])
        .await;
    house.put_on_file("training", &[("course", "privacy")]).await;
    house
        .put_on_file("exercises", &[("kind", "breach"), ("result", "well")])
        .await;
    house
        .put_on_file("on-call", &[("answered_by", "Somebody"), ("minutes", "4")])
        .await;
    house.put_on_file("impact-assessments", &ASSESSED).await;
    house.put_on_file("vulnerability-scans", &DEPENDENCIES).await;
    crate::registers::fill(&house).await;
    backed_up(&house).await;
    let team = house.world.team("gallery").await;
    team.owner.dataset("own").await.unwrap();
    house
        .by_sql(
            "UPDATE dataset SET own_bucket_sealed = settings_sealed WHERE tenant_id = $1",
            params![team.id].to_vec(),
        )
        .await;
    house
}

/// As if a backup had been made and tried just now.
async fn backed_up(house: &House) {
    for kind in ["backup", "drill"] {
        let (desk, now) = (house.world.custody.desk(), house.world.custody.desk().clock.now());
        let id = kernel::ObjectId::make(now, &*desk.random);
        house
            .by_sql(
                "INSERT INTO backup_run (run_id, kind, shelf, backup_id, begun_at, done_at) VALUES ($1, $2, 'there', $1, $3, $3)",
                params![id, kind, now].to_vec(),
            )
            .await;
    }
}

engines::on_both! {
    async fn checks_of_what_people_ask_hold_and_are_broken_when_their_control_case_is(db: TestDb) {
        let house = furnished(db).await;
        let checks: Vec<String> = SPOILT.iter().map(|spoilt| spoilt.check.to_owned()).collect();
        // The second time there are receipts to verify.
        for _ in 0..2 {
            for kept in house.assurance.run_now(&checks).await.unwrap() {
                expect(&kept, Outcome::Holds);
            }
            house.world.sequence().await;
        }
        crate::spoilt::know_rules();
        for Spoilt { check, how } in SPOILT {
            let ran = match how {
                How::Blind(blinded) => one(&house.with(vec![blinded()]), check).await,
                How::Refused(..) => one(&house.with_policy(&how.rule().unwrap()), check).await,
                How::Rows(..) => panic!("none of these is spoilt by rows"),
            };
            assert_eq!(ran.finding.outcome, Outcome::BrokenCheck, "{check}: {}", ran.finding.reason);
            assert!(ran.finding.reason.starts_with("the control case"), "{check}: {}", ran.finding.reason);
        }
        // Nobody and nothing is left behind by it but what has to stay.
        let items = house.world.database().read(|tx| tx.one("SELECT count(*) FROM item", &[])?.get::<i64>(0));
        assert_eq!(items.await.unwrap(), 0_i64);
    }

    async fn what_is_on_file_or_was_backed_up_goes_late_by_itself(db: TestDb) {
        let house = furnished(db).await;
        let day = Duration::from_secs(24 * 60 * 60);
        let goes_late: [(u32, &[&str]); 3] = [
            (3, &["backups-restore"]),
            (90, &["weaknesses-are-closed", "contacts-answer"]),
            (273, &["policies-are-accepted", "training-is-in-date", "incident-clocks-run", "assessments-are-in-date",
                "services-have-thresholds", "configuration-is-approved"]),
        ];
        for (days, checks) in goes_late {
            house.later(day * days);
            for check in checks {
                expect(&house.run(check).await, Outcome::Late);
            }
        }
        backed_up(&house).await;
        expect(&house.run("backups-restore").await, Outcome::Holds);
    }

    async fn an_incident_that_nobody_told_of_in_three_days_is_late(db: TestDb) {
        let house = House::on(db).await;
        let day = Duration::from_secs(24 * 60 * 60);
        expect(&house.run("incident-clocks-run").await, Outcome::OutOfScope);
        let today = house.today().to_string();
        let noticed = [("noticed_on", today.as_str()), ("severity", "high"), ("breach", "under-assessment")];
        house.put_on_file("incidents", &noticed).await;
        expect(&house.run("incident-clocks-run").await, Outcome::Holds);
        house.later(day * 4);
        let late = house.run("incident-clocks-run").await;
        expect(&late, Outcome::Late);
        assert!(late.finding.reason.starts_with("open incidents whose notice is late: 1"), "{}", late.finding.reason);
    }

    async fn a_scan_with_open_findings_counts_for_a_month(db: TestDb) {
        let house = House::on(db).await;
        let open = [("kind", "dependencies"), ("scanner", "Ours"), ("open_high", "2")];
        house.put_on_file("vulnerability-scans", &open).await;
        expect(&house.run("weaknesses-are-closed").await, Outcome::Holds);
        house.later(Duration::from_secs(31 * 24 * 60 * 60));
        expect(&house.run("weaknesses-are-closed").await, Outcome::Late);
    }

    async fn who_reads_very_much_is_found_once_and_it_is_an_alarm(db: TestDb) {
        let house = House::on(db).await;
        let team = house.world.team("lab").await;
        read_often(&house, team.id, team.owner.member).await;
        for _ in 0..2 {
            house.assurance.turn(&|| false).await.unwrap();
            house.later(Duration::from_secs(6 * 60));
        }
        let filter = custody::trail::TrailFilter { action: Some("assurance.record".into()), ..Default::default() };
        let trail = house.world.operator.trail(filter).await.unwrap();
        let told: Vec<_> = trail.iter().filter(|entry| entry.event["details"]["watch"] == "mass-reading").collect();
        assert_eq!(told.len(), 1, "once a day");
        let details = &told[0].event["details"];
        assert_eq!((&details["alarm"], &details["reads"]), (&true.into(), &1001.into()));
        assert_eq!(details["member"], team.owner.member.to_string());
        house.assurance.turn(&|| false).await.unwrap();
        expect(&house.run("mass-reading-is-noticed").await, Outcome::Holds);
        house.by_sql("DELETE FROM watch_finding", vec![]).await;
        expect(&house.run("mass-reading-is-noticed").await, Outcome::BrokenPromise);
    }
}

/// As if somebody had read 1,001 times just now.
async fn read_often(house: &House, tenant: kernel::TenantId, member: kernel::MemberId) {
    let (desk, now) = (house.world.custody.desk(), house.world.custody.desk().clock.now());
    let ids: Vec<_> = (0..1_001)
        .map(|_| kernel::EventId::make(now, &*desk.random))
        .collect();
    let written = house.world.database().write(move |tx| {
        ids.iter().try_for_each(|id| {
            let sql = "INSERT INTO event (event_id, tenant_id, happened_at, member_id, action, outcome, sealed, commitment) \
                 VALUES ($1, $2, $3, $4, 'item.download', 'done', $1, $1)";
            tx.execute(sql, params![*id, tenant, now, member]).map(drop)
        })
    });
    written.await.map_err(|error: store::StoreError| error).unwrap();
}

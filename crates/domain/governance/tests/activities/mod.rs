//! Processing activities and the sub-processors that they use: what is chosen is named, what is named is chosen.

use access::Class;
use governance::activity::{GapKind, Processing};
use governance::entry::{Evidence, NewEntry};
use governance::processor::Choice;
use testkit::Person;

use crate::processors::{AGREEMENT, DAY, House};

impl House {
    async fn register(&self) -> Processing {
        let owner = &self.team.owner;
        self.governance
            .processing(&owner.credential, owner.request())
            .await
            .unwrap()
    }

    async fn gaps_about(&self, name: &str) -> Vec<GapKind> {
        let gaps = self.register().await.gaps;
        gaps.iter()
            .filter(|gap| gap.about == name)
            .map(|gap| gap.kind)
            .collect()
    }

    fn captions(&self, processors: &str, safeguards: Option<&str>) -> NewEntry {
        let mut values = vec![("purposes", "training"), ("data_subjects", "patients")];
        values.extend((!processors.is_empty()).then_some(("processors", processors)));
        values.extend(safeguards.map(|says| ("safeguards", says)));
        NewEntry {
            title: "Captions".into(),
            owner: None,
            received_on: self.today(),
            covers: None,
            valid_until: None,
            evidence: Evidence::Statement {
                text: "looked through".into(),
            },
            values: values
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        }
    }

    /// Writes an activity of the team and has it approved; anew in place of the one before, where there is one.
    async fn active(&self, admin: &Person, new: NewEntry) {
        let (owner, before) = (&self.team.owner, self.register().await.activities.pop());
        let request = owner.request();
        let written = match before {
            Some(before) => {
                self.governance
                    .change_entry(&owner.credential, request, before.id, before.number, new)
                    .await
            }
            None => {
                self.governance
                    .add_entry(&owner.credential, request, "processing-activities", new, None)
                    .await
            }
        };
        let entry = written.unwrap();
        let approved =
            self.governance
                .approve_entry(&admin.credential, admin.request(), entry.id, entry.number);
        approved.await.unwrap();
    }
}

engines::on_both! {
    async fn who_gets_data_is_named_by_an_activity_with_the_transfer_and_its_basis(db: TestDb) {
        let house = House::on(db).await;
        let admin = house.team.member(Class::Admin).await;
        let abroad = house.vendor("Vendor One", &[("region", "United States"), ("transfer_basis", "derogation")]);
        let vendor = house.write(abroad).await;
        assert!(house.file(&vendor, AGREEMENT).await);
        house.approve(&vendor).await.unwrap();
        house.world.clock.advance(DAY * 30);

        // On offer and not chosen, it is nobody's recipient; chosen, somebody has to name it.
        house.active(&admin, house.captions("Vendor One\nVendor Two", None)).await;
        assert_eq!(house.gaps_about("Vendor One").await, [GapKind::ProcessorNotChosen]);
        assert_eq!(house.gaps_about("Vendor Two").await, [GapKind::ProcessorUnknown]);
        assert!(house.register().await.activities[0].recipients.is_empty());
        house.choose(&vendor, Choice::Chosen, "United States").await.unwrap();
        assert_eq!(house.gaps_about("Vendor One").await, [GapKind::TransferWithoutSafeguards]);
        house.active(&admin, house.captions("", None)).await;
        assert_eq!(house.gaps_about("Vendor One").await, [GapKind::ProcessorUnnamed]);

        house.active(&admin, house.captions("Vendor One", Some("pictures without names, kept nowhere"))).await;
        assert!(house.gaps_about("Vendor One").await.is_empty());
        let activity = house.register().await.activities.remove(0);
        let transfer = &activity.transfers[0];
        assert_eq!((transfer.to.as_str(), transfer.region.as_str(), transfer.basis.as_str()), ("Vendor One", "United States", "derogation"));
        assert!(activity.recipients[0].says.contains("nothing was sent yet"), "{:?}", activity.recipients);

        // It was looked through a year ago; and nobody objects behind the register's back.
        house.choose(&vendor, Choice::Objected, "United States").await.unwrap();
        assert_eq!(house.gaps_about("Vendor One").await, [GapKind::ProcessorNotChosen]);
        house.world.clock.advance(DAY * 366);
        let owner = house.team.owner.clone();
        assert_eq!(house.gaps_about("Captions").await, [GapKind::ReviewLate]);
        // What another team keeps says nothing here.
        let other = house.world.team("rival").await.owner;
        let theirs = house.governance.processing(&other.credential, other.request()).await.unwrap();
        assert!(theirs.activities.is_empty() && theirs.controller.name != house.register().await.controller.name);
        let activity = house.register().await.activities.remove(0).id;
        assert!(house.governance.processing_activity(&other.credential, other.request(), activity).await.is_err());
        assert!(house.governance.processing_activity(&owner.credential, owner.request(), activity).await.is_ok());
    }
}

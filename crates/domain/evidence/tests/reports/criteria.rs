//! How the criteria of a set stand now.

use assurance::State;
use evidence::Error;
use evidence::criteria::write_csv;

use crate::house::House;

engines::on_both! {
    async fn every_criterion_is_listed_with_the_worst_of_its_claims(db: TestDb) {
        let house = House::on(db).await;
        house.hours(1).await;
        for (set, one) in [("soc2", "CC6.1"), ("iso27001", "A.8.24"), ("hipaa", "164.312(a)(1)"), ("gdpr", "28(3)(h)")] {
            let found = house.evidence.criteria(set).await.unwrap();
            let criterion = found.iter().find(|found| found.criterion == one).unwrap();
            assert_eq!(criterion.state, criterion.claims.iter().map(|claim| claim.state).max(), "{set}");
            assert_ne!(criterion.state, Some(State::Holds), "most checks are not staged here");
            assert!(found.iter().all(|found| found.state.is_some() != found.claims.is_empty()));
            let mut sheet = Vec::new();
            write_csv(&found, &mut sheet).unwrap();
            let sheet = String::from_utf8(sheet).unwrap();
            let lines: usize = found.iter().map(|found| found.claims.len().max(1)).sum();
            assert!(sheet.lines().count() > lines && sheet.contains(one), "{set}");
        }
        let soc2 = house.evidence.criteria("soc2").await.unwrap();
        assert_eq!(soc2.len(), house.assurance.catalogue().criteria().soc2.len());
        assert!(matches!(house.evidence.criteria("pci").await, Err(Error::UnknownSet(_))));
        let mut questions = Vec::new();
        house.evidence.questionnaire(&mut questions).await.unwrap();
        let questions = String::from_utf8(questions).unwrap();
        assert!(questions.starts_with("id,question,answer") && questions.contains(",not now,"));
    }
}

//! Words that do not follow from state: what customers and vendors have to do, and drafts that the management makes its own.

use super::Material;

/// What a customer has to do so that the criteria are met, with the criteria.
pub(super) const CUSTOMER: [(&str, &str); 10] = [
    (
        "Disable members who leave or change their work, and look at who has access at least every quarter.",
        "CC6.2, CC6.3",
    ),
    (
        "Give members the class and the datasets that their work needs, and no more.",
        "CC6.1, CC6.3",
    ),
    (
        "Ask for a second factor, or bind the team to a provider of its own that does.",
        "CC6.1",
    ),
    (
        "Keep keys secret, narrow them to what they are for, let them end, and invalidate those that are not used.",
        "CC6.1",
    ),
    (
        "Where the team holds its key itself: keep the recovery code safe, for nobody else can open the data.",
        "CC6.1, A1.2",
    ),
    (
        "Bring in only data that there is a lawful basis or an instruction for, and say so in the contract.",
        "P1.1, P3.1",
    ),
    (
        "Choose regions, retention and purposes of datasets, and answer when a decision is asked for.",
        "C1.1, C1.2, P4.2",
    ),
    (
        "Decide about requests of the operator to be let in, and end them when they are not needed.",
        "CC6.1, CC6.3",
    ),
    (
        "Share datasets with the public only on purpose, and take links back.",
        "CC6.1, C1.1",
    ),
    (
        "Tell the operator at once of incidents that concern keys or accounts of the team.",
        "CC7.3, CC7.4",
    ),
];

/// What is expected of vendors whose controls are needed, with the criteria.
pub(super) const VENDORS: [(&str, &str); 4] = [
    (
        "Hosts keep premises, power, network and machines safe, and show it by a report of their own every year.",
        "CC6.4, A1.2",
    ),
    (
        "Hosts wipe or destroy media before they leave their control.",
        "CC6.5",
    ),
    (
        "Who keeps sealed bytes keeps them in the region that was agreed, and loses none of them.",
        "C1.1, A1.2",
    ),
    (
        "Every vendor tells of incidents without delay, as its agreement says.",
        "CC7.3, CC9.2",
    ),
];

/// A draft that the management signs or does not.
pub(super) fn assertion(material: &Material) -> String {
    let (speaker, period) = (&material.gathered.speaker, &material.gathered.period);
    let (first, last) = (period.first(), period.last());
    format!(
        "# Assertion of the management of {speaker} (draft)\n\n\
         *Nobody has signed this. It is made by the software from its state, for the management to read, correct and sign. What is in square \
         brackets has to be filled in.*\n\n\
         We have prepared the description of the system of {speaker} in this pack for the period from {first} to {last}, by the criteria for \
         a description of a service organization's system (DC section 200).\n\n\
         We confirm, to the best of our knowledge and belief, that\n\n\
         1. the description presents the system that was designed and implemented throughout that period;\n\
         2. the controls stated in it were suitably designed throughout that period, so that the service commitments and system requirements \
         would be achieved by the trust services criteria for [security, and which other categories], if the controls operated effectively and \
         if customers and sub-service organizations applied the complementary controls assumed in the design;\n\
         3. the controls operated effectively throughout that period, **but for the exceptions in `exceptions.csv`**, to which we respond as \
         follows: [responses].\n\n\
         [Name, title, date, signature]\n"
    )
}

/// A draft for the time after the period.
pub(super) fn bridge_letter(material: &Material) -> String {
    let (speaker, period) = (&material.gathered.speaker, &material.gathered.period);
    let (last, made) = (period.last(), crate::period::day_of(material.made_at));
    let not_holding: Vec<&assurance::ClaimState> = material
        .gathered
        .claims
        .iter()
        .filter(|claim| {
            use assurance::State::{BrokenCheck, BrokenPromise, Late};
            matches!(claim.state, Late | BrokenCheck | BrokenPromise)
        })
        .collect();
    let stands = match not_holding.is_empty() {
        true => format!("On {made} none of the claims in the catalogue was late or broken."),
        false => {
            let lines: Vec<String> = not_holding
                .iter()
                .map(|claim| {
                    format!(
                        "- `{}` ({}): {}",
                        claim.id,
                        claim.state.as_str(),
                        claim.reason.as_deref().unwrap_or("no reason")
                    )
                })
                .collect();
            format!(
                "On {made} these claims were late or broken:\n\n{}",
                lines.join("\n")
            )
        }
    };
    format!(
        "# Bridge letter of {speaker} (draft)\n\n\
         *Nobody has signed this. It is the management's own letter; no auditor has looked at it.*\n\n\
         To whom it may concern,\n\n\
         our last examined period ended on {last}. From then until {made} we know of [no material changes of the system or of its controls; or \
         which], and of [no incidents that broke our commitments; or which].\n\n{stands}\n\n\
         This letter does not replace a report, and is good until [the next report, three months at most].\n\n\
         [Name, title, date, signature]\n"
    )
}

//! The four companies of the demo: shaped like businesses that keep other people's data, and invented from end to end.

/// A company before it is a tenant.
pub(super) struct Company {
    pub(super) slug: &'static str,
    pub(super) name: &'static str,
    pub(super) business: &'static str,
    /// What it does, for the story.
    pub(super) says: &'static str,
    pub(super) customer_held: bool,
    pub(super) terms: Terms,
    /// The owner first.
    pub(super) people: &'static [Role],
    pub(super) datasets: &'static [Set],
}

/// What its contract says.
pub(super) struct Terms {
    pub(super) owner: &'static str,
    pub(super) purpose: &'static str,
    pub(super) basis: Basis,
    pub(super) region: &'static str,
    pub(super) retention_days: u32,
}

/// On which ground it has the data.
pub(super) enum Basis {
    Lawful(&'static str),
    Instruction(&'static str),
}

/// Somebody who works there.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) class: &'static str,
    pub(super) name: &'static str,
    pub(super) email: &'static str,
}

/// A dataset and the fields that its records declare as personal and searchable.
pub(super) struct Set {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) searchable: &'static [&'static str],
}

/// The dataset of every company when it is the user's own files that are taken in.
pub(super) const OWN_FILES: &str = "your-own-files";
/// Fields that records declare there.
pub(super) const OWN_FIELDS: &[&str] = &["email"];

const fn role(class: &'static str, name: &'static str, email: &'static str) -> Role {
    Role { class, name, email }
}

const fn set(name: &'static str, description: &'static str) -> Set {
    Set {
        name,
        description,
        searchable: &[],
    }
}

/// All four.
pub(super) const COMPANIES: [Company; 4] = [NORTHLIGHT, KINDRED, PARLEY, VERIDIAN];

const NORTHLIGHT: Company = Company {
    slug: "northlight",
    name: "Northlight Pictures for Machines",
    business: "training-data",
    says: "a training-data team with images and DICOM",
    customer_held: false,
    terms: Terms {
        owner: "Lakeside Clinics of Nowhere",
        purpose: "training of models that read chest images",
        basis: Basis::Instruction("data processing agreement NL-2026-014"),
        region: "eu-central",
        retention_days: 730,
    },
    people: &[
        role(
            "owner",
            "Ottoline Lensgrove",
            "ottoline.lensgrove@northlight.example",
        ),
        role(
            "admin",
            "Ambrose Pixelhurst",
            "ambrose.pixelhurst@northlight.example",
        ),
        role("user", "Ursula Framewell", "ursula.framewell@northlight.example"),
        role(
            "workforce-manager",
            "Winifred Crewsby",
            "winifred.crewsby@northlight.example",
        ),
        role(
            "worker",
            "Wendell Labelton",
            "wendell.labelton@northlight.example",
        ),
        role(
            "auditor",
            "Augusta Tickmark",
            "augusta.tickmark@northlight.example",
        ),
    ],
    datasets: &[
        set("chest-ct-2026", "Chest images to be labelled"),
        set(
            "street-photographs",
            "Crossings, trams and what stands beside them",
        ),
    ],
};

const KINDRED: Company = Company {
    slug: "kindred",
    name: "Kindred Feedback",
    business: "crm",
    says: "a feedback CRM with records of people",
    customer_held: false,
    terms: Terms {
        owner: "Kindred Feedback of Nowhere",
        purpose: "answering what customers say",
        basis: Basis::Lawful("contract"),
        region: "eu-west",
        retention_days: 365,
    },
    people: &[
        role("owner", "Oswin Heartwright", "oswin.heartwright@kindred.example"),
        role("user", "Una Listenstone", "una.listenstone@kindred.example"),
        role(
            "privacy-officer",
            "Prudence Shadegrove",
            "prudence.shadegrove@kindred.example",
        ),
        role("auditor", "Alaric Tallyman", "alaric.tallyman@kindred.example"),
    ],
    datasets: &[
        Set {
            name: "customer-feedback",
            description: "One record for each person",
            searchable: &["email", "name"],
        },
        set("survey-exports", "Answers without names"),
    ],
};

const PARLEY: Company = Company {
    slug: "parley",
    name: "Parley Conversations by Wire",
    business: "ai-api",
    says: "an AI API that is used by keys and holds its own",
    customer_held: true,
    terms: Terms {
        owner: "Parley Conversations by Wire",
        purpose: "keeping conversations for their own users",
        basis: Basis::Lawful("consent"),
        region: "eu-north",
        retention_days: 30,
    },
    people: &[
        role(
            "owner",
            "Orsolya Switchboard",
            "orsolya.switchboard@parley.example",
        ),
        role("admin", "Anselm Wirecroft", "anselm.wirecroft@parley.example"),
        role("user", "Ulric Promptly", "ulric.promptly@parley.example"),
    ],
    datasets: &[set("chat-transcripts", "What was asked and what was answered")],
};

const VERIDIAN: Company = Company {
    slug: "veridian",
    name: "Veridian Identity Checks",
    business: "identity",
    says: "an identity-check company with documents",
    customer_held: false,
    terms: Terms {
        owner: "Bank of Upper Fiction",
        purpose: "checking who opens an account",
        basis: Basis::Lawful("legal-obligation"),
        region: "eu-central",
        retention_days: 1_825,
    },
    people: &[
        role("owner", "Odalys Sealwood", "odalys.sealwood@veridian.example"),
        role("user", "Umberto Checkley", "umberto.checkley@veridian.example"),
        role("worker", "Wanda Stamperly", "wanda.stamperly@veridian.example"),
        role(
            "privacy-officer",
            "Percival Quietly",
            "percival.quietly@veridian.example",
        ),
        role(
            "auditor",
            "Adelheid Ledgerby",
            "adelheid.ledgerby@veridian.example",
        ),
    ],
    datasets: &[set(
        "identity-papers",
        "Copies of papers, for as long as the law says",
    )],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_company_has_an_owner_first_and_addresses_that_nobody_has() {
        for company in &COMPANIES {
            assert_eq!(company.people[0].class, "owner");
            assert!(
                company
                    .people
                    .iter()
                    .all(|role| role.email.ends_with(&format!("@{}.example", company.slug)))
            );
        }
    }
}

//! Whether the rules in force are the published ones, asked without anybody acting.

use access::{Action, BadPolicies, Class, Facts, Matrix, PUBLISHED, Policies, Situation, Subject};
use async_trait::async_trait;

use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};

/// Compares the rules in force with the published table.
pub struct RightsEqualTheTable {
    /// The table of the rules as they are changed for the control case.
    pub other: fn(&Policies) -> Result<Matrix, BadPolicies>,
}

impl Default for RightsEqualTheTable {
    fn default() -> Self {
        Self {
            other: |policies| Ok(policies.without("operator.root-key")?.matrix()),
        }
    }
}

/// Every so manieth row of the table is asked of the engine itself and not of what it remembers.
const AFRESH: usize = 17;

#[async_trait]
impl Check for RightsEqualTheTable {
    fn id(&self) -> &'static str {
        "rights-equal-the-table"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let (policies, other) = (site.custody.desk().policies.clone(), self.other);
        let compared = tokio::task::spawn_blocking(move || {
            let other = other(&policies).map_err(|error| Trouble(error.to_string()))?;
            let matrix = policies.matrix();
            Ok::<_, Trouble>((
                matrix.to_string(),
                other != matrix,
                answers_agree(&policies, &matrix),
            ))
        });
        let (text, differs, agree) = compared.await.map_err(|error| Trouble(error.to_string()))??;
        let mut cases = Cases::of(self.id());
        cases.looked_at(&text);
        cases.must("the rules in force give the published table", text == PUBLISHED);
        cases.must("what is remembered is what the rules say", agree);
        cases.control("rules that lack one differ", differs);
        Ok(cases.seen())
    }
}

/// Whether the engine, asked anew, says what the table says.
fn answers_agree(policies: &Policies, matrix: &Matrix) -> bool {
    let rows = matrix.tables.iter().flat_map(|table| {
        let situation = table.situation;
        table.rows.iter().map(move |row| (situation, row))
    });
    rows.step_by(AFRESH).all(|(situation, row)| {
        Class::ALL.into_iter().zip(&row.allowed).all(|(class, allowed)| {
            let scope = situation.scope(row.action);
            let asked = policies.decide_afresh(&Subject { class, scope }, row.action, &situation.facts());
            asked.allowed == *allowed
        })
    })
}

/// Asks for what cannot be taken back in a session whose proof is old.
pub struct SecondFactorIsAsked;

/// What takes a fresh proof.
const TAKES_PROOF: [Action; 10] = [
    Action::TenantChange,
    Action::ContractSign,
    Action::MemberInvite,
    Action::MemberChange,
    Action::KeyIssue,
    Action::GrantGive,
    Action::DatasetDelete,
    Action::ItemDelete,
    Action::QuarantineRelease,
    Action::ExportDownload,
];

#[async_trait]
impl Check for SecondFactorIsAsked {
    fn id(&self) -> &'static str {
        "second-factor-is-asked"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let policies = &site.custody.desk().policies;
        let mut cases = Cases::of(self.id());
        for action in TAKES_PROOF {
            let facts = permissive(action);
            let (fresh, mut stale) = (Subject::of(Class::Owner), Subject::of(Class::Owner));
            stale.scope.stale = true;
            let refused = !policies.decide_afresh(&stale, action, &facts).allowed;
            cases.must(&format!("{action} is refused when the proof is old"), refused);
            let allowed = policies.decide_afresh(&fresh, action, &facts).allowed;
            cases.control(
                &format!("{action} is allowed to an owner with a fresh proof"),
                allowed,
            );
        }
        Ok(cases.seen())
    }
}

/// Facts in which an owner may do it, as far as there are such.
fn permissive(action: Action) -> Facts {
    let state = match action {
        Action::ItemDelete | Action::DatasetDelete => access::State::Archived,
        _ => access::State::Active,
    };
    Facts {
        state,
        quarantined: action == Action::QuarantineRelease,
        key_covers_dataset: true,
        key_covers_name: true,
        target_class: Some(Class::Worker),
        new_class: Some(Class::Worker),
        ..Facts::at_home()
    }
}

/// Asks whether who may look may also take.
pub struct LookingIsNotTaking;

#[async_trait]
impl Check for LookingIsNotTaking {
    fn id(&self) -> &'static str {
        "looking-is-not-taking"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let policies = &site.custody.desk().policies;
        let mut cases = Cases::of(self.id());
        for (class, situation) in [
            (Class::WorkforceManager, Situation::Granted),
            (Class::Worker, Situation::Leased),
        ] {
            let may = |action| {
                let subject = Subject {
                    class,
                    scope: situation.scope(action),
                };
                policies
                    .decide_afresh(&subject, action, &situation.facts())
                    .allowed
            };
            cases.control(&format!("a {class} may look"), may(Action::ItemView));
            for action in [Action::ItemDownload, Action::ExportDownload, Action::ItemDelete] {
                cases.must(
                    &format!("a {class} who may look is refused {action}"),
                    !may(action),
                );
            }
        }
        let taker = Subject::of(Class::User);
        let facts = Situation::Normal.facts();
        let takes = policies
            .decide_afresh(&taker, Action::ItemDownload, &facts)
            .allowed;
        cases.control("a user may take", takes);
        Ok(cases.seen())
    }
}

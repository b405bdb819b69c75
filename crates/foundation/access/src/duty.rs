//! Duties: what somebody answers for, and which two of them nobody answers for alone.
//!
//! Promises: one table says what each duty is, which acts are its own, which class brings it along, and which two conflict whatever a
//! tenant says; [`bar`] follows from that table and from who holds what. Leaves out: who holds what, and the pairs that a tenant
//! adds (the caller finds both).

use std::fmt;
use std::str::FromStr;

use crate::{Action, Class};

/// Text that names no duty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such duty: `/v1/duties` lists all")]
pub struct BadDuty;

/// Text that names no two different duties.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no such pair: write two different duties with a plus between them, as in `issue-keys+review-access`"
)]
pub struct BadPair;

macro_rules! duties {
    ($($name:ident $text:literal [$($action:ident),*] $says:literal;)*) => {
        /// Something that somebody answers for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Duty {$(
            #[doc = concat!("`", $text, "`: to ", $says, ".")]
            $name,
        )*}

        impl Duty {
            /// Every duty, in the order of the published table.
            pub const ALL: [Self; [$($text),*].len()] = [$(Self::$name),*];

            /// Its word in rows and answers.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What it is, to follow "to".
            pub const fn says(self) -> &'static str {
                match self { $(Self::$name => $says,)* }
            }

            /// The acts that are its own. While somebody holds the duty, nobody else does them; one without acts is only something
            /// that goes with nothing it conflicts with.
            pub const fn acts(self) -> &'static [Action] {
                match self { $(Self::$name => &[$(Action::$action),*],)* }
            }
        }
    };
}

duties! {
    Audit            "audit"             [] "audit what others do";
    Privacy          "privacy"           [] "watch over the privacy of the people the data is about";
    Work             "work"              [] "work on the items of datasets that one was given";
    KeepRegisters    "keep-registers"    [RegisterWrite] "write entries of the registers";
    ApproveRegisters "approve-registers" [RegisterApprove] "approve entries of the registers";
    IssueKeys        "issue-keys"        [KeyIssue] "issue API keys";
    GiveAccess       "give-access"       [MemberInvite, MemberChange, MemberEnable, InvitationMake, GrantGive]
        "take people in, and give classes and datasets";
    ReviewAccess     "review-access"     [] "look through who has access, and say whose is to end";
    RecordAdmission  "record-admission"  [AdmissionRecord] "record that members have signed, learned or been screened";
    TakeInRequests   "take-in-requests"  [RequestOpen] "take in what people ask for about their data";
    DecideRequests   "decide-requests"   [RequestDecide] "decide what people ask for";
    AnswerRequests   "answer-requests"   [RequestAnswer, RequestPackage] "answer people who asked for something";
    ErasePeople      "erase-people"      [SubjectErase] "erase what is kept about a person";
    MakeExports      "make-exports"      [ExportCreate] "make exports";
    Publish          "publish"           [ShareCreate] "share datasets and exports with the public";
    AdmitStaff       "admit-staff"       [StaffInvite] "take people in as staff of the installation";
    LookIntoTenants  "look-into-tenants" [OperatorAccessAsk, OperatorAccessTake] "ask tenants to be let in, and look";
}

/// Two duties that nobody holds together, in the order of [`Duty::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    one: Duty,
    other: Duty,
}

/// The pairs that conflict for every tenant, and why. No tenant switches one off.
pub const CONFLICTS: [(Pair, &str); 23] = {
    use Duty::*;
    [
        conflict(
            KeepRegisters,
            ApproveRegisters,
            "what a company says of itself is looked at by a second person",
        ),
        conflict(
            IssueKeys,
            ReviewAccess,
            "who gives keys out does not say that they are in order",
        ),
        conflict(
            GiveAccess,
            ReviewAccess,
            "who gives access does not say that it is in order",
        ),
        conflict(
            GiveAccess,
            RecordAdmission,
            "who lets people in does not vouch for what they have to bring",
        ),
        conflict(
            TakeInRequests,
            DecideRequests,
            "nobody decides what they brought in themselves",
        ),
        conflict(
            DecideRequests,
            AnswerRequests,
            "a second person reads a decision before it goes out",
        ),
        conflict(
            DecideRequests,
            ErasePeople,
            "an erasure cannot be taken back, so who decides it does not do it",
        ),
        conflict(
            MakeExports,
            Publish,
            "a second person looks at what leaves before everybody can have it",
        ),
        conflict(
            Audit,
            Privacy,
            "an auditor looks at the work of the privacy officer, too",
        ),
        conflict(Audit, Work, "an auditor has no part in what they look at"),
        conflict(
            Audit,
            KeepRegisters,
            "an auditor has no part in what they look at",
        ),
        conflict(
            Audit,
            ApproveRegisters,
            "an auditor has no part in what they look at",
        ),
        conflict(Audit, IssueKeys, "an auditor has no part in what they look at"),
        conflict(Audit, GiveAccess, "an auditor has no part in what they look at"),
        conflict(
            Audit,
            RecordAdmission,
            "an auditor has no part in what they look at",
        ),
        conflict(
            Audit,
            DecideRequests,
            "an auditor has no part in what they look at",
        ),
        conflict(
            Audit,
            AnswerRequests,
            "an auditor has no part in what they look at",
        ),
        conflict(Audit, ErasePeople, "an auditor has no part in what they look at"),
        conflict(Audit, MakeExports, "an auditor has no part in what they look at"),
        conflict(Audit, Publish, "an auditor has no part in what they look at"),
        conflict(
            Privacy,
            IssueKeys,
            "GDPR 38(6): a privacy officer does not run what they watch over",
        ),
        conflict(
            Privacy,
            GiveAccess,
            "GDPR 38(6): a privacy officer does not run what they watch over",
        ),
        conflict(
            AdmitStaff,
            LookIntoTenants,
            "nobody makes the staff by whom they then look",
        ),
    ]
};

/// INVARIANT: the earlier duty first. A test holds the table to it.
const fn conflict(one: Duty, other: Duty, why: &'static str) -> (Pair, &'static str) {
    (Pair { one, other }, why)
}

/// Some duties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DutySet(u32);

const _: () = assert!(Duty::ALL.len() <= 32, "a DutySet has one bit for every duty");

/// Why somebody does not do an act that their class would let them do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    /// They hold a duty that conflicts with the act's.
    Opposed(Pair),
    /// The act's duty is somebody else's.
    Others(Duty),
}

/// What keeps somebody who holds `own` from an act, where somebody holds `held` and these pairs conflict besides [`CONFLICTS`].
pub fn bar(action: Action, own: DutySet, held: DutySet, added: &[Pair]) -> Option<Bar> {
    let duty = Duty::of_act(action)?;
    let opposed =
        conflicts_of(added).find(|pair| pair.other_of(duty).is_some_and(|other| own.contains(other)));
    match opposed {
        Some(pair) => Some(Bar::Opposed(pair)),
        None if held.contains(duty) && !own.contains(duty) => Some(Bar::Others(duty)),
        None => None,
    }
}

/// The pairs of which somebody holds both, of those built in and those that were added.
pub fn held_together(own: DutySet, added: &[Pair]) -> impl Iterator<Item = Pair> {
    conflicts_of(added).filter(move |pair| own.contains(pair.one) && own.contains(pair.other))
}

fn conflicts_of(added: &[Pair]) -> impl Iterator<Item = Pair> {
    let built_in = CONFLICTS.iter().map(|(pair, _)| *pair);
    built_in.chain(added.iter().copied().filter(|pair| pair.why().is_none()))
}

impl Duty {
    /// The duty whose act this is.
    pub fn of_act(action: Action) -> Option<Self> {
        Self::ALL.into_iter().find(|duty| duty.acts().contains(&action))
    }

    /// What a class brings along.
    pub const fn of_class(class: Class) -> Option<Self> {
        match class {
            Class::Auditor => Some(Self::Audit),
            Class::PrivacyOfficer => Some(Self::Privacy),
            _ => None,
        }
    }

    /// Whether it comes with a grant of a dataset, and is not given by itself.
    pub const fn comes_with_a_grant(self) -> bool {
        matches!(self, Self::Work)
    }
}

impl Pair {
    /// The pair of these two; nothing for one and the same.
    pub fn of(one: Duty, other: Duty) -> Option<Self> {
        (one != other).then(|| Self {
            one: one.min(other),
            other: one.max(other),
        })
    }

    /// The two.
    pub const fn duties(self) -> [Duty; 2] {
        [self.one, self.other]
    }

    /// Why the two conflict for every tenant; nothing for a pair that is not built in.
    pub fn why(self) -> Option<&'static str> {
        let found = CONFLICTS.iter().find(|(pair, _)| *pair == self);
        found.map(|(_, why)| *why)
    }

    fn other_of(self, duty: Duty) -> Option<Duty> {
        match duty {
            _ if duty == self.one => Some(self.other),
            _ if duty == self.other => Some(self.one),
            _ => None,
        }
    }
}

impl Bar {
    /// The id of the reason, for the record of the refusal.
    pub fn id(self) -> String {
        match self {
            Self::Opposed(pair) => format!("duties.{pair}"),
            Self::Others(duty) => format!("duty.{duty}"),
        }
    }

    /// The reason in one plain sentence, without capital and full stop.
    pub fn says(self) -> String {
        match self {
            Self::Opposed(pair) => format!(
                "nobody may both {} and {}: ask somebody else, or an owner to end one of the duties",
                pair.one.says(),
                pair.other.says()
            ),
            Self::Others(duty) => format!(
                "to {} is somebody else's duty: `/v1/duties/holders` says whose",
                duty.says()
            ),
        }
    }

    /// Every bar there can be.
    pub fn all() -> impl Iterator<Item = Self> {
        let pairs = Duty::ALL.into_iter().flat_map(|one| {
            Duty::ALL
                .into_iter()
                .filter(move |other| one < *other)
                .map(move |other| (one, other))
        });
        let opposed = pairs.map(|(one, other)| Self::Opposed(Pair { one, other }));
        opposed.chain(Duty::ALL.map(Self::Others))
    }
}

impl DutySet {
    /// Whether the duty is one of them.
    pub const fn contains(self, duty: Duty) -> bool {
        self.0 & (1 << duty as u32) != 0
    }

    /// With this one.
    #[must_use]
    pub const fn with(self, duty: Duty) -> Self {
        Self(self.0 | 1 << duty as u32)
    }

    /// The duties, in the order of [`Duty::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Duty> {
        Duty::ALL.into_iter().filter(move |duty| self.contains(*duty))
    }
}

impl FromIterator<Duty> for DutySet {
    fn from_iter<I: IntoIterator<Item = Duty>>(duties: I) -> Self {
        duties.into_iter().fold(Self::default(), Self::with)
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Duty {
    type Err = BadDuty;

    fn from_str(text: &str) -> Result<Self, BadDuty> {
        Self::ALL
            .into_iter()
            .find(|duty| duty.as_str() == text)
            .ok_or(BadDuty)
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}", self.one, self.other)
    }
}

impl FromStr for Pair {
    type Err = BadPair;

    fn from_str(text: &str) -> Result<Self, BadPair> {
        let (one, other) = text.split_once('+').ok_or(BadPair)?;
        let duties = one.parse().ok().zip(other.parse().ok());
        duties
            .and_then(|(one, other)| Self::of(one, other))
            .ok_or(BadPair)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_table_says_every_duty_and_every_pair_once() {
        for duty in Duty::ALL {
            assert_eq!(duty.as_str().parse(), Ok(duty));
            for act in duty.acts() {
                assert_eq!(Duty::of_act(*act), Some(duty), "{act} belongs to one duty");
            }
        }
        for (place, (pair, _)) in CONFLICTS.iter().enumerate() {
            let [one, other] = pair.duties();
            assert_eq!(
                Pair::of(other, one),
                Some(*pair),
                "{pair} has the earlier duty first"
            );
            assert!(
                CONFLICTS.iter().skip(place + 1).all(|(later, _)| later != pair),
                "{pair} once"
            );
            assert_eq!(format!("{other}+{one}").parse(), Ok(*pair), "in either order");
        }
        assert_eq!("audit+audit".parse::<Pair>(), Err(BadPair));
    }

    #[test]
    fn who_holds_one_side_of_a_pair_does_no_act_of_the_other() {
        for (pair, _) in CONFLICTS {
            for (own, other) in [(pair.one, pair.other), (pair.other, pair.one)] {
                for act in other.acts() {
                    let own = DutySet::default().with(own);
                    assert!(
                        matches!(bar(*act, own, own, &[]), Some(Bar::Opposed(_))),
                        "{pair}: {act}"
                    );
                    // Also when it is theirs from before the pair was added.
                    assert!(
                        bar(*act, own.with(other), own.with(other), &[]).is_some(),
                        "{pair}: {act}"
                    );
                }
            }
        }
    }

    #[test]
    fn an_act_is_everybodys_until_somebody_holds_its_duty() {
        let (nobody, keeps) = (DutySet::default(), DutySet::default().with(Duty::KeepRegisters));
        assert_eq!(bar(Action::RegisterWrite, nobody, nobody, &[]), None);
        assert_eq!(
            bar(Action::RegisterWrite, nobody, keeps, &[]),
            Some(Bar::Others(Duty::KeepRegisters))
        );
        assert_eq!(bar(Action::RegisterWrite, keeps, keeps, &[]), None);
        assert_eq!(
            bar(Action::RegisterRead, nobody, keeps, &[]),
            None,
            "no duty's act"
        );
    }

    fn any_set() -> impl Strategy<Value = DutySet> {
        (0..1_u32 << Duty::ALL.len()).prop_map(DutySet)
    }

    proptest! {
        #[test]
        fn a_pair_more_never_frees_anybody(own in any_set(), held in any_set(), one in 0..Duty::ALL.len(), other in 0..Duty::ALL.len()) {
            let added: Vec<Pair> = Pair::of(Duty::ALL[one], Duty::ALL[other]).into_iter().collect();
            for action in Action::ALL {
                let (before, after) = (bar(action, own, held, &[]), bar(action, own, held, &added));
                prop_assert!(before.is_none() || after.is_some());
            }
            prop_assert!(held_together(own, &added).count() >= held_together(own, &[]).count());
        }

        #[test]
        fn foreign_text_is_no_pair_or_one_that_reads_back(text in "[a-z+-]{0,40}") {
            if let Ok(pair) = text.parse::<Pair>() {
                prop_assert_eq!(pair.to_string().parse(), Ok(pair));
            }
        }
    }
}

//! Why a request may be refused: each ground with its article, and the kinds of request that it is one for.

use super::Kind;
use crate::words::words;

words! {
    /// A ground for refusing a request.
    Ground {
        /// GDPR 11(2), 12(2): it cannot be found out whether it is the person who asks.
        NotIdentified "not-identified",
        /// GDPR 12(5)(b): manifestly unfounded; the burden of showing it is on who refuses.
        ManifestlyUnfounded "manifestly-unfounded",
        /// GDPR 12(5)(b): excessive, in particular because it is repeated.
        Excessive "excessive",
        /// GDPR 23: a law restricts this right.
        RestrictedByLaw "restricted-by-law",
        /// GDPR 15(4), 20(4): it would harm the rights of others.
        RightsOfOthers "rights-of-others",
        /// GDPR 16: what is kept is accurate and complete; 45 CFR 164.526(a)(2)(iv).
        Accurate "accurate",
        /// 45 CFR 164.526(a)(2)(i): somebody else made the record, and can amend it.
        NotOurRecord "not-our-record",
        /// GDPR 17(1): none of its grounds for erasure applies.
        StillNeeded "still-needed",
        /// GDPR 17(3)(a): freedom of expression and information.
        Expression "expression",
        /// GDPR 17(3)(b): a legal obligation, or a task in the public interest.
        LegalObligation "legal-obligation",
        /// GDPR 17(3)(c): public health.
        PublicHealth "public-health",
        /// GDPR 17(3)(d), 21(6): archiving in the public interest, research, statistics.
        Research "research",
        /// GDPR 17(3)(e), 21(1): legal claims.
        LegalClaims "legal-claims",
        /// GDPR 18(1): none of its cases is there.
        NoCaseOfRestriction "no-case-of-restriction",
        /// GDPR 20(1): not given by the person, not kept by automated means, or neither by consent nor by contract.
        NotPortable "not-portable",
        /// GDPR 21(1): compelling legitimate grounds that override. Never against direct marketing (21(3)).
        CompellingGrounds "compelling-grounds",
        /// 45 CFR 164.524(a)(1)-(3): the person has no right of access to this, or a reviewable ground for denial.
        AccessDenied "access-denied",
    }
}

impl Ground {
    /// The article.
    pub const fn article(self) -> &'static str {
        match self {
            Self::NotIdentified => "GDPR 11(2), 12(2)",
            Self::ManifestlyUnfounded | Self::Excessive => "GDPR 12(5)(b)",
            Self::RestrictedByLaw => "GDPR 23",
            Self::RightsOfOthers => "GDPR 15(4), 20(4)",
            Self::Accurate => "GDPR 16; 45 CFR 164.526(a)(2)(iv)",
            Self::NotOurRecord => "45 CFR 164.526(a)(2)(i)",
            Self::StillNeeded => "GDPR 17(1)",
            Self::Expression => "GDPR 17(3)(a)",
            Self::LegalObligation => "GDPR 17(3)(b)",
            Self::PublicHealth => "GDPR 17(3)(c)",
            Self::Research => "GDPR 17(3)(d), 21(6)",
            Self::LegalClaims => "GDPR 17(3)(e), 21(1)",
            Self::NoCaseOfRestriction => "GDPR 18(1)",
            Self::NotPortable => "GDPR 20(1)",
            Self::CompellingGrounds => "GDPR 21(1)",
            Self::AccessDenied => "45 CFR 164.524(a)",
        }
    }

    /// Whether it is a ground for refusing requests of this kind.
    pub const fn fits(self, kind: Kind) -> bool {
        match self {
            // Consent is taken back as it was given, and by whoever gave it: there is nothing to weigh (GDPR 7(3)).
            Self::NotIdentified => true,
            Self::ManifestlyUnfounded | Self::Excessive | Self::RestrictedByLaw => {
                !matches!(kind, Kind::ConsentWithdrawal)
            }
            Self::RightsOfOthers => matches!(kind, Kind::Access | Kind::Portability),
            Self::AccessDenied => matches!(kind, Kind::Access),
            Self::Accurate | Self::NotOurRecord => matches!(kind, Kind::Rectification),
            Self::StillNeeded | Self::Expression | Self::LegalObligation | Self::PublicHealth => {
                matches!(kind, Kind::Erasure)
            }
            Self::Research | Self::LegalClaims => matches!(kind, Kind::Erasure | Kind::Objection),
            Self::NoCaseOfRestriction => matches!(kind, Kind::Restriction),
            Self::NotPortable => matches!(kind, Kind::Portability),
            Self::CompellingGrounds => matches!(kind, Kind::Objection),
        }
    }

    /// The grounds for refusing requests of this kind.
    pub fn of(kind: Kind) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |ground| ground.fits(kind))
    }
}

//! Control cases of sharing, of coming in, of cleaning, of what goes out, and of the trail.

use std::sync::Arc;

use assurance::checks::*;

use super::{Spoilt, blind, refused};

pub(super) const SPOILT: &[Spoilt] = &[
    blind("nothing-is-open-unasked", || {
        Arc::new(NothingIsOpenUnasked { wrong: vec![] })
    }),
    refused("nothing-is-open-unasked", "owner", "share.create"),
    refused("sharing-is-guarded", "owner", "share.create"),
    refused("joiners-wait-for-papers", "user", "dataset.list"),
    refused("weak-passwords-are-refused", "worker", "factor.change"),
    blind("unused-rights-end", || {
        Arc::new(UnusedRightsEnd {
            wrong: "UPDATE dataset_grant SET given_at = given_at WHERE tenant_id = $1 AND dataset_id = $2",
        })
    }),
    refused("sign-ins-are-watched", "user", "session.begin"),
    refused("single-sign-on-is-enforced", "owner", "session.begin"),
    blind("outbound-is-encrypted", || {
        Arc::new(OutboundIsEncrypted { passes: |_, _| false })
    }),
    refused("act-and-entry-are-one", "owner", "item.create"),
    blind("edge-speaks-tls-only", || {
        Arc::new(EdgeSpeaksTlsOnly { talks: |_| false })
    }),
    blind("pages-set-no-other-cookies", || {
        Arc::new(PagesSetNoOtherCookies { flaws: |_| vec![] })
    }),
    blind("page-equals-state", || {
        Arc::new(PageEqualsState {
            differs: |_, _| false,
        })
    }),
    blind("dicom-headers-are-cleaned", || {
        Arc::new(DicomHeadersAreCleaned { finds: |_, _| false })
    }),
    refused("uncleanable-is-held", "user", "item.download"),
];

//! Who speaks on a page, to whose profile it keeps, and where its parts are.

use assurance::Profile;

use crate::Settings;

/// Who speaks on a page.
#[derive(Debug, Clone, Copy)]
pub struct Voice<'a> {
    /// What is said, and in which words.
    pub profile: &'a Profile,
    /// What the operator says of itself.
    pub settings: &'a Settings,
    /// The company whose page it is; the installation's own when there is none.
    pub company: Option<Company<'a>>,
}

/// A company that keeps its data here and has a page of its own.
#[derive(Debug, Clone, Copy)]
pub struct Company<'a> {
    /// Its short name.
    pub slug: &'a str,
    /// What it is called in public.
    pub name: &'a str,
}

impl<'a> Voice<'a> {
    /// The installation's own page.
    pub const fn front(profile: &'a Profile, settings: &'a Settings) -> Self {
        Self {
            profile,
            settings,
            company: None,
        }
    }

    /// Who speaks.
    pub(crate) fn name(&self) -> &'a str {
        match self.company {
            Some(company) => company.name,
            None => &self.settings.name,
        }
    }

    /// Where the page is.
    pub(crate) fn home(&self) -> String {
        match self.company {
            Some(company) => format!("/trust/of/{}", company.slug),
            None => "/".to_owned(),
        }
    }

    /// Where the page for machines is.
    pub(crate) fn twin(&self) -> String {
        match self.company {
            Some(_) => format!("{}/trust.json", self.home()),
            None => "/trust.json".to_owned(),
        }
    }

    /// Where the badge is.
    pub(crate) fn badge(&self) -> String {
        match self.company {
            Some(_) => format!("{}/badge.svg", self.home()),
            None => "/trust/badge.svg".to_owned(),
        }
    }

    /// Where the page of a claim is.
    pub(crate) fn path_of(&self, claim: &str) -> String {
        match self.company {
            Some(_) => format!("{}/claims/{claim}", self.home()),
            None => format!("/trust/claims/{claim}"),
        }
    }
}

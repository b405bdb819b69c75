//! What stands around every page: the tenant's name, the ways, the languages, whom to reach.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use rights::portal::{Language, Portal};

use crate::style::{SHEET, Style};
use crate::words::words;

/// What every page knows.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Where the tenant's page is: `/privacy/lab`.
    pub path: String,
    /// How it is settled.
    pub portal: Portal,
    /// The language of this answer.
    pub language: Language,
    /// Whether a link said so, so that the next page is in it as well.
    pub chosen: bool,
    /// The value that forms carry.
    pub csrf: String,
    /// Whether an address was proven.
    pub signed_in: bool,
    /// The path of this page below the tenant's, for the same page in another language.
    pub here: String,
}

/// One of the ways on top of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Requests,
    Consent,
    Access,
    Elsewhere,
}

impl Frame {
    /// A text.
    pub(crate) fn t<'f>(&'f self, key: &'f str) -> &'f str {
        words(self.language).get(key)
    }

    /// A text with gaps; the tenant's name is `{name}` in all of them.
    pub(crate) fn with(&self, key: &str, values: &[(&str, &str)]) -> String {
        let all = [values, &[("name", self.portal.name.as_str())]].concat();
        words(self.language).with(key, &all)
    }

    /// A text in which the tenant's name is the only gap.
    pub(crate) fn named(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The address of a page below the tenant's.
    pub fn to(&self, rest: &str) -> String {
        match self.chosen {
            true => in_language(&self.path, rest, self.language),
            false => format!("{}{rest}", self.path),
        }
    }

    /// What belongs into every form.
    pub(crate) fn guard(&self) -> Markup {
        html! { input type="hidden" name="csrf" value=(self.csrf); }
    }

    /// A page with this heading, which is also its title.
    pub(crate) fn page(&self, place: Place, heading: &str, lede: &str, content: &Markup) -> Markup {
        let body = html! {
            a.skip href="#content" { (self.t("skip")) }
            header.top {
                a.name href=(self.to("")) { (self.portal.name) }
                @if self.signed_in { (self.ways(place)) }
            }
            main id="content" tabindex="-1" {
                header.head {
                    h1 { (heading) }
                    @if !lede.is_empty() { p.lede { (lede) } }
                }
                (content)
            }
            (self.foot())
        };
        document(
            self.language,
            &format!("{heading} · {}", self.portal.name),
            &Style::of(&self.portal),
            &body,
        )
    }

    fn ways(&self, place: Place) -> Markup {
        let ways = [
            (true, Place::Requests, "/requests", "ways.requests"),
            (self.portal.consent, Place::Consent, "/consent", "ways.consent"),
            (self.portal.disclosures, Place::Access, "/access", "ways.access"),
        ];
        html! {
            form method="post" action=(self.to("/leave")) {
                (self.guard())
                button.button.bare type="submit" { (self.t("ways.leave")) }
            }
            nav aria-label=(self.t("ways")) {
                ul.ways {
                    @for (_, of, to, key) in ways.iter().filter(|(shown, ..)| *shown) {
                        li { a href=(self.to(to)) aria-current=[(*of == place).then_some("page")] { (self.t(key)) } }
                    }
                }
            }
        }
    }

    fn foot(&self) -> Markup {
        let portal = &self.portal;
        html! {
            footer.foot {
                div {
                    h2 { (self.t("foot.contact")) }
                    p.contact { @for line in portal.contact.lines() { (line) br; } }
                    @if let Some(notice) = &portal.notice {
                        p { a href=(notice) rel="noreferrer" { (self.t("foot.notice")) } }
                    }
                }
                @if portal.languages.len() > 1 {
                    nav aria-label=(self.t("foot.languages")) {
                        ul.languages {
                            @for language in &portal.languages {
                                li {
                                    a href=(in_language(&self.path, &self.here, *language)) lang=(language.as_str()) hreflang=(language.as_str())
                                        aria-current=[(*language == self.language).then_some("true")] { (language.own_name()) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn in_language(path: &str, rest: &str, language: Language) -> String {
    let more = if rest.contains('?') { '&' } else { '?' };
    format!("{path}{rest}{more}lang={}", language.as_str())
}

/// A whole document.
pub(crate) fn document(language: Language, title: &str, style: &Style, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.as_str()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                style { (PreEscaped(SHEET)) }
                style { (PreEscaped(style.text())) }
            }
            body { (body) }
        }
    }
}

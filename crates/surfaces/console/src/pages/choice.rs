//! Choosing one of the team's members or datasets: from a list while there are few, by what is typed when there are more.

use maud::Markup;

use crate::kit::{Field, Problems, select};

/// What there is to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// All of it: ids and names.
    Listed(Vec<(String, String)>),
    /// More than a list is good for.
    Typed,
}

impl Default for Choice {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

/// How a form asks for one.
pub(super) struct Ask<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    /// What a list offers first: a value and its words.
    pub(super) first: Option<(&'a str, &'a str)>,
    /// What is to be typed where there is no list.
    pub(super) hint: &'a str,
    pub(super) chosen: &'a str,
}

/// What members are named by where there is no list of them.
pub(super) const BY_ADDRESS: &str = "Their e-mail address";

impl Choice {
    /// Whether nobody and nothing can be chosen.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Listed(all) if all.is_empty())
    }

    /// The field.
    pub(super) fn show(&self, ask: &Ask<'_>, problems: &Problems) -> Markup {
        match self {
            Self::Listed(all) => {
                let mut options: Vec<(&str, &str)> = ask.first.into_iter().collect();
                options.extend(all.iter().map(|(id, name)| (id.as_str(), name.as_str())));
                select(ask.name, ask.label, &options, ask.chosen, problems)
            }
            Self::Typed => {
                let field = Field::text(ask.name, ask.label)
                    .value(ask.chosen)
                    .autocomplete("off")
                    .placeholder(ask.hint)
                    .most(254);
                let field = if ask.first.is_some() {
                    field.optional()
                } else {
                    field
                };
                field.show(problems)
            }
        }
    }
}

//! The registers that come with this version.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Register;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    register: Vec<Register>,
}

// A fault in the embedded text leaves no register at all, which the tests below and whoever asks for one notice.
static REGISTERS: LazyLock<Vec<Register>> = LazyLock::new(|| parse().unwrap_or_default());

/// All registers, in the order in which pages show them.
pub fn registers() -> &'static [Register] {
    &REGISTERS
}

/// The register of this id.
pub fn find(id: &str) -> Option<&'static Register> {
    registers().iter().find(|register| register.id == id)
}

fn parse() -> Result<Vec<Register>, toml::de::Error> {
    toml::from_str::<File>(include_str!("registers.toml")).map(|file| file.register)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::register::FieldKind;

    #[test]
    fn the_embedded_text_is_read() {
        assert_eq!(parse().map(|registers| registers.len()), Ok(registers().len()));
        assert!(registers().len() >= 20, "{}", registers().len());
    }

    #[test]
    fn names_are_telling_and_stand_once() {
        let is_word = |name: &str, between: char| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == between)
        };
        let mut ids = BTreeSet::new();
        for register in registers() {
            assert!(
                is_word(&register.id, '-') && ids.insert(&register.id),
                "{}",
                register.id
            );
            let mut names = BTreeSet::new();
            for field in &register.fields {
                assert!(
                    is_word(&field.name, '_') && names.insert(&field.name),
                    "{}",
                    field.name
                );
                assert_eq!(
                    field.kind == FieldKind::Choice,
                    !field.choices.is_empty(),
                    "{}",
                    field.name
                );
            }
        }
    }

    /// Words of a closed list alone are kept in clear.
    #[test]
    fn a_register_is_sorted_by_one_choice_at_most() {
        for register in registers() {
            let sorting: Vec<_> = register.fields.iter().filter(|field| field.sorts).collect();
            assert!(sorting.len() <= 1, "{}", register.id);
            for field in sorting {
                assert_eq!(field.kind, FieldKind::Choice, "{}: {}", register.id, field.name);
            }
        }
    }

    /// The columns of CSV that every register has may not be taken by one of its own.
    #[test]
    fn fields_do_not_hide_what_every_entry_says() {
        for field in registers().iter().flat_map(|register| &register.fields) {
            assert!(
                !crate::entry::COLUMNS.contains(&field.name.as_str()),
                "{}",
                field.name
            );
        }
    }

    #[test]
    fn reminders_come_within_the_time_that_an_entry_is_good_for() {
        for register in registers() {
            let good_for = register.good_for_days.unwrap_or(u16::MAX);
            assert!(register.remind_days < good_for, "{}", register.id);
        }
    }
}

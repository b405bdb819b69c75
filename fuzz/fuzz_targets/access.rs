//! Texts that name actions and classes, and policy text itself.
//!
//! Besides never panicking: what is read is written as one spelling that reads back as the same, and policies
//! that load decide without error.

#![no_main]

use access::{Action, ActionSet, Class, Facts, Policies, SCHEMA, SOURCES, Subject};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(action) = text.parse::<Action>() {
        assert_eq!(action.as_str(), text);
    }
    if let Ok(class) = text.parse::<Class>() {
        assert_eq!(class.to_string(), text);
    }
    if let Ok(set) = ActionSet::parse(text.split(',')) {
        let again: ActionSet = set.iter().collect();
        assert_eq!(set, again);
    }
    // Policy text beside our own: it loads and then forbids or permits, or it is refused.
    if text.contains('(') {
        let _ = SCHEMA;
        let sources: Vec<(&str, &str)> = SOURCES.iter().copied().chain([("fuzz.cedar", text)]).collect();
        if let Ok(policies) = Policies::from_sources(&sources) {
            let _ = policies.decide(&Subject::of(Class::Owner), Action::ItemDownload, &Facts::at_home());
        }
    }
});

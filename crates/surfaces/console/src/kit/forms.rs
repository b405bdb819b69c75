//! Forms: fields with their hints and what is wrong with them.

use maud::{Markup, html};

use super::{Frame, Icon, Look, icon};

/// What is wrong with what was filled in: names of fields and what to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<(String, String)>);

impl Problems {
    /// One problem. A name that no field has belongs to the form as a whole.
    pub fn one(field: impl Into<String>, says: impl Into<String>) -> Self {
        Self(vec![(field.into(), says.into())])
    }

    /// One more.
    #[must_use]
    pub fn and(mut self, field: impl Into<String>, says: impl Into<String>) -> Self {
        self.0.push((field.into(), says.into()));
        self
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with this field.
    pub(crate) fn of(&self, field: &str) -> Option<&str> {
        self.0
            .iter()
            .find_map(|(name, says)| (name == field).then_some(says.as_str()))
    }

    /// The box above a form that was sent back, with a way to each field.
    pub fn summary(&self) -> Markup {
        if self.is_empty() {
            return html! {};
        }
        html! {
            div.notice.danger role="alert" {
                (icon(Icon::Warning))
                div {
                    p { b { "Not done yet" } }
                    ul {
                        @for (field, says) in &self.0 { li { a href={ "#field-" (field) } { (says) } } }
                    }
                }
            }
        }
    }
}

/// A field of one line.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    name: &'a str,
    label: &'a str,
    kind: &'a str,
    value: &'a str,
    hint: Option<&'a str>,
    autocomplete: Option<&'a str>,
    class: &'a str,
    placeholder: Option<&'a str>,
    optional: bool,
    most: Option<u32>,
    digits: bool,
    focus: bool,
    fixed: bool,
}

impl<'a> Field<'a> {
    /// A field for text.
    pub const fn text(name: &'a str, label: &'a str) -> Self {
        Self {
            name,
            label,
            kind: "text",
            value: "",
            hint: None,
            autocomplete: None,
            class: "",
            placeholder: None,
            optional: false,
            most: None,
            digits: false,
            focus: false,
            fixed: false,
        }
    }

    /// A field of another kind: `email`, `password`, `search`, `date`, `number`, `file`.
    #[must_use]
    pub const fn kind(self, kind: &'a str) -> Self {
        Self { kind, ..self }
    }

    /// What stands in it.
    #[must_use]
    pub const fn value(self, value: &'a str) -> Self {
        Self { value, ..self }
    }

    /// A line below it.
    #[must_use]
    pub const fn hint(self, hint: &'a str) -> Self {
        Self {
            hint: Some(hint),
            ..self
        }
    }

    /// What browsers may fill in (the autofill names of HTML); `off` for nothing.
    #[must_use]
    pub const fn autocomplete(self, what: &'a str) -> Self {
        Self {
            autocomplete: Some(what),
            ..self
        }
    }

    /// An example in the empty field.
    #[must_use]
    pub const fn placeholder(self, text: &'a str) -> Self {
        Self {
            placeholder: Some(text),
            ..self
        }
    }

    /// May stay empty, and says so.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self {
            optional: true,
            ..self
        }
    }

    /// At most so many characters.
    #[must_use]
    pub const fn most(self, most: u32) -> Self {
        Self {
            most: Some(most),
            ..self
        }
    }

    /// A short code of digits, large.
    #[must_use]
    pub const fn code(self) -> Self {
        Self {
            class: "code",
            digits: true,
            autocomplete: Some("one-time-code"),
            ..self
        }
    }

    /// Typing begins here.
    #[must_use]
    pub const fn focus(self) -> Self {
        Self { focus: true, ..self }
    }

    /// Only to be read, by people and by what keeps their passwords.
    #[must_use]
    pub const fn fixed(self) -> Self {
        Self { fixed: true, ..self }
    }

    /// The field, with what is wrong with it.
    pub fn show(&self, problems: &Problems) -> Markup {
        let wrong = problems.of(self.name);
        let id = format!("field-{}", self.name);
        html! {
            div.field {
                (label(&id, self.label, self.optional))
                input.input.(self.class) id=(id) name=(self.name) type=(self.kind)
                    value=[(!self.value.is_empty()).then_some(self.value)]
                    placeholder=[self.placeholder] autocomplete=[self.autocomplete]
                    inputmode=[self.digits.then_some("numeric")] maxlength=[self.most]
                    spellcheck=[self.autocomplete.map(|_| "false")]
                    required[!self.optional] autofocus[self.focus] readonly[self.fixed]
                    aria-invalid=[wrong.map(|_| "true")] aria-describedby=[described(&id, self.hint, wrong)];
                (wrong_line(&id, wrong))
                (hint(&id, self.hint))
            }
        }
    }
}

/// A field of several lines.
pub fn textarea(name: &str, says: &str, value: &str, told: Option<&str>, problems: &Problems) -> Markup {
    let (id, wrong) = (format!("field-{name}"), problems.of(name));
    html! {
        div.field {
            (label(&id, says, true))
            textarea.input id=(id) name=(name) rows="3"
                aria-invalid=[wrong.map(|_| "true")] aria-describedby=[described(&id, told, wrong)] { (value) }
            (wrong_line(&id, wrong))
            (hint(&id, told))
        }
    }
}

/// One of several values, in a list: value, words, and which one is chosen.
pub fn select(name: &str, says: &str, options: &[(&str, &str)], chosen: &str, problems: &Problems) -> Markup {
    let (id, wrong) = (format!("field-{name}"), problems.of(name));
    html! {
        div.field {
            (label(&id, says, false))
            select.input id=(id) name=(name)
                aria-invalid=[wrong.map(|_| "true")] aria-describedby=[described(&id, None, wrong)] {
                @for (value, words) in options {
                    option value=(value) selected[*value == chosen] { (words) }
                }
            }
            (wrong_line(&id, wrong))
        }
    }
}

/// One of several values, each with a sentence about it: value, words, sentence.
pub fn choices(name: &str, says: &str, options: &[(&str, &str, &str)], chosen: &str) -> Markup {
    html! {
        fieldset.choices id={ "field-" (name) } {
            legend { (says) }
            @for (value, words, sentence) in options {
                label.choice {
                    input type="radio" name=(name) value=(value) checked[*value == chosen] required;
                    span { b { (words) } span { (sentence) } }
                }
            }
        }
    }
}

/// Yes or no.
pub fn check(name: &str, says: &str, told: Option<&str>, checked: bool) -> Markup {
    let id = format!("field-{name}");
    html! {
        div.check {
            input id=(id) name=(name) type="checkbox" value="yes" checked[checked]
                aria-describedby=[described(&id, told, None)];
            label for=(id) { (says) }
            (hint(&id, told))
        }
    }
}

/// The value that shows a form to come from a page of this session.
pub fn csrf_field(frame: &Frame) -> Markup {
    html! { input type="hidden" name="csrf" value=(frame.csrf); }
}

/// The last line of a form: what sends it, and the way back.
pub fn form_foot(look: Look, send: &str, back: Option<&str>) -> Markup {
    html! {
        div.form-foot {
            button.button.(look.class()) type="submit" { (send) }
            @if let Some(back) = back { a.button.bare href=(back) { "Cancel" } }
        }
    }
}

fn label(id: &str, says: &str, optional: bool) -> Markup {
    html! {
        label for=(id) {
            (says)
            @if optional { span.optional { " (optional)" } }
        }
    }
}

fn hint(id: &str, told: Option<&str>) -> Markup {
    html! { @if let Some(told) = told { p.hint id={ (id) "-hint" } { (told) } } }
}

fn wrong_line(id: &str, wrong: Option<&str>) -> Markup {
    html! { @if let Some(wrong) = wrong { p.wrong id={ (id) "-wrong" } { (icon(Icon::Warning)) (wrong) } } }
}

fn described(id: &str, hint: Option<&str>, wrong: Option<&str>) -> Option<String> {
    let hint = hint.map(|_| format!("{id}-hint"));
    let wrong = wrong.map(|_| format!("{id}-wrong"));
    match (hint, wrong) {
        (Some(hint), Some(wrong)) => Some(format!("{wrong} {hint}")),
        (hint, wrong) => hint.or(wrong),
    }
}

//! The table of rights: every class, every action, every situation that matters, computed from policies.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Action, Class, Facts, Policies, Situation, Subject};

/// The table as it is published with this release, as text.
pub const PUBLISHED: &str = include_str!("../matrix.txt");

/// The whole table. Its text ([`fmt::Display`]) and its JSON hold the same answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrix {
    /// The columns of every table.
    pub classes: Vec<Class>,
    /// One table for each situation.
    pub tables: Vec<Table>,
    /// Who may raise, lower or act on whom.
    pub ceilings: Vec<Ceiling>,
}

/// What may be done in one situation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The situation.
    pub situation: Situation,
    /// The situation in plain words.
    pub says: String,
    /// One row for each action that the situation concerns.
    pub rows: Vec<Row>,
}

/// Who may do one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The action.
    pub action: Action,
    /// For each class of [`Matrix::classes`], in that order, whether it may.
    pub allowed: Vec<bool>,
}

/// Whom a class may reach with one action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceiling {
    /// The action.
    pub action: Action,
    /// The class of the one who acts.
    pub class: Class,
    /// The classes it may give or act on; for `member.change`, the new class given to a worker.
    pub reaches: Vec<Class>,
    /// For `member.change`, the classes that may be made a worker; else empty.
    pub lowers: Vec<Class>,
}

impl Matrix {
    /// The actions that have a ceiling.
    const CEILINGS: [Action; 9] = [
        Action::MemberInvite,
        Action::MemberChange,
        Action::MemberDisable,
        Action::MemberEnable,
        Action::KeyIssue,
        Action::KeyInvalidate,
        Action::SessionEnd,
        Action::GrantGive,
        Action::GrantEnd,
    ];

    pub(crate) fn of(policies: &Policies) -> Self {
        let ceilings = Self::CEILINGS
            .into_iter()
            .flat_map(|action| Class::ALL.map(|class| ceiling(policies, action, class)))
            .collect();
        let tables = Situation::ALL
            .into_iter()
            .map(|situation| table(policies, situation))
            .collect();
        Self {
            classes: Class::ALL.to_vec(),
            tables,
            ceilings,
        }
    }

    /// What the table says about one question, if it has it.
    pub fn allows(&self, class: Class, action: Action, situation: Situation) -> Option<bool> {
        let table = self.tables.iter().find(|table| table.situation == situation)?;
        let row = table.rows.iter().find(|row| row.action == action)?;
        row.allowed.get(class.index()).copied()
    }
}

fn table(policies: &Policies, situation: Situation) -> Table {
    let concerned = Action::ALL
        .into_iter()
        .filter(|action| situation.concerns(action.resource()));
    Table {
        situation,
        says: situation.says().to_owned(),
        rows: concerned.map(|action| row(policies, situation, action)).collect(),
    }
}

fn row(policies: &Policies, situation: Situation, action: Action) -> Row {
    let may = |class| {
        let subject = Subject {
            class,
            scope: situation.scope(action),
        };
        policies.would_allow(&subject, action, &situation.facts())
    };
    Row {
        action,
        allowed: Class::ALL.map(may).to_vec(),
    }
}

fn ceiling(policies: &Policies, action: Action, class: Class) -> Ceiling {
    let may = |target, new| {
        let facts = Facts {
            target_class: Some(target),
            new_class: Some(new),
            ..Facts::at_home()
        };
        policies.would_allow(&Subject::of(class), action, &facts)
    };
    let classes = Class::ALL.into_iter();
    let (reaches, lowers): (Vec<Class>, Vec<Class>) = match action {
        Action::MemberChange => (
            classes.clone().filter(|new| may(Class::Worker, *new)).collect(),
            classes.filter(|target| may(*target, Class::Worker)).collect(),
        ),
        Action::MemberInvite => (
            classes.filter(|new| may(Class::Worker, *new)).collect(),
            Vec::new(),
        ),
        _ => (
            classes.filter(|target| may(*target, Class::Worker)).collect(),
            Vec::new(),
        ),
    };
    Ceiling {
        action,
        class,
        reaches,
        lowers,
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "The table of rights, computed from the policies. What is not `yes` is refused."
        )?;
        for table in &self.tables {
            writeln!(f, "\n## {}\n", table.says)?;
            table.fmt(f)?;
        }
        writeln!(f, "\n## Ceilings: whom a class may give or act on\n")?;
        self.ceilings.iter().try_for_each(|ceiling| ceiling.fmt(f))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.rows.iter().any(|row| row.allowed.contains(&true)) {
            return nobody(f, &self.rows);
        }
        write!(f, "{:<22}", "")?;
        Class::ALL
            .into_iter()
            .try_for_each(|class| write!(f, "  {class}"))?;
        writeln!(f)?;
        self.rows.iter().try_for_each(|row| row.fmt(f))
    }
}

/// A table of refusals alone is easier to believe as a list.
fn nobody(f: &mut fmt::Formatter<'_>, rows: &[Row]) -> fmt::Result {
    writeln!(f, "Nobody may do any of these {}:", rows.len())?;
    for line in rows.chunks(5) {
        let names: Vec<&str> = line.iter().map(|row| row.action.as_str()).collect();
        writeln!(f, "  {}", names.join(", "))?;
    }
    Ok(())
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = format!("{:<22}", self.action);
        for (class, allowed) in Class::ALL.into_iter().zip(&self.allowed) {
            let word = if *allowed { "yes" } else { "-" };
            line.push_str(&format!("  {word:<width$}", width = class.as_str().len()));
        }
        writeln!(f, "{}", line.trim_end())
    }
}

impl fmt::Display for Ceiling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |classes: &[Class]| match classes {
            [] => "nobody".to_owned(),
            some => some.iter().map(Class::to_string).collect::<Vec<_>>().join(", "),
        };
        write!(
            f,
            "{:<16}  {:<17}  {}",
            self.action,
            self.class,
            list(&self.reaches)
        )?;
        if self.action == Action::MemberChange {
            write!(f, "; from: {}", list(&self.lowers))?;
        }
        writeln!(f)
    }
}

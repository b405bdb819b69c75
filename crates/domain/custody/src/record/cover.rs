//! What of a record is covered, and for whom.
//!
//! Promises: whoever has no right to `record.unmask` gets the masked form of a record, or nothing of it: every door through which bytes of items
//! leave asks here, and refuses where it cannot mask. A field that was masked stays masked, whole, until somebody with that right declares it
//! as visible: taking it or its kind away shows nothing. What is not known is covered.
//!
//! Leaves out: packages that answer people's requests, which have everything; what a record's size and a person's id say.

use std::collections::{BTreeMap, BTreeSet};

use operation::acts::UnmaskRecord;
use operation::{Op, Resource};
use serde_json::{Map, Value as Json};

use super::mask::Mask;
use super::{RecordKind, is_record, kind_of};
use crate::dataset::{self, DatasetRef, Settings};
use crate::error::{Error, Result};
use crate::item::rows::ItemRow;
use crate::session::Session;

/// The policies' reason that has an answer of its own: whoever asks can prove that it is them, and ask again.
const STEP_UP: &str = "limit.step-up";
/// The most fields of a dataset that were ever masked: as many as its kinds can have.
const MOST_MASKED: usize = 1200;

/// Fields that were masked and have not been declared as visible since, by their kinds.
pub(crate) type Masked = BTreeMap<String, BTreeSet<String>>;

/// What of one record is covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cover {
    /// It has no masked field.
    Nothing,
    /// What the kind masks, and whatever the kind does not say is visible.
    By(RecordKind),
    /// Every field: the kind was taken away, or cannot be told.
    Everything,
}

impl Cover {
    fn of(settings: &Settings, content_type: &str) -> Self {
        if !is_record(content_type) {
            return Self::Nothing;
        }
        let kind = kind_of(content_type);
        let declared = settings
            .kinds
            .iter()
            .find(|declared| Some(declared.name.as_str()) == kind);
        match declared {
            None => Self::Everything,
            Some(kind) if settings.masked.contains_key(&kind.name) || kind.masks() => Self::By(kind.clone()),
            Some(_) => Self::Nothing,
        }
    }

    /// Whether the field is shown as it is.
    pub(super) fn is_open(&self, name: &str) -> bool {
        match self {
            Self::Nothing => true,
            Self::By(kind) => kind.field(name).is_some_and(|field| field.masked.is_none()),
            Self::Everything => false,
        }
    }

    /// Covers values, all but the one that is to be shown; gives the names of those that are covered.
    pub(super) fn put_on(&self, values: &mut Map<String, Json>, but: Option<&str>) -> Vec<String> {
        let mut covered = Vec::new();
        for (name, value) in values.iter_mut() {
            if self.is_open(name) || but == Some(name.as_str()) {
                continue;
            }
            let rule = match self {
                Self::By(kind) => kind
                    .field(name)
                    .and_then(|field| Some((field.masked?, field.field_type))),
                Self::Nothing | Self::Everything => None,
            };
            let (mask, field_type) = rule.unwrap_or((Mask::All, super::FieldType::Text));
            *value = mask.shown(field_type, value);
            covered.push(name.clone());
        }
        covered.sort();
        covered
    }

    /// What the trail says of it: the fields by name, or `all`; nothing when none is masked.
    pub(super) fn told(&self) -> Json {
        match self {
            Self::Nothing => Json::Null,
            Self::By(kind) => {
                let masked = kind.fields.iter().filter(|field| field.masked.is_some());
                masked.map(|field| field.name.clone()).collect()
            }
            Self::Everything => Json::from("all"),
        }
    }

    /// Whether what stands at this place of a record's document (a JSON pointer) is covered. So is what keeps its hash from being tried.
    fn covers_path(&self, path: &str) -> bool {
        let mut parts = path.split('/').skip(1);
        match (self, parts.next(), parts.next()) {
            (Self::Nothing, ..) | (_, Some("kind" | "provenance" | "reason"), _) => false,
            (_, Some("values"), Some(name)) => !self.is_open(name),
            _ => true,
        }
    }
}

/// What of this version is covered for whoever may not see it whole. Nothing of what is no record.
pub(crate) fn cover_of(op: &mut Op<'_>, session: &Session, row: &ItemRow) -> Result<Cover> {
    let content_type = row.version()?.content_type;
    if !is_record(&content_type) {
        return Ok(Cover::Nothing);
    }
    let dataset = dataset::rows::find(op, session, &DatasetRef::Id(row.dataset))?;
    let settings = dataset.ok_or(Error::Altered)?.settings(session)?;
    Ok(Cover::of(&settings, &content_type))
}

/// Lets bytes out as they are, or refuses them: for doors that cannot mask. `settings` are the dataset's, where whoever asks comes with
/// them and not with the tenant's key.
pub(crate) fn check_original(
    op: &mut Op<'_>,
    session: &Session,
    row: &ItemRow,
    settings: Option<&Settings>,
) -> Result<()> {
    let cover = match settings {
        Some(settings) => Cover::of(settings, &row.version()?.content_type),
        None => cover_of(op, session, row)?,
    };
    match cover {
        Cover::Nothing => Ok(()),
        Cover::By(_) | Cover::Everything => require(op, session, row, WHOLE),
    }
}

/// Lets one value of an item be shown, by its place in the document, or refuses it.
pub(crate) fn check_path(op: &mut Op<'_>, session: &Session, row: &ItemRow, path: &str) -> Result<()> {
    match cover_of(op, session, row)?.covers_path(path) {
        true => require(op, session, row, ONE),
        false => Ok(()),
    }
}

const WHOLE: &str = "this record has masked fields, and here it would leave as it is: read it by GET /v1/records/{record}, which masks them, or \
     ask an owner or admin for the right to `record.unmask`";
const ONE: &str = "this field is masked: ask an owner, an admin or a privacy officer, who have the right to `record.unmask`";
const SEARCH: &str = "this field is masked, and finding by it would tell what it says: find by another field, or ask an owner or admin for the \
     right to `record.unmask`";
const LOOSEN: &str = "this would show fields that are masked now, or were when they were declared last: keep their masks, or ask an owner or \
     admin, who have the right to `record.unmask`";

/// The right to see what is masked in this item.
pub(super) fn require(op: &mut Op<'_>, session: &Session, row: &ItemRow, says: &'static str) -> Result<()> {
    let resource = Resource::version(row.dataset, row.id, row.version);
    let facts = row.facts(session);
    told(
        op.check::<UnmaskRecord>(resource, &facts).map_err(Error::from),
        says,
    )
}

/// The right to see one field, for reading it.
pub(super) fn require_one(op: &mut Op<'_>, session: &Session, row: &ItemRow) -> Result<()> {
    require(op, session, row, ONE)
}

/// Lets records be found by this field, or refuses it: whoever may not see it learns it by asking often.
pub(super) fn check_search(
    op: &mut Op<'_>,
    session: &Session,
    row: &dataset::rows::DatasetRow,
    settings: &Settings,
    kind: &RecordKind,
    field: &str,
) -> Result<()> {
    let cover = Cover::of(settings, &super::media_type(&kind.name));
    match cover.is_open(field) {
        true => Ok(()),
        false => require_of(op, session, row, SEARCH),
    }
}

fn require_of(
    op: &mut Op<'_>,
    session: &Session,
    row: &dataset::rows::DatasetRow,
    says: &'static str,
) -> Result<()> {
    let facts = session.dataset_facts(row.id, row.granted);
    let checked = op.check::<UnmaskRecord>(Resource::dataset(row.id), &facts);
    told(checked.map_err(Error::from), says)
}

/// The refusal in words that say what to do.
fn told(checked: Result<()>, says: &'static str) -> Result<()> {
    checked.map_err(|error| match error {
        Error::Forbidden { reasons, .. } if !helps_to_step_up(&reasons) => Error::Masked(says),
        other => other,
    })
}

/// Whether a proof is all that is missing. Who may never see it has nothing of proving that it is them.
fn helps_to_step_up(reasons: &[String]) -> bool {
    let is_named = |id: &str| reasons.iter().any(|reason| reason == id);
    is_named(STEP_UP) && !is_named(access::ReasonId::NOTHING_PERMITS)
}

/// Takes a declaration into account: what it masks stays masked until it is shown, and to show something takes the right.
pub(super) fn declare(
    op: &mut Op<'_>,
    session: &Session,
    row: &dataset::rows::DatasetRow,
    settings: &mut Settings,
    after: &RecordKind,
) -> Result<()> {
    let before = settings.kinds.iter().find(|kind| kind.name == after.name);
    let hidden = settings.masked.get(&after.name).cloned().unwrap_or_default();
    if hidden.iter().any(|name| loosens(before, after, name)) {
        require_of(op, session, row, LOOSEN)?;
    }
    let hides = |field: &&super::Field| field.masked.is_some();
    let masked = after.fields.iter().filter(hides).map(|field| field.name.clone());
    // What is not declared any more stays as it was.
    let gone = hidden.into_iter().filter(|name| after.field(name).is_none());
    let hidden: BTreeSet<String> = masked.chain(gone).collect();
    match hidden.is_empty() {
        true => settings.masked.remove(&after.name),
        false => settings.masked.insert(after.name.clone(), hidden),
    };
    match settings.masked.values().map(BTreeSet::len).sum::<usize>() > MOST_MASKED {
        true => Err(Error::invalid(
            "fields",
            format!(
                "a dataset remembers at most {MOST_MASKED} masked fields, those that were taken away included: use another dataset"
            ),
        )),
        false => Ok(()),
    }
}

/// Whether more of a masked field would be shown than is now. What is not declared shows nothing.
fn loosens(before: Option<&RecordKind>, after: &RecordKind, name: &str) -> bool {
    let mask_in = |kind: &RecordKind| kind.field(name).map(|field| (field.masked, field.field_type));
    match mask_in(after) {
        None | Some((Some(Mask::All), _)) => false,
        shown => before.and_then(mask_in) != shown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Field, FieldType};
    use super::*;
    use serde_json::json;

    fn field(name: &str, field_type: FieldType, masked: Option<Mask>) -> Field {
        Field {
            name: name.into(),
            field_type,
            required: false,
            personal: true,
            find_by_value: false,
            find_by_word: false,
            masked,
        }
    }

    fn kind(fields: Vec<Field>) -> RecordKind {
        RecordKind {
            name: "profile".into(),
            version: 1,
            fields,
            subject: None,
        }
    }

    #[test]
    fn what_is_not_known_is_covered() {
        let masked = kind(vec![
            field("city", FieldType::Text, None),
            field("phone", FieldType::Phone, Some(Mask::LastFour)),
        ]);
        let values = json!({ "city": "Tartu", "phone": "+372 51234567", "left": "over" });
        let seen = |cover: &Cover, but| {
            let mut values = values.as_object().unwrap().clone();
            let covered = cover.put_on(&mut values, but);
            (Json::Object(values), covered)
        };
        let by = Cover::By(masked.clone());
        let told = json!({ "city": "Tartu", "phone": "***4567", "left": "***" });
        assert_eq!(
            seen(&by, None),
            (told, vec!["left".to_owned(), "phone".to_owned()])
        );
        assert_eq!(seen(&by, Some("phone")).1, ["left"]);
        assert_eq!(seen(&Cover::Everything, None).1.len(), 3);
        assert_eq!(seen(&Cover::Nothing, None), (values.clone(), vec![]));

        for (path, covered) in [
            ("/values/city", false),
            ("/values/phone", true),
            ("/values/left/0", true),
            ("/values", true),
            ("/provenance/phone/source", false),
            ("/salt", true),
            ("/more", true),
            ("", true),
        ] {
            assert_eq!(by.covers_path(path), covered, "{path}");
        }

        let media = "application/vnd.bailee.record+json; kind=profile";
        let mut settings = Settings {
            kinds: vec![masked],
            ..Settings::default()
        };
        assert!(matches!(Cover::of(&settings, media), Cover::By(_)));
        assert_eq!(Cover::of(&settings, "application/json"), Cover::Nothing);
        assert_eq!(
            Cover::of(&settings, "application/vnd.bailee.record+json"),
            Cover::Everything
        );
        settings.kinds.clear();
        assert_eq!(Cover::of(&settings, media), Cover::Everything);
        settings.kinds = vec![kind(vec![field("city", FieldType::Text, None)])];
        assert_eq!(Cover::of(&settings, media), Cover::Nothing);
        settings
            .masked
            .insert("profile".into(), BTreeSet::from(["phone".to_owned()]));
        assert!(
            matches!(Cover::of(&settings, media), Cover::By(_)),
            "it was masked when it was declared last"
        );
    }

    #[test]
    fn a_rule_that_cannot_be_read_covers_everything() {
        let text = json!({ "name": "phone", "type": "phone", "masked": "middle-two" });
        let field: Field = serde_json::from_value(text).unwrap();
        assert_eq!(field.masked, Some(Mask::All));
        let text = json!({ "name": "phone", "type": "phone", "masked": { "rule": "later" } });
        assert_eq!(
            serde_json::from_value::<Field>(text).unwrap().masked,
            Some(Mask::All)
        );
        let text = json!({ "name": "phone", "type": "phone" });
        assert_eq!(serde_json::from_value::<Field>(text).unwrap().masked, None);
    }

    #[test]
    fn what_shows_more_than_before_is_told_from_what_shows_less() {
        let with = |masked| kind(vec![field("phone", FieldType::Phone, masked)]);
        let (four, all, open) = (with(Some(Mask::LastFour)), with(Some(Mask::All)), with(None));
        let gone = kind(vec![field("city", FieldType::Text, None)]);
        for (before, after, looser) in [
            (Some(&four), &four, false),
            (Some(&four), &all, false),
            (Some(&four), &gone, false),
            (Some(&four), &open, true),
            (Some(&all), &four, true),
            (Some(&gone), &all, false),
            (Some(&gone), &four, true),
            (None, &open, true),
            (None, &all, false),
        ] {
            assert_eq!(loosens(before, after, "phone"), looser, "{before:?} to {after:?}");
        }
    }
}

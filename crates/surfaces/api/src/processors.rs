//! Sub-processors: which there are, what the team chose of them, and sending an item to one.

use axum::extract::{Request, State};
use custody::item;
use governance::processor::{self, MOST_AGREEMENT_BYTES, Processing, Unprocessed};
use http::StatusCode;
use kernel::{EntryId, EventId, ItemId, MemberId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, collect};
use web::{Kind, Problem};

use crate::ApiState;
use crate::annotations::Annotations;
use crate::caller::Caller;
use crate::document::Binary;
use crate::errors::{Answer, Failure};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(choose, unchoose))
        .routes(routes!(process))
        .routes(routes!(file))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct ProcessorPath {
    /// The sub-processor's id.
    #[param(value_type = Uuid)]
    processor: EntryId,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct EntryPath {
    /// The entry's id.
    #[param(value_type = Uuid)]
    entry: EntryId,
}

/// How something published stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum ProcessorStage {
    /// Announced, and not in force yet.
    Announced,
    /// In force.
    InForce,
    /// Its review is late: nothing is sent.
    Suspended,
    /// Something newer is in force.
    Replaced,
    /// It was let go.
    Ended,
}

/// What a team may choose.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum ProcessorChoice {
    /// It may have data.
    Chosen,
    /// It must not, whatever anybody asks for.
    Objected,
}

/// What the team chose.
#[derive(Debug, Serialize, ToSchema)]
struct ChosenProcessor {
    choice: ProcessorChoice,
    /// The place of work that was accepted with it.
    region: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The member who chose.
    #[schema(value_type = Uuid)]
    by: MemberId,
}

/// A sub-processor, for one product.
#[derive(Debug, Serialize, ToSchema)]
struct SubProcessor {
    #[schema(value_type = Uuid)]
    id: EntryId,
    /// The version of what is published of it.
    number: u32,
    name: String,
    /// The product that it serves.
    product: String,
    purpose: String,
    data_kinds: String,
    /// Where it works.
    region: String,
    /// On which basis data goes there.
    transfer_basis: String,
    rating: String,
    stage: ProcessorStage,
    #[schema(value_type = String, format = DateTime)]
    announced_at: Timestamp,
    /// From when on it is in force.
    #[schema(value_type = String, format = DateTime)]
    active_at: Timestamp,
    /// What the team chose; nothing is sent while it chose nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    chosen: Option<ChosenProcessor>,
}

/// Sub-processors, all that there are.
#[derive(Debug, Serialize, ToSchema)]
struct SubProcessors {
    items: Vec<SubProcessor>,
}

/// What the team chooses.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "choice": "chosen", "region": "European Union" }))]
struct Choosing {
    choice: ProcessorChoice,
    /// The place where it works, as it is published: whoever chooses has seen it.
    region: String,
}

/// In which form an item is sent.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum SentForm {
    /// Without what identifies people; what cannot be cleaned is not sent.
    #[default]
    Redacted,
    /// As it is.
    Original,
}

/// What is to be done with an item.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "item": "01890a5d-ac96-774b-bcce-b302099a8057", "prompt": "Is the picture blurred? Say yes or no." }))]
struct NewProcessing {
    #[schema(value_type = Uuid)]
    item: ItemId,
    /// What the model is to do: 1 to 8,192 bytes. It is sent as it stands.
    prompt: String,
    #[serde(default)]
    #[schema(inline)]
    form: SentForm,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
struct ProcessedItem {
    /// What is said about the item now; the answer is at its end.
    annotations: Annotations,
    /// The entry of the trail that records what was sent, and to whom.
    #[schema(value_type = Uuid)]
    sent: EventId,
    #[schema(inline)]
    form: SentForm,
    /// How many places were changed before it was sent.
    findings: usize,
}

/// An agreement that is on file.
#[derive(Debug, Serialize, ToSchema)]
struct AgreementOnFile {
    /// The entry of the register.
    #[schema(value_type = Uuid)]
    entry: EntryId,
    /// Its SHA-256, which the entry has to name.
    sha256: String,
    #[schema(value_type = String, format = DateTime)]
    taken_at: Timestamp,
    /// Whether the vendor's own name stands in it; without that no version is approved.
    names_vendor: bool,
}

/// Lists the sub-processors that are announced or in force
///
/// With what the team chose of each. Everything that was ever published is at `/trust/sub-processors.json`, for everybody.
#[utoipa::path(get, path = "/v1/processors", operation_id = "processor.list", tag = "processors",
    responses((status = 200, description = "All of them", body = SubProcessors)))]
async fn list(State(state): State<ApiState>, caller: Caller) -> Answer<Json<SubProcessors>> {
    let listed = state
        .governance
        .list_processors(&caller.credential, caller.request)
        .await?;
    let items = listed.into_iter().map(SubProcessor::from).collect();
    Ok(Json(SubProcessors { items }))
}

/// Chooses a sub-processor, or objects to it
///
/// In place of what the team chose before. It may be chosen from its announcement on. When it goes to work elsewhere, it has to be chosen again.
/// Needs no `Idempotency-Key`: a repetition chooses the same.
#[utoipa::path(put, path = "/v1/processors/{processor}/choice", operation_id = "processor.choose", tag = "processors",
    params(ProcessorPath), request_body = Choosing,
    responses((status = 200, description = "It is chosen, or objected to", body = SubProcessor)))]
async fn choose(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ProcessorPath>,
    Json(new): Json<Choosing>,
) -> Answer<Json<SubProcessor>> {
    let chosen = state.governance.choose_processor(
        &caller.credential,
        caller.request,
        path.processor,
        new.choice.into(),
        new.region,
    );
    Ok(Json(chosen.await?.into()))
}

/// Takes back what the team chose of a sub-processor
///
/// Nothing is sent to it any more.
#[utoipa::path(delete, path = "/v1/processors/{processor}/choice", operation_id = "processor.choose.undo", tag = "processors",
    params(ProcessorPath), responses((status = 204, description = "Nothing is chosen of it")))]
async fn unchoose(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ProcessorPath>,
) -> Answer<StatusCode> {
    let taken_back = state
        .governance
        .unchoose_processor(&caller.credential, caller.request, path.processor);
    taken_back.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends an item to a sub-processor, and says its answer about the item
///
/// The newest version, of 8 MiB at most: text, JSON, CSV or a picture. What is sent, and to whom, stands in the trail before it is sent. The
/// answer is an annotation of the whole item, beside what is said already. Needs no `Idempotency-Key`: a repetition asks once more, and its answer
/// stands beside the first.
#[utoipa::path(post, path = "/v1/process/{processor}", operation_id = "item.process", tag = "processors",
    params(ProcessorPath), request_body = NewProcessing,
    responses((status = 200, description = "The answer is said about the item", body = ProcessedItem),
        (status = 409, description = "The sub-processor is not in force, or the team has not chosen it"),
        (status = 412, description = "The item has another version by now; the answer is not kept"),
        (status = 422, description = "It cannot be cleaned, or is of no kind that is sent; nothing was sent"),
        (status = 502, description = "The sub-processor did not answer, or its answer makes no sense")))]
async fn process(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ProcessorPath>,
    Json(new): Json<NewProcessing>,
) -> Answer<Json<ProcessedItem>> {
    let processing = Processing {
        processor: path.processor,
        item: new.item,
        form: match new.form {
            SentForm::Redacted => item::Form::Redacted,
            SentForm::Original => item::Form::Original,
        },
        prompt: new.prompt,
    };
    let done = state
        .governance
        .process(&caller.credential, caller.request, processing);
    let done = done.await.map_err(unprocessed)?;
    Ok(Json(ProcessedItem {
        annotations: done.said.into(),
        sent: done.sent,
        form: match done.form {
            item::Form::Redacted => SentForm::Redacted,
            item::Form::Original => SentForm::Original,
        },
        findings: done.findings,
    }))
}

/// Puts the agreement with a sub-processor on file
///
/// The document itself, as text or HTML of at most 4 MiB, for an entry of the register `sub-processors`. No version of the entry is approved
/// before the document of its hash is here and names the vendor. The same document again changes nothing.
#[utoipa::path(put, path = "/v1/register-entries/{entry}/agreement", operation_id = "register.write.agreement", tag = "processors",
    params(EntryPath), request_body(content = inline(Binary), content_type = "*/*", description = "The document"),
    responses((status = 200, description = "It is on file", body = AgreementOnFile),
        (status = 409, description = "The entry is none of a sub-processor")))]
async fn file(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<EntryPath>,
    request: Request,
) -> Answer<Json<AgreementOnFile>> {
    let document = collect(request, MOST_AGREEMENT_BYTES).await?;
    let filed =
        state
            .governance
            .file_agreement(&caller.credential, caller.request, path.entry, document.to_vec());
    let filed = filed.await?;
    Ok(Json(AgreementOnFile {
        entry: filed.entry,
        sha256: filed.sha256,
        taken_at: filed.taken_at,
        names_vendor: filed.names_vendor,
    }))
}

fn unprocessed(unprocessed: Unprocessed) -> Failure {
    match unprocessed {
        Unprocessed::Refused(error) => error.into(),
        Unprocessed::Unanswered(processor::Unanswered::Kind) => {
            Problem::new(Kind::NotShown, processor::Unanswered::Kind.to_string()).into()
        }
        Unprocessed::Unanswered(why) => Problem::new(Kind::NoAnswer, why.to_string()).into(),
    }
}

impl From<ProcessorChoice> for processor::Choice {
    fn from(choice: ProcessorChoice) -> Self {
        match choice {
            ProcessorChoice::Chosen => Self::Chosen,
            ProcessorChoice::Objected => Self::Objected,
        }
    }
}

impl From<processor::Chosen> for ChosenProcessor {
    fn from(chosen: processor::Chosen) -> Self {
        Self {
            choice: match chosen.choice {
                processor::Choice::Chosen => ProcessorChoice::Chosen,
                processor::Choice::Objected => ProcessorChoice::Objected,
            },
            region: chosen.region,
            at: chosen.at,
            by: chosen.by,
        }
    }
}

impl From<processor::Offer> for SubProcessor {
    fn from(offer: processor::Offer) -> Self {
        let (notice, terms) = (offer.notice.clone(), offer.notice.terms);
        Self {
            id: notice.entry,
            number: notice.number,
            name: terms.name,
            product: terms.product,
            purpose: terms.purpose,
            data_kinds: terms.data_kinds,
            region: terms.region,
            transfer_basis: terms.transfer_basis,
            rating: terms.rating,
            stage: match notice.stage {
                processor::Stage::Announced => ProcessorStage::Announced,
                processor::Stage::InForce => ProcessorStage::InForce,
                processor::Stage::Suspended => ProcessorStage::Suspended,
                processor::Stage::Replaced => ProcessorStage::Replaced,
                processor::Stage::Ended => ProcessorStage::Ended,
            },
            announced_at: notice.noticed_at,
            active_at: notice.active_at,
            chosen: offer.chosen.map(ChosenProcessor::from),
        }
    }
}

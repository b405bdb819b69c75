//! Duties: what members answer for, and which two of them nobody answers for alone.

use axum::extract::State;
use axum::response::Response;
use custody::duty;
use http::StatusCode;
use kernel::{MemberId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::answers::created;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::paging::{Page, Paging};
use crate::words::{Class, Duty, MemberState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(table))
        .routes(routes!(holders, give))
        .routes(routes!(end))
        .routes(routes!(conflicts))
        .routes(routes!(pairs, add))
        .routes(routes!(remove))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct HolderPath {
    /// The member's id.
    #[param(value_type = Uuid)]
    member: MemberId,
    /// The duty's word.
    #[param(value_type = String)]
    duty: Duty,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct PairPath {
    /// The two words with a plus between them, in either order, as in `make-exports+record-admission`.
    pair: String,
}

/// Something that a member can answer for.
#[derive(Debug, Serialize, ToSchema)]
struct DutyRow {
    duty: Duty,
    /// What it is, to follow "to".
    says: &'static str,
    /// The acts that are its own: while somebody holds it, nobody else does them.
    acts: Vec<String>,
    /// The class that brings it along.
    #[serde(skip_serializing_if = "Option::is_none")]
    comes_with_class: Option<Class>,
    /// Whether it comes with a dataset that somebody is given, and is not given by itself.
    comes_with_a_grant: bool,
}

/// Every duty there is.
#[derive(Debug, Serialize, ToSchema)]
struct DutyTable {
    items: Vec<DutyRow>,
}

/// That a member was given a duty.
#[derive(Debug, Serialize, ToSchema)]
struct DutyHolder {
    #[schema(value_type = Uuid)]
    member: MemberId,
    class: Class,
    duty: Duty,
    #[schema(value_type = String, format = DateTime)]
    given_at: Timestamp,
    /// The member who gave it.
    #[schema(value_type = Uuid)]
    given_by: MemberId,
}

/// A duty for a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "member": "01890a5d-ac96-774b-bcce-b302099a8057", "duty": "approve-registers" }))]
struct NewHolder {
    #[schema(value_type = Uuid)]
    member: MemberId,
    duty: Duty,
}

/// Two duties that nobody holds together.
#[derive(Debug, Serialize, ToSchema)]
struct DutyPair {
    /// Both words, as its path has them.
    pair: String,
    duties: Vec<Duty>,
    /// Whether it counts for every team and cannot be switched off.
    built_in: bool,
    /// Why, where it is built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    /// When the team added it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    added_at: Option<Timestamp>,
    /// The member who added it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    added_by: Option<MemberId>,
}

/// Every pair: those built in first.
#[derive(Debug, Serialize, ToSchema)]
struct DutyPairs {
    items: Vec<DutyPair>,
}

/// Two duties to be held apart.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "duties": ["make-exports", "record-admission"] }))]
struct NewPair {
    /// The two.
    #[schema(min_items = 2, max_items = 2)]
    duties: [Duty; 2],
}

/// Somebody who holds two duties that conflict.
#[derive(Debug, Serialize, ToSchema)]
struct DutyConflict {
    #[schema(value_type = Uuid)]
    member: MemberId,
    class: Class,
    state: MemberState,
    /// The pairs of which they hold both.
    pairs: Vec<String>,
}

/// Lists what duties there are
///
/// The same for everybody who may see who holds which.
#[utoipa::path(get, path = "/v1/duties", operation_id = "duty.list", tag = "duties",
    responses((status = 200, description = "Every duty", body = DutyTable)))]
async fn table(State(state): State<ApiState>, caller: Caller) -> Answer<Json<DutyTable>> {
    let custody = &state.custody;
    custody.see_duties(&caller.credential, caller.request).await?;
    let items = access::Duty::ALL.into_iter().map(DutyRow::from).collect();
    Ok(Json(DutyTable { items }))
}

/// Lists who was given which duty
///
/// Beside these, auditors hold `audit`, privacy officers `privacy`, and whoever was given a dataset `work`.
#[utoipa::path(get, path = "/v1/duties/holders", operation_id = "duty.list.holders", tag = "duties", params(Paging),
    responses((status = 200, description = "A page of duties, by member", body = Page<DutyHolder>)))]
async fn holders(
    State(state): State<ApiState>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<DutyHolder>>> {
    let (custody, page) = (&state.custody, paging.page()?);
    let listed = custody
        .list_duties(&caller.credential, caller.request, page)
        .await?;
    Ok(Json(listed.into()))
}

/// Gives a member a duty
///
/// From now on its acts are those of its holders alone. Nobody gives one to themselves. Needs no `Idempotency-Key`: a repetition
/// changes nothing.
#[utoipa::path(post, path = "/v1/duties/holders", operation_id = "duty.give", tag = "duties", request_body = NewHolder,
    responses((status = 201, description = "It is theirs", body = DutyHolder),
        (status = 409, description = "The member is shut out, or the team gives as many as a team can")))]
async fn give(State(state): State<ApiState>, caller: Caller, Json(new): Json<NewHolder>) -> Answer<Response> {
    let custody = &state.custody;
    let given = custody
        .give_duty(&caller.credential, caller.request, new.member, new.duty.into())
        .await?;
    Ok(created("/v1/duties/holders", DutyHolder::from(given)))
}

/// Takes a duty from a member
///
/// Where nobody else holds it, its acts are everybody's again whose class has them.
#[utoipa::path(delete, path = "/v1/duties/holders/{member}/{duty}", operation_id = "duty.end", tag = "duties",
    params(HolderPath), responses((status = 204, description = "It is theirs no more")))]
async fn end(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<HolderPath>,
) -> Answer<StatusCode> {
    let custody = &state.custody;
    custody
        .end_duty(&caller.credential, caller.request, path.member, path.duty.into())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists who holds two duties that conflict
///
/// From before the pair was added. They do the acts of neither until one of the two is ended.
#[utoipa::path(get, path = "/v1/duties/conflicts", operation_id = "duty.list.conflicts", tag = "duties", params(Paging),
    responses((status = 200, description = "A page of members", body = Page<DutyConflict>)))]
async fn conflicts(
    State(state): State<ApiState>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<DutyConflict>>> {
    let (custody, page) = (&state.custody, paging.page()?);
    let listed = custody
        .duty_conflicts(&caller.credential, caller.request, page)
        .await?;
    Ok(Json(listed.into()))
}

/// Lists which two duties nobody holds together
#[utoipa::path(get, path = "/v1/duties/pairs", operation_id = "duty.list.pairs", tag = "duties",
    responses((status = 200, description = "Every pair", body = DutyPairs)))]
async fn pairs(State(state): State<ApiState>, caller: Caller) -> Answer<Json<DutyPairs>> {
    let custody = &state.custody;
    let rules = custody.duty_pairs(&caller.credential, caller.request).await?;
    let items = rules.into_iter().map(DutyPair::from).collect();
    Ok(Json(DutyPairs { items }))
}

/// Settles that nobody holds these two duties together
///
/// It counts at once, also for who holds both. Needs no `Idempotency-Key`: a repetition changes nothing.
#[utoipa::path(post, path = "/v1/duties/pairs", operation_id = "duty.rule", tag = "duties", request_body = NewPair,
    responses((status = 201, description = "The pair", body = DutyPair),
        (status = 409, description = "It is built in")))]
async fn add(State(state): State<ApiState>, caller: Caller, Json(new): Json<NewPair>) -> Answer<Response> {
    let [one, other] = new.duties;
    let pair = access::Pair::of(one.into(), other.into());
    let pair = pair.ok_or_else(|| Problem::invalid("duties", "name two different duties"))?;
    let custody = &state.custody;
    let added = custody
        .add_duty_pair(&caller.credential, caller.request, pair)
        .await?;
    Ok(created("/v1/duties/pairs", DutyPair::from(added)))
}

/// Takes away a pair that the team added
#[utoipa::path(delete, path = "/v1/duties/pairs/{pair}", operation_id = "duty.rule.remove", tag = "duties", params(PairPath),
    responses((status = 204, description = "The two may be held together"),
        (status = 409, description = "It is built in and cannot be switched off")))]
async fn remove(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<PairPath>,
) -> Answer<StatusCode> {
    let pair = path.pair.parse();
    let pair = pair.map_err(|bad: access::BadPair| Problem::invalid("pair", bad.to_string()))?;
    let custody = &state.custody;
    custody
        .remove_duty_pair(&caller.credential, caller.request, pair)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<access::Duty> for DutyRow {
    fn from(duty: access::Duty) -> Self {
        let class = access::Class::ALL
            .into_iter()
            .find(|class| access::Duty::of_class(*class) == Some(duty));
        Self {
            duty: duty.into(),
            says: duty.says(),
            acts: duty.acts().iter().map(|act| act.as_str().to_owned()).collect(),
            comes_with_class: class.map(Class::from),
            comes_with_a_grant: duty.comes_with_a_grant(),
        }
    }
}

impl From<duty::Holder> for DutyHolder {
    fn from(holder: duty::Holder) -> Self {
        Self {
            member: holder.member,
            class: holder.class.into(),
            duty: holder.duty.into(),
            given_at: holder.given_at,
            given_by: holder.given_by,
        }
    }
}

impl From<duty::Rule> for DutyPair {
    fn from(rule: duty::Rule) -> Self {
        Self {
            pair: rule.pair.to_string(),
            duties: rule.pair.duties().map(Duty::from).to_vec(),
            built_in: rule.why.is_some(),
            why: rule.why,
            added_at: rule.added.map(|(at, _)| at),
            added_by: rule.added.map(|(_, by)| by),
        }
    }
}

impl From<duty::Conflict> for DutyConflict {
    fn from(conflict: duty::Conflict) -> Self {
        Self {
            member: conflict.member,
            class: conflict.class.into(),
            state: conflict.state.into(),
            pairs: conflict.pairs.iter().map(access::Pair::to_string).collect(),
        }
    }
}

//! How a team's people sign in, and its open invitations.

use access::{Action, Class};
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::{get, post};
use identity::{NewOidc, Oidc};
use kernel::MemberId;

use super::fields::Fields;
use super::named::Named;
use super::sent::proof_of;
use super::team::reach;
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, choosing, listing};
use crate::kit::{Place, Problems};
use crate::pages::{
    ConfirmPage, InvitationRow, InvitationsPage, Proof, ProviderForm, ProviderLine, ProviderPage, RuleForm,
    SignInRulePage, confirm, invitations, provider_form, sign_in_rule,
};

const AT: &str = "/console/team/sign-in";
/// As many invitations as a page shows.
const SHOWN: usize = 100;
/// What people can become as they sign in: owners make admins and owners by hand.
const NEWCOMERS: [Class; 5] = [
    Class::User,
    Class::WorkforceManager,
    Class::Worker,
    Class::Auditor,
    Class::PrivacyOfficer,
];

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route(AT, get(show).post(set))
        .route(
            "/console/team/sign-in/provider",
            get(show_provider).post(set_provider),
        )
        .route(
            "/console/team/sign-in/provider/remove",
            get(ask_remove).post(remove),
        )
        .route("/console/team/invitations", get(list))
        .route("/console/team/{member}/invitation/withdraw", post(withdraw))
}

/// Whether the visitor may say who lets people in: whoever may make an owner.
fn may_provide(visitor: &Visitor) -> bool {
    visitor.may(Action::TenantChange) && reach(visitor, Action::MemberChange).contains(&Class::Owner)
}

/// The team's provider; nothing at all where the server has none.
async fn provider(visitor: &Visitor) -> Answer<Option<Option<Oidc>>> {
    let people = &visitor.state.people;
    if !people.offers_providers() {
        return Ok(None);
    }
    let found = people.oidc(&visitor.credential, visitor.request()).await;
    visitor.ok(found).map(Some)
}

async fn line(visitor: &Visitor, provider: Oidc) -> Answer<ProviderLine> {
    let alone = provider.break_glass.filter(|_| provider.enforced);
    let named = Named::of(visitor, alone, None).await?;
    Ok(ProviderLine {
        newcomers: provider.just_in_time.then_some(provider.class),
        alone: alone.map(|member| named.member(member)),
        name: provider.name,
        issuer: provider.issuer,
        domains: provider.domains,
    })
}

async fn rule_page(visitor: &Visitor, typed: Option<RuleForm>, problems: Problems) -> Answer<SignInRulePage> {
    let kept = visitor
        .state
        .people
        .rule(&visitor.credential, visitor.request())
        .await;
    let kept = visitor.ok(kept)?;
    let provider = match provider(visitor).await? {
        Some(Some(provider)) => Some(Some(line(visitor, provider).await?)),
        Some(None) => Some(None),
        None => None,
    };
    Ok(SignInRulePage {
        frame: visitor.frame(),
        rule: typed.unwrap_or_else(|| RuleForm::of(&kept)),
        may_provide: may_provide(visitor),
        provider,
        problems,
    })
}

async fn show(visitor: Visitor) -> Answer<Response> {
    let page = rule_page(&visitor, None, Problems::default()).await?;
    Ok(visitor.page(sign_in_rule(&page)))
}

async fn set(sent: Sent) -> Answer<Response> {
    let (visitor, fields) = (&sent.visitor, &sent.fields);
    let typed = RuleForm {
        floor: fields.get("floor").to_owned(),
        second: fields.get("second").to_owned(),
        idle: fields.get("idle_minutes").to_owned(),
        hours: fields.get("absolute_hours").to_owned(),
    };
    let problems = match typed.read() {
        None => Problems::one("idle_minutes", "Give whole numbers"),
        Some(rule) => {
            let kept = visitor
                .state
                .people
                .set_rule(&visitor.credential, visitor.request(), rule)
                .await;
            match sent.settle(kept).await? {
                Ok(_) => return Ok(visitor.done(AT, "Saved. It holds from the next sign-in on.")),
                Err(problems) => problems,
            }
        }
    };
    let page = rule_page(visitor, Some(typed), problems).await?;
    Ok(visitor.page_again(sign_in_rule(&page)))
}

async fn provider_page(
    visitor: &Visitor,
    typed: Option<ProviderForm>,
    problems: Problems,
) -> Answer<ProviderPage> {
    let kept = provider(visitor).await?.flatten();
    let known = kept.is_some();
    let callback = kept.as_ref().map_or_else(
        || format!("{}{}", visitor.state.url, super::PROVIDER_CALLBACK),
        |kept| kept.callback.clone(),
    );
    let usual = ProviderForm {
        class: Class::User.as_str().to_owned(),
        ..ProviderForm::default()
    };
    let is_owner = |member: &custody::member::Member| member.class == Class::Owner;
    Ok(ProviderPage {
        frame: visitor.frame(),
        known,
        callback,
        owners: choosing::members(visitor, is_owner).await?,
        classes: NEWCOMERS.into(),
        typed: typed.or(kept.map(form_of)).unwrap_or(usual),
        problems,
    })
}

fn form_of(kept: Oidc) -> ProviderForm {
    ProviderForm {
        name: kept.name,
        issuer: kept.issuer,
        client_id: kept.client_id,
        domains: kept.domains.join(" "),
        class: kept.class.as_str().to_owned(),
        just_in_time: kept.just_in_time,
        enforced: kept.enforced,
        break_glass: kept.break_glass.map_or_else(String::new, |id| id.to_string()),
    }
}

fn typed(fields: &Fields) -> ProviderForm {
    let get = |name: &str| fields.get(name).to_owned();
    ProviderForm {
        name: get("name"),
        issuer: get("issuer"),
        client_id: get("client_id"),
        domains: get("domains"),
        class: get("class"),
        just_in_time: fields.ticked("just_in_time"),
        enforced: fields.ticked("enforced"),
        break_glass: get("break_glass"),
    }
}

async fn show_provider(visitor: Visitor) -> Answer<Response> {
    if !may_provide(&visitor) || !visitor.state.people.offers_providers() {
        return Err(visitor.fail(Trouble::NotFound));
    }
    let page = provider_page(&visitor, None, Problems::default()).await?;
    Ok(visitor.page(provider_form(&page)))
}

/// The provider that the form describes, or what is wrong with it.
async fn described(sent: &Sent, typed: &ProviderForm) -> Answer<Result<NewOidc, Problems>> {
    let visitor = &sent.visitor;
    let Ok(class) = typed.class.parse() else {
        return Ok(Err(Problems::one("class", "Choose what they become")));
    };
    let break_glass = match typed.break_glass.as_str() {
        "" => None,
        text => match choosing::member(visitor, text).await? {
            None => {
                let says = "There is no member with this address";
                return Ok(Err(Problems::one("break_glass", says)));
            }
            found => found,
        },
    };
    let secret = sent.fields.filled("client_secret");
    let domains = typed.domains.split([' ', ',', ';']).map(str::trim);
    let domains = domains.filter(|domain| !domain.is_empty()).map(str::to_owned);
    Ok(Ok(NewOidc {
        name: typed.name.clone(),
        issuer: typed.issuer.clone(),
        client_id: typed.client_id.clone(),
        client_secret: secret.map(|_| sent.fields.raw("client_secret").to_owned().into()),
        domains: domains.collect(),
        class,
        just_in_time: typed.just_in_time,
        enforced: typed.enforced,
        break_glass,
    }))
}

async fn set_provider(sent: Sent) -> Answer<Response> {
    let (visitor, typed) = (&sent.visitor, typed(&sent.fields));
    let problems = match described(&sent, &typed).await? {
        Err(problems) => problems,
        Ok(new) => {
            let kept = visitor
                .state
                .people
                .set_oidc(&visitor.credential, visitor.request(), new)
                .await;
            match sent.settle(kept).await? {
                Ok(kept) => {
                    let says = format!("People sign in with {} from now on.", kept.name);
                    return Ok(visitor.done(AT, says));
                }
                Err(problems) => problems,
            }
        }
    };
    let page = provider_page(visitor, Some(typed), problems).await?;
    Ok(visitor.page_again(provider_form(&page)))
}

async fn ask_remove(visitor: Visitor) -> Answer<Response> {
    let Some(Some(kept)) = provider(&visitor).await? else {
        return Err(visitor.fail(Trouble::NotFound));
    };
    Ok(visitor.page(confirm(&ConfirmPage {
        frame: visitor.frame(),
        place: Place::Team,
        title: format!("Remove {}?", kept.name),
        crumbs: vec![
            ("/console/team".to_owned(), "Members".to_owned()),
            (AT.to_owned(), "Signing in".to_owned()),
        ],
        consequences: vec![
            "Nobody signs in there any more. Sessions that are there stay until they end.".to_owned(),
            "Passwords and passkeys let everybody in again who has one; who has none needs an invitation."
                .to_owned(),
            "The secret that the provider gave is forgotten.".to_owned(),
        ],
        mild: false,
        to: format!("{AT}/provider/remove"),
        values: Vec::new(),
        press: "Remove it".to_owned(),
        back: AT.to_owned(),
        proof: if visitor.who.is_fresh(visitor.now()) {
            Proof::Fresh
        } else {
            proof_of(&visitor).await?
        },
        problems: Problems::default(),
    })))
}

async fn remove(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let removed = visitor
        .state
        .people
        .remove_oidc(&visitor.credential, visitor.request())
        .await;
    sent.ok(removed).await?;
    Ok(visitor.done(AT, "Single sign-on was removed."))
}

async fn list(visitor: Visitor, Query(asked): Query<Asked>) -> Answer<Response> {
    let open = visitor
        .state
        .people
        .invitations(&visitor.credential, visitor.request())
        .await;
    let open = visitor.ok(open)?;
    let before: usize = asked
        .get("cursor")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let shown: Vec<_> = open.iter().rev().skip(before).take(SHOWN).collect();
    let next = before.saturating_add(SHOWN);
    let next = (next < open.len()).then(|| next.to_string());
    let ids = shown.iter().flat_map(|entry| [entry.member, entry.made_by]);
    let named = Named::of(&visitor, ids, None).await?;
    let rows = shown.iter().map(|entry| InvitationRow {
        member: entry.member,
        name: named.member(entry.member),
        by: named.member(entry.made_by),
        made: entry.made_at,
        ends: entry.ends_at,
    });
    let counted = (shown.len(), "invitation", "invitations");
    Ok(visitor.page(invitations(&InvitationsPage {
        frame: visitor.frame(),
        invitations: rows.collect(),
        pager: listing::pager("/console/team/invitations", &asked, counted, next),
    })))
}

async fn withdraw(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let unknown = |_| visitor.fail(Trouble::NotFound);
    let member: MemberId = text.parse().map_err(unknown)?;
    let taken = visitor
        .state
        .people
        .take_back_invitation(&visitor.credential, visitor.request(), member)
        .await;
    let says = match sent.ok(taken).await? {
        true => "The invitation was withdrawn; its link opens nothing any more.",
        false => "There was no open invitation any more.",
    };
    Ok(visitor.done("/console/team/invitations", says))
}

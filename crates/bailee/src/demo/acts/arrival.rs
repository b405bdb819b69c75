//! Four companies become tenants, sign, and bring their people in.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};

use crate::demo::companies::{Basis, COMPANIES, Company, OWN_FIELDS, OWN_FILES, Role, Set, Terms};
use crate::demo::stage::{Person, Stage, Tenant};
use crate::demo::story::Story;
use crate::demo::visitor::{Call, Step, Visitor, must, number, text};

/// How long the key lives that ends by itself in the middle of the story.
const SHORT: Duration = Duration::from_millis(1_500);

/// Everybody arrives.
pub(in crate::demo) async fn play(story: &mut Story, stage: &mut Stage) -> Step<()> {
    story.chapter("Four companies move in");
    for company in &COMPANIES {
        let tenant = arrive(story, stage, company).await?;
        stage.tenants.push(tenant);
    }
    story.chapter("Their people, each with the rights of a class");
    people(story, stage).await?;
    narrow_keys(story, stage).await?;
    short_lived_key(story, stage).await
}

async fn arrive(story: &mut Story, stage: &mut Stage, company: &'static Company) -> Step<Tenant> {
    story.trying(format!("the operator makes the tenant {}", company.slug));
    let made = stage
        .operator
        .ask(Call::post("/v1/tenants").json(&new_tenant(company)))
        .await?
        .value(201)?;
    let visitor = holder(stage, &text(&made, "/key/secret")?);
    let recovery = made["recovery_code"].as_str().map(|code| holder(stage, code));
    let [owner, ..] = company.people else {
        return Err(no_people(company));
    };
    let owner = Person {
        role: owner,
        member: text(&made, "/owner/id")?,
        visitor,
    };
    if company.customer_held {
        sign_first(story, company, &owner.visitor).await?;
    }
    let datasets = datasets(story, stage, company, &owner.visitor).await?;
    let Terms {
        owner: whose,
        region,
        retention_days,
        ..
    } = &company.terms;
    story.done(format!(
        "{}, {}: data of {whose}, kept in {region} for at most {retention_days} days, under a contract that says why.",
        company.slug, company.says
    ));
    Ok(Tenant {
        company,
        id: text(&made, "/tenant/id")?,
        people: vec![owner],
        datasets,
        recovery,
        narrow: None,
    })
}

fn no_people(company: &Company) -> crate::demo::visitor::Trouble {
    crate::demo::visitor::Trouble::unusable(format!("{} has no people", company.slug))
}

fn new_tenant(company: &Company) -> Value {
    let [owner, ..] = company.people else {
        return Value::Null;
    };
    let custody = if company.customer_held {
        "customer-held"
    } else {
        "provider-held"
    };
    let mut tenant = json!({
        "slug": company.slug, "name": company.name, "business": company.business, "custody": custody,
        "owner": { "name": owner.name, "email": owner.email },
    });
    if !company.customer_held {
        tenant["contract"] = contract(&company.terms);
    }
    tenant
}

fn contract(terms: &Terms) -> Value {
    let basis = match terms.basis {
        Basis::Lawful(ground) => json!({ "lawful-basis": ground }),
        Basis::Instruction(reference) => json!({ "instruction": reference }),
    };
    json!({
        "owner": terms.owner, "purpose": terms.purpose, "basis": basis, "region": terms.region,
        "retention_days": terms.retention_days,
    })
}

/// Without a contract nothing is taken in; the owner signs.
async fn sign_first(story: &mut Story, company: &Company, owner: &Visitor) -> Step<()> {
    story.trying("making a dataset before a contract is signed");
    let dataset = json!({ "name": "too-early", "description": "", "fields": [] });
    owner
        .ask(Call::post("/v1/datasets").json(&dataset))
        .await?
        .refusal(403, "limit.contract")?;
    story.refused(format!(
        "{} has signed nothing yet, so nothing of theirs is taken in.",
        company.slug
    ));
    story.trying("the owner signs the contract");
    let signed = owner
        .ask(Call::put("/v1/tenant/contract").json(&contract(&company.terms)))
        .await?
        .value(200)?;
    must(number(&signed, "/version")? == 1, || {
        "the first contract is not version 1".to_owned()
    })
}

async fn datasets(
    story: &mut Story,
    stage: &Stage,
    company: &Company,
    owner: &Visitor,
) -> Step<Vec<(&'static str, String)>> {
    let own = [Set {
        name: OWN_FILES,
        description: "Files from a folder of your own",
        searchable: OWN_FIELDS,
    }];
    let wanted = if stage.own.is_some() {
        own.as_slice()
    } else {
        company.datasets
    };
    let mut made = Vec::new();
    for set in wanted {
        story.trying(format!("making the dataset {}", set.name));
        let field = |name: &&str| json!({ "name": name, "personal": true, "searchable": true });
        let fields: Vec<Value> = set.searchable.iter().map(field).collect();
        let dataset = json!({ "name": set.name, "description": set.description, "fields": fields });
        let dataset = owner
            .ask(Call::post("/v1/datasets").json(&dataset))
            .await?
            .value(201)?;
        made.push((set.name, text(&dataset, "/id")?));
    }
    Ok(made)
}

async fn people(story: &mut Story, stage: &mut Stage) -> Step<()> {
    let mut classes = std::collections::BTreeSet::from(["operator"]);
    for at in 0..stage.tenants.len() {
        let Some(company) = stage.tenants.get(at).map(|tenant| tenant.company) else {
            continue;
        };
        classes.extend(company.people.iter().map(|role| role.class));
        for role in company.people.iter().skip(1) {
            let person = invite(story, stage, company.slug, role).await?;
            stage
                .tenants
                .get_mut(at)
                .into_iter()
                .for_each(|tenant| tenant.people.push(person.clone()));
        }
    }
    let count: usize = stage.tenants.iter().map(|tenant| tenant.people.len()).sum();
    story.done(format!(
        "{count} people in {} classes, each with a key that was shown once and is stored nowhere.",
        classes.len() - 1
    ));

    story.trying("an admin invites an owner");
    let above = json!({ "name": "Upstart", "email": "upstart@northlight.example", "class": "owner" });
    let admin = &stage.person("northlight", "admin")?.visitor;
    admin
        .ask(Call::post("/v1/members").json(&above))
        .await?
        .refusal(403, "ceiling.admin-gives")?;
    story.refused("An admin makes no owners: nobody gives what is above their own class.");

    story.trying("an admin grants a dataset to the workforce manager");
    let tenant = stage.tenant("northlight")?;
    let manager = tenant.person("workforce-manager")?;
    let (name, dataset) = tenant.datasets.first().ok_or_else(|| no_people(tenant.company))?;
    let grant = Call::put(format!("/v1/datasets/{dataset}/grants/{}", manager.member)).json(&json!({}));
    tenant.person("admin")?.visitor.ask(grant).await?.is(200)?;
    let listed = manager.visitor.ask(Call::get("/v1/datasets")).await?.value(200)?;
    must(crate::demo::visitor::items(&listed)?.len() == 1, || {
        "the manager sees more than was granted".to_owned()
    })?;
    story.done(format!(
        "{}, a workforce manager, is given {name}, and sees that one dataset.",
        manager.role.name
    ));
    Ok(())
}

async fn invite(story: &mut Story, stage: &mut Stage, slug: &str, role: &'static Role) -> Step<Person> {
    story.trying(format!("{slug} takes in {}, a {}", role.name, role.class));
    let owner = stage.owner(slug)?.clone();
    let new = json!({ "name": role.name, "email": role.email, "class": role.class });
    let member = text(
        &owner
            .ask(Call::post("/v1/members").json(&new))
            .await?
            .value(201)?,
        "/id",
    )?;
    let issued = issue(
        &owner,
        &json!({ "member": member, "label": format!("first key of a {}", role.class) }),
    )
    .await?;
    let visitor = holder(stage, &text(&issued, "/secret")?);
    Ok(Person {
        role,
        member,
        visitor,
    })
}

/// Parley is used by machines: one key adds, one reads, neither does more.
async fn narrow_keys(story: &mut Story, stage: &mut Stage) -> Step<()> {
    story.trying("parley issues keys for machines");
    let tenant = stage.tenant("parley")?;
    let (user, owner) = (tenant.person("user")?, tenant.person("owner")?.visitor.clone());
    let datasets: Vec<String> = tenant.datasets.iter().map(|(_, id)| id.clone()).collect();
    let adds = json!({ "member": user.member, "label": "gateway", "actions": ["item.create", "item.change"], "datasets": datasets });
    let reads = json!({ "member": user.member, "label": "reader", "actions": ["item.browse", "item.download"], "datasets": datasets });
    let (adds, reads) = (issue(&owner, &adds).await?, issue(&owner, &reads).await?);
    let pair = (
        holder(stage, &text(&adds, "/secret")?),
        holder(stage, &text(&reads, "/secret")?),
    );
    let parley = stage
        .tenants
        .iter_mut()
        .filter(|tenant| tenant.company.slug == "parley");
    parley.for_each(|tenant| tenant.narrow = Some(pair.clone()));
    story.done(
        "parley holds its keys itself: the server can open their data only while one of these keys asks.",
    );
    story.done("Two of them are for machines: one may add and nothing else, the other may read one dataset.");
    Ok(())
}

/// A key that works now, and not for long.
async fn short_lived_key(story: &mut Story, stage: &mut Stage) -> Step<()> {
    story.trying("veridian issues a key that ends by itself");
    let ends = stage.clock.now().plus(SHORT);
    let member = stage.person("veridian", "user")?.member.clone();
    let owner = stage.owner("veridian")?.clone();
    let wanted = json!({ "member": member, "label": "for a moment", "expires_at": ends });
    let issued = issue(&owner, &wanted).await?;
    let visitor = holder(stage, &text(&issued, "/secret")?);
    visitor.ask(Call::get("/v1/tenant")).await?.is(200)?;
    stage.short_lived = Some((visitor, ends));
    story.done("veridian issues a key that ends by itself in a moment. It still works.");
    Ok(())
}

async fn issue(owner: &Visitor, wanted: &Value) -> Step<Value> {
    owner.ask(Call::post("/v1/keys").json(wanted)).await?.value(201)
}

/// Somebody with this secret, which is noted among those that must be found nowhere.
fn holder(stage: &mut Stage, secret: &str) -> Visitor {
    let secret = SecretString::from(secret);
    stage.secrets.push(secret.clone());
    stage.site.with(secret)
}

//! The first start: the operator's own tenant and key, the log's key, the root key's check value.

use access::{Class, Facts};
use kernel::{KeyId, MemberId, TenantId};
use ledger::{KeyKind, SigningKey};
use operation::acts::CreateTenant;
use operation::{Op, Permit, Resource, TrailSeal};
use sealing::Key;
use serde_json::json;
use store::params;

use super::system::caller;
use super::{root_trouble, rows};
use crate::error::{Error, Result};
use crate::key::IssuedKey;
use crate::member::{self, Member};
use crate::session::trail_key;
use crate::tenant::{self, Business, CustodyMode, NewOwner, Plan};
use crate::{Custody, Roots, contexts};

/// The short name of the operator's own tenant, whose members are the staff.
pub(crate) const OPERATOR: &str = "operator";

/// What the first start needs to be told.
#[derive(Debug, Clone)]
pub struct FirstStart {
    /// The name of the log, such as `example.org/bailee`; part of every checkpoint for ever.
    pub log_origin: String,
    /// The operator's name.
    pub operator_name: String,
    /// The operator's e-mail address.
    pub operator_email: String,
}

/// What comes of the first start. The secret in it is shown once.
#[derive(Debug)]
pub struct Installed {
    /// The tenant in whose trail the operator's acts stand. It keeps no data.
    pub operator_tenant: TenantId,
    /// The operator.
    pub operator: Member,
    /// The operator's key: makes tenants and lists them, and does nothing else.
    pub key: IssuedKey,
    /// The log's verifier key, to be published.
    pub log_verifier: String,
}

impl Custody {
    /// Makes the installation. Fails with [`Error::Conflict`] when there is one already.
    pub async fn install(&self, start: FirstStart) -> Result<Installed> {
        member::check_name(&start.operator_name)?;
        member::check_email(&start.operator_email)?;
        if !ledger::is_key_name(&start.log_origin) {
            return Err(Error::invalid(
                "log_origin",
                "use a name without spaces and plus signs, such as example.org/bailee",
            ));
        }
        let roots = self.roots.clone();
        let request = self.desk.own_request();
        self.desk
            .act(request, move |op| install(op, &roots, &start))
            .await
    }
}

fn install(op: &mut Op<'_>, roots: &Roots, start: &FirstStart) -> Result<Installed> {
    if rows::find(op.housekeeping())?.is_some() {
        return Err(installed_before());
    }
    let operator_tenant = TenantId::make(op.now(), op.random());
    enter(op, operator_tenant)?;
    let facts = Facts {
        same_tenant: true,
        ..Facts::default()
    };
    let permit: Permit<CreateTenant> = op.permit(Resource::tenant(), &facts)?;
    let plan = Plan {
        id: operator_tenant,
        slug: OPERATOR,
        name: "Operator",
        business: Business::Other,
        custody: CustodyMode::ProviderHeld,
        owner: &NewOwner {
            name: start.operator_name.clone(),
            email: start.operator_email.clone(),
        },
        class: Class::Operator,
    };
    let made = tenant::make(op, &permit, roots, &plan)?;
    let log_verifier = insert(op, &permit, roots, operator_tenant, &start.log_origin)?;
    super::letters::prepare(op, &made.tenant_key)?;
    // Now that the tenant has a key, its trail can be sealed under it.
    op.enter(caller(
        operator_tenant,
        TrailSeal::Key(trail_key(&made.tenant_key)),
    ));
    let (owner, key): (MemberId, KeyId) = (made.owner.id, made.key.key.id);
    op.record(
        permit,
        json!({ "tenant": operator_tenant, "owner": owner, "key": key, "log": log_verifier }),
    )?;
    Ok(Installed {
        operator_tenant,
        operator: made.owner,
        key: made.key,
        log_verifier,
    })
}

/// The server itself, in the operator's place, before there is any key.
fn enter(op: &mut Op<'_>, operator_tenant: TenantId) -> Result<()> {
    let nobody_yet = sealing::LetterboxSecret::generate(op.random()).public();
    op.enter(caller(operator_tenant, TrailSeal::Letterbox(nobody_yet)));
    Ok(())
}

fn insert(
    op: &mut Op<'_>,
    permit: &Permit<CreateTenant>,
    roots: &Roots,
    operator: TenantId,
    origin: &str,
) -> Result<String> {
    let (root, random) = (roots.current(), op.random());
    let seed = Key::generate(random);
    let signer = SigningKey::from_seed(origin, KeyKind::Log, seed.expose());
    let verifier = signer
        .map_err(|error| Error::Internal(error.to_string()))?
        .verifier()
        .to_string();
    let log_key = root
        .wrap(&contexts::log_key(operator), &seed, random)
        .map_err(root_trouble)?;
    // A key that is used for nothing: that it opens is what tells that the root key is the right one.
    let check = root
        .wrap(&contexts::root_check(operator), &Key::generate(random), random)
        .map_err(root_trouble)?;
    let row = params![
        op.now(),
        operator,
        root.id().to_string(),
        check,
        origin,
        &verifier,
        log_key
    ];
    op.change(permit, rows::INSERT, row).map_err(|error| {
        if error.is_unique() {
            installed_before()
        } else {
            error.into()
        }
    })?;
    Ok(verifier)
}

fn installed_before() -> Error {
    Error::Conflict("there is an installation here already; start it, or begin in an empty database".into())
}

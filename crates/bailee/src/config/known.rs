//! Every key there is.

/// One key of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name in the file; a dot stands for a table.
    pub name: &'static str,
    /// What kind of value it takes, for help texts.
    pub value: &'static str,
    /// The default, or how it comes about when it begins with a bracket.
    pub default: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Whether its value is secret: it is then taken from the environment alone and never shown.
    pub secret: bool,
}

impl Key {
    /// The environment variable.
    pub fn variable(&self) -> String {
        format!("BAILEE_{}", self.name.to_ascii_uppercase().replace('.', "_"))
    }

    /// The flag without its dashes; `None` for secrets, which every user of the machine could read there.
    pub fn flag(&self) -> Option<String> {
        (!self.secret).then(|| self.name.replace(['.', '_'], "-"))
    }

    /// The value when nobody says anything, if it is a plain one.
    pub fn plain_default(&self) -> Option<&'static str> {
        (!self.default.starts_with('(')).then_some(self.default)
    }
}

/// All keys, in the order of the documentation.
pub const KEYS: &[Key] = &[
    key(
        "data",
        "FOLDER",
        "./bailee-data",
        "Where everything is kept that no other key puts elsewhere.",
    ),
    key(
        "listen",
        "ADDRESS",
        "127.0.0.1:8443",
        "Where TLS clients are taken; port 0 takes any free one.",
    ),
    key(
        "public_url",
        "URL",
        "(https:// and the address of `listen`)",
        "How clients reach the server from outside. Its host goes into the server's own certificate.",
    ),
    key(
        "plain_http",
        "PLACE",
        "(none)",
        "A further place for clear HTTP, for a proxy on the same host: a loopback address such as 127.0.0.1:8080, or \
         unix:/run/bailee.socket. Other addresses are refused.",
    ),
    key(
        "s3.listen",
        "ADDRESS",
        "(the port after that of `listen`)",
        "Where TLS clients that speak S3 are taken; port 0 takes any free one, `off` takes none.",
    ),
    key(
        "s3.plain_http",
        "PLACE",
        "(none)",
        "A further place for S3 over clear HTTP, as `plain_http`.",
    ),
    key(
        "s3.domain",
        "HOST",
        "(none)",
        "The host name below which buckets are sub-domains, as in bucket.s3.example.org. Buckets are found by path at every \
         other host.",
    ),
    key(
        "s3.region",
        "NAME",
        "(any)",
        "The only region that S3 clients may sign for.",
    ),
    key(
        "s3.cors_origins",
        "ORIGINS",
        "(none)",
        "Web origins, with spaces between, whose pages browsers let use S3 here: preflights are answered for these. What a page \
         may then do is what its signature may, and what the bucket's own CORS rules say.",
    ),
    key(
        "metrics.listen",
        "PLACE",
        "(none)",
        "Where Prometheus collects figures in clear HTTP: a loopback address such as 127.0.0.1:9464, or unix:/run/bailee-metrics.socket. \
         Other addresses are refused.",
    ),
    key(
        "database",
        "WHERE",
        "sqlite",
        "`sqlite` keeps the database in the data folder; postgres://user@host/name uses PostgreSQL.",
    ),
    key(
        "database_batch",
        "COUNT",
        "512",
        "The most acts that share one durable commit of the `sqlite` database. 1 gives every act a commit of its own, which \
         is slower and no safer: it shows what sharing gives. PostgreSQL groups its commits itself.",
    ),
    key(
        "objects",
        "FOLDER",
        "(`objects` in the data folder)",
        "Where the sealed bytes of larger items are kept.",
    ),
    key(
        "root.key_file",
        "FILE",
        "(`keys/root.key` in the data folder)",
        "The root key file. Older root keys lie in the folder `older` beside it.",
    ),
    key(
        "root.passphrase_file",
        "FILE",
        "(none)",
        "A file with the passphrase of the root key file; one line end at its end does not count.",
    ),
    secret(
        "root.passphrase",
        "TEXT",
        "(none)",
        "The passphrase itself. A file is better: variables leak more easily.",
    ),
    key(
        "tls.certificate",
        "FILE",
        "(made by the server's own CA)",
        "The server's certificate and those between it and its CA, as PEM.",
    ),
    key(
        "tls.key",
        "FILE",
        "(made by the server's own CA)",
        "The certificate's private key, as PEM. Both are read again on SIGHUP.",
    ),
    key(
        "log.level",
        "LEVEL",
        "info",
        "How much is logged: error, warn, info, debug or trace, also per part, as in info,web=debug.",
    ),
    key(
        "log.format",
        "FORMAT",
        "text",
        "`text` for people, `json` for programs. Logs go to standard error.",
    ),
    key(
        "pace.key",
        "COUNT",
        "120000",
        "The most requests that one credential sends in a minute; all of them may come at once. 0 limits nothing, here and \
         below.",
    ),
    key(
        "pace.tenant",
        "COUNT",
        "600000",
        "The most requests in a minute for one tenant, by all of its credentials that were let in before.",
    ),
    key(
        "pace.address",
        "COUNT",
        "120000",
        "The most requests in a minute from one address; of IPv6, from one network of 64 bits. Addresses of this host are not \
         limited: behind a proxy here all clients have one.",
    ),
    key(
        "pace.door",
        "COUNT",
        "120",
        "The most requests in a minute from one address at the door where pages of others record consent.",
    ),
    key(
        "limits.item_bytes",
        "BYTES",
        "5497558138880",
        "The most bytes of one item; more is refused with 413.",
    ),
    key(
        "limits.inline_bytes",
        "BYTES",
        "32768",
        "Items of at most so many bytes are kept in the database, larger ones as objects.",
    ),
    key(
        "own_buckets.allow",
        "HOSTS",
        "(none)",
        "Hosts, with spaces between, that may serve buckets of tenants' own: s3.eu-central-1.amazonaws.com, *.s3.example.org or \
         minio.example.org:9000. The server talks to no others for them, so without hosts there are no such buckets.",
    ),
    key(
        "egress.inside",
        "HOSTS",
        "(none)",
        "Hosts, with spaces between, of teams' buckets, teams' sign-in and sub-processors that may be on this machine or in its network: \
         minio.internal or *.corp.example.org. Others of them are connected to at public addresses alone, whatever their names lead to.",
    ),
    key(
        "processors.keys",
        "FOLDER",
        "(none)",
        "A folder with a file for each sub-processor whose interface wants a key: the file is named by the sub-processor's id, holds the key, \
         and nobody else may read it.",
    ),
    key(
        "sign_in.name",
        "NAME",
        "Bailee",
        "What authenticator apps and passkeys call this installation.",
    ),
    key(
        "sign_in.passkeys",
        "DOMAIN",
        "(the host of `public_url`, if that is a name)",
        "The domain that passkeys are bound to, for good: the host of `public_url` or a domain above it. `off` offers none.",
    ),
    key(
        "sign_in.origins",
        "ORIGINS",
        "(none)",
        "Further web origins, with spaces between, whose pages use passkeys beside those of `public_url`: https:// and a host.",
    ),
    key(
        "sign_in.providers",
        "HOSTS",
        "(none)",
        "Hosts, with spaces between, at which teams may have their own sign-in by OpenID Connect: login.example.org, \
         *.okta.com or id.example.org:8443, with all that the provider refers to. The server talks to no others for it, so \
         without hosts there is no such sign-in.",
    ),
    key(
        "backup.to",
        "WHERE",
        "(none)",
        "Where backups lie, and the list of what was erased: a folder, or s3://bucket/prefix, gs://bucket/prefix, \
         az://container/prefix.",
    ),
    key(
        "backup.keys_to",
        "WHERE",
        "(as `backup.to`)",
        "Where the archives of wrapped keys lie. Elsewhere is better: an archive of data alone opens nothing.",
    ),
    key(
        "backup.every",
        "TIME",
        "(never by itself)",
        "How often `bailee serve` makes a backup, such as 24h, 90m or 7d.",
    ),
    key(
        "backup.key_file",
        "FILE",
        "(`keys/backup.key` in the data folder)",
        "The key that backups are sealed under. The first backup makes it; keep a copy apart from server and backups.",
    ),
    key(
        "backup.region",
        "NAME",
        "(none)",
        "The provider's name of the region of these buckets.",
    ),
    key(
        "backup.endpoint",
        "URL",
        "(the provider's own)",
        "The address of their interface, for S3-compatible stores.",
    ),
    key(
        "backup.credentials",
        "FILE",
        "(what the environment or the machine gives)",
        "A file that its owner alone may read, with what opens these buckets, as for a place.",
    ),
    key(
        "backup.plain_http",
        "YES OR NO",
        "false",
        "Whether clear HTTP may be spoken with the endpoint, which must then be a loopback address.",
    ),
    key(
        "mail.server",
        "URL",
        "(none: letters wait)",
        "The mail server that takes letters: smtps://smtp.example.org for TLS from the first byte, smtp://smtp.example.org for STARTTLS, \
         without which nothing is sent; with another port as in smtps://smtp.example.org:4650.",
    ),
    key(
        "mail.from",
        "ADDRESS",
        "(none)",
        "Whom letters are from: one plain address. The name beside it is `trust.name`.",
    ),
    key(
        "mail.credentials",
        "FILE",
        "(none)",
        "A file that its owner alone may read, with what the mail server asks for: `user` and `password`, as TOML.",
    ),
    key(
        "mail.ca",
        "FILE",
        "(the system's)",
        "The CAs that the mail server's certificate may come from, as PEM, instead of the system's.",
    ),
    key(
        "mail.plain",
        "YES OR NO",
        "false",
        "Whether letters go to `mail.server` in clear, which must then be smtp:// and a loopback address, such as a mail server on the \
         same host.",
    ),
    key(
        "mail.alarms_to",
        "ADDRESSES",
        "(none)",
        "Who is written to when a sentence of the public page got worse, with spaces between.",
    ),
    key(
        "checks.run",
        "YES OR NO",
        "true",
        "Whether `bailee serve` runs the checks of the installation by itself, each as often as it says. Without it claims go \
         late, unless a timer calls `bailee checks run --due`.",
    ),
    key(
        "provenance.keys",
        "FILE",
        "(none)",
        "The public keys, as PEM, of those whose word about the running program counts: Ed25519, or ECDSA on P-256. With it a check compares the \
         program with `provenance.statements`.",
    ),
    key(
        "provenance.statements",
        "FILE",
        "(none)",
        "Signed statements about the program: DSSE envelopes of in-toto statements, one a line. Read when the server starts.",
    ),
    key(
        "trust.name",
        "NAME",
        "This installation",
        "Who speaks on the public page.",
    ),
    key(
        "trust.contact",
        "URLS",
        "(none)",
        "Whom to tell about a weakness, with spaces between, the best first: mailto:, https:// or tel:. With it there is a \
         security.txt (RFC 9116).",
    ),
    key(
        "trust.policy",
        "URL",
        "(none)",
        "A page that says how such reports are handled.",
    ),
    key(
        "trust.profile",
        "PROFILE",
        "everything",
        "What the public page says, under which headings and in which words: `everything` for the whole catalogue, a ready profile (`ai-api`, `crm`, \
         `identity`, `training-data`), one of `trust.profiles`, or the path of a file that ends with .toml. `bailee trust check` looks at a file.",
    ),
    key(
        "trust.profiles",
        "FOLDER",
        "(none)",
        "Further profiles, each a file that ends with .toml and is named as the profile is. Read when the server starts.",
    ),
    key(
        "first.log_origin",
        "NAME",
        "(the host of `public_url` and the first digits of the root key's id)",
        "The name of the log, part of every checkpoint. Counts at the first start only.",
    ),
    key(
        "first.operator_name",
        "NAME",
        "Operator",
        "Who runs the installation. Counts at the first start only.",
    ),
    key(
        "first.operator_email",
        "ADDRESS",
        "operator@localhost",
        "How the operator is reached. Counts at the first start only.",
    ),
];

/// The keys of a place, each below its table `[place.LABEL]`. Places are described in the file alone.
pub const PLACE_KEYS: &[Key] = &[
    key(
        "url",
        "URL",
        "(the folder `objects`, for `home`; other places need one)",
        "s3://bucket/prefix, gs://bucket/prefix, az://container/prefix, or the path of a folder. `home` with a URL is kept there \
         instead of in the folder `objects`.",
    ),
    key(
        "region",
        "NAME",
        "(none)",
        "Where on earth it is, shown to the members of every tenant. For S3 it is the provider's name of the region, which \
         requests are signed for.",
    ),
    key(
        "endpoint",
        "URL",
        "(the provider's own)",
        "The address of the store's interface, for S3-compatible stores: https:// and a host.",
    ),
    key(
        "credentials",
        "FILE",
        "(what the environment or the machine gives)",
        "A file that its owner alone may read. For S3 and Azure it sets `access_key` (for Azure the account's name) and \
         `secret_key`, as TOML; for Google it is the service account's file as Google gives it.",
    ),
    key(
        "plain_http",
        "YES OR NO",
        "false",
        "Whether clear HTTP may be spoken with the endpoint, which must then be a loopback address.",
    ),
    key(
        "path_style",
        "YES OR NO",
        "(true where there is an endpoint)",
        "Whether the bucket stands in the path of addresses, or in the host's name. With false, the endpoint's host names \
         the bucket.",
    ),
];

const fn key(name: &'static str, value: &'static str, default: &'static str, doc: &'static str) -> Key {
    Key {
        name,
        value,
        default,
        doc,
        secret: false,
    }
}

const fn secret(name: &'static str, value: &'static str, default: &'static str, doc: &'static str) -> Key {
    Key {
        name,
        value,
        default,
        doc,
        secret: true,
    }
}

/// The key with this name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The key of a place with this name.
pub(super) fn find_of_place(name: &str) -> Option<&'static Key> {
    PLACE_KEYS.iter().find(|key| key.name == name)
}

/// The key of a place whose name looks most like this one, if any does.
pub(super) fn nearest_of_place(name: &str) -> Option<&'static str> {
    let scored = PLACE_KEYS
        .iter()
        .map(|key| (strsim::jaro_winkler(key.name, name), key.name));
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(score, _)| *score > 0.7).map(|(_, name)| name)
}

/// The known name that looks most like this one, if any does.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let scored = KEYS
        .iter()
        .map(|key| (strsim::jaro_winkler(key.name, name), key.name));
    let last = |(_, known): &(f64, &str)| known.rsplit('.').next() == name.rsplit('.').next();
    let mut scored: Vec<_> = scored
        .map(|entry| if last(&entry) { (1.0, entry.1) } else { entry })
        .collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    scored
        .first()
        .filter(|(score, _)| *score > 0.7)
        .map(|(_, name)| *name)
}

//! The page `docs/configuration.md`, made from the table of keys so that it cannot be out of date.

use super::known::{KEYS, Key, PLACE_KEYS};

const HEAD: &str = "\
# Configuration

`bailee serve` runs without any configuration. What is to be otherwise can be said in three places; the first that says
something counts:

1. a flag: `--listen 0.0.0.0:8443`
2. an environment variable: `BAILEE_LISTEN=0.0.0.0:8443`
3. a file, named by `--config` or `BAILEE_CONFIG`, or `bailee.toml` in the working folder:

```toml
listen = \"0.0.0.0:8443\"
public_url = \"https://custody.example.org\"

[root]
passphrase_file = \"/etc/bailee/passphrase\"
```

A key that does not exist is an error that names the nearest one that does. `bailee config` shows what counts and where
it came from. Paths are relative to the working folder. Secrets are taken from files and variables, never from flags,
which every user of the machine can read, nor from the configuration file.

A root key file that is protected by a credential is opened with `bailee-root` in `$CREDENTIALS_DIRECTORY`, where systemd
puts it (`LoadCredentialEncrypted=bailee-root`): 32 or more random bytes.

## Keys
";

/// The page.
pub fn document() -> String {
    let page = KEYS
        .iter()
        .fold(HEAD.to_owned(), |page, key| page + &section(key));
    PLACE_KEYS
        .iter()
        .fold(page + PLACES, |page, key| page + &of_place(key))
}

const PLACES: &str = "
## Places

Sealed bytes lie in a place. One is always there, `home`; others are described in the file, each by a table of its own whose
name is the label that datasets choose it by ([where bytes live](where-bytes-live.md)):

```toml
[place.eu]
url = \"s3://bucket/prefix\"
region = \"eu-central-1\"
credentials = \"/etc/bailee/eu.credentials\"
```

A label has lowercase letters, digits and hyphens. It stands in the database beside everything that lies there, so keep it.
";

fn of_place(key: &Key) -> String {
    let default = match key.plain_default() {
        Some(value) => format!("`{value}`"),
        None => key.default.trim_matches(['(', ')']).to_owned(),
    };
    format!(
        "\n### `place.LABEL.{}`\n\n{}\n\n- default: {default}\n",
        key.name, key.doc
    )
}

fn section(key: &Key) -> String {
    let default = match key.plain_default() {
        Some(value) => format!("`{value}`"),
        None => key.default.trim_matches(['(', ')']).to_owned(),
    };
    let places = match key.flag() {
        Some(flag) => format!("`--{flag} {}`, `{}`", key.value, key.variable()),
        None => format!("`{}` alone", key.variable()),
    };
    format!(
        "\n### `{}`\n\n{}\n\n- default: {default}\n- also: {places}\n",
        key.name, key.doc
    )
}

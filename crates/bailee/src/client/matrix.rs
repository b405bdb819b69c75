//! `bailee matrix`: who may do what, as the server answers it.

use serde_json::Value;

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::shown;

/// Print who may do what: the table of rights that the server decides by.
#[derive(Debug, clap::Args)]
pub struct MatrixArgs {
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// Prints the tables; as JSON, the whole answer.
pub(crate) async fn run(_: &MatrixArgs, session: &Session) -> Result<(), Failure> {
    let matrix = session.server.json(&Call::get(&["access", "matrix"])).await?;
    let text =
        table(&matrix).ok_or_else(|| Failure::Answer("the table of rights has another form".into()))?;
    session.output.result(&matrix, || text)
}

/// One table for each situation: a row for each action, a column for each class.
fn table(matrix: &Value) -> Option<String> {
    let classes: Vec<String> = matrix
        .get("classes")?
        .as_array()?
        .iter()
        .map(word)
        .collect::<Option<_>>()?;
    let mut text = String::new();
    for table in matrix.get("tables")?.as_array()? {
        let rows = table.get("rows")?.as_array()?;
        let actions: Vec<String> = rows
            .iter()
            .map(|row| word(row.get("action")?))
            .collect::<Option<_>>()?;
        let width = actions.iter().map(String::len).max().unwrap_or(0);
        text += &format!(
            "{}\n\n{:width$}  {}\n",
            word(table.get("says")?)?,
            "",
            classes.join("  ")
        );
        for (action, row) in actions.iter().zip(rows) {
            let allowed = row.get("allowed")?.as_array()?;
            let cells = classes.iter().zip(allowed).map(|(class, may)| {
                format!(
                    "{:1$}",
                    if may.as_bool() == Some(true) { "yes" } else { "-" },
                    class.len()
                )
            });
            let line = format!("{action:width$}  {}", cells.collect::<Vec<_>>().join("  "));
            text += &format!("{}\n", line.trim_end());
        }
        text.push('\n');
    }
    Some(text.trim_end().to_owned())
}

fn word(value: &Value) -> Option<String> {
    value.as_str().map(|text| shown(text).to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_class_is_a_column_and_every_action_a_row() {
        let matrix = json!({
            "classes": ["owner", "worker"],
            "tables": [{ "says": "own tenant", "rows": [
                { "action": "item.view", "allowed": [true, true] },
                { "action": "item.download", "allowed": [true, false] },
            ]}],
        });
        let expected =
            "own tenant\n\n               owner  worker\nitem.view      yes    yes\nitem.download  yes    -";
        assert_eq!(table(&matrix).unwrap(), expected);
        assert_eq!(table(&json!({ "classes": [1] })), None);
    }
}

//! What the migrations made, compared with what the database has: keys and constraints that somebody dropped.

use std::collections::{BTreeMap, BTreeSet};

use super::migrations::{MIGRATIONS, statements};
use crate::store::{Conn, SchemaPart, StoreError, schema_list};

/// A key or a constraint that the database lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingPart {
    /// Which.
    pub part: SchemaPart,
    /// The migration that made it.
    pub migration: i64,
}

/// The keys and constraints of the migrations that the database lacks, in order.
pub async fn missing_parts(conn: &mut Conn) -> Result<Vec<MissingPart>, StoreError> {
    let there: BTreeSet<SchemaPart> = schema_list(conn).await?.into_iter().collect();
    let missing = parts_of_migrations().into_iter().filter(|(part, _)| !there.contains(part));
    Ok(missing.map(|(part, migration)| MissingPart { part, migration }).collect())
}

/// Every key and constraint that the migrations leave, and the migration that made it.
pub fn parts_of_migrations() -> BTreeMap<SchemaPart, i64> {
    let mut parts = BTreeMap::new();
    for migration in MIGRATIONS.iter() {
        for statement in statements(migration.sql.as_str()) {
            apply(&statement, migration.version, &mut parts);
        }
    }
    parts
}

/// Adds what a statement makes, and takes away what it drops.
fn apply(statement: &str, version: i64, parts: &mut BTreeMap<SchemaPart, i64>) {
    // Comments and defaults, in quotes, may have any words in them.
    let code: String = statement.split('\'').step_by(2).collect::<Vec<_>>().join(" ");
    let words: Vec<&str> = code
        .split(|c: char| c.is_whitespace() || "(),;".contains(c))
        .map(|word| word.trim_matches('`'))
        .filter(|word| !word.is_empty())
        .collect();
    let (["CREATE", "TABLE", "IF", "NOT", "EXISTS", table, words @ ..]
    | ["CREATE" | "ALTER", "TABLE", table, words @ ..]) = words.as_slice()
    else {
        return;
    };
    let part = |kind: &str, name: &str| SchemaPart {
        table_name: (*table).to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
    };
    for at in 0..words.len() {
        match &words[at..] {
            ["DROP", "FOREIGN", "KEY", name, ..] => {
                parts.remove(&part("FOREIGN KEY", name));
            }
            ["DROP", "KEY" | "INDEX", name, ..] => {
                parts.remove(&part("KEY", name));
                parts.remove(&part("UNIQUE", name));
            }
            ["DROP", "CONSTRAINT" | "CHECK", name, ..] => {
                parts.remove(&part("CHECK", name));
            }
            ["UNIQUE", "KEY", name, ..] => {
                parts.insert(part("UNIQUE", name), version);
                parts.insert(part("KEY", name), version);
            }
            ["KEY", name, ..]
                if at == 0 || !["PRIMARY", "FOREIGN", "DROP", "UNIQUE"].contains(&words[at - 1]) =>
            {
                parts.insert(part("KEY", name), version);
            }
            ["CONSTRAINT", name, "CHECK", ..] => {
                parts.insert(part("CHECK", name), version);
            }
            ["CONSTRAINT", name, "FOREIGN", ..] => {
                parts.insert(part("FOREIGN KEY", name), version);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_adds_and_drops_keys_and_constraints() {
        let mut parts = BTreeMap::new();
        apply(
            "CREATE TABLE IF NOT EXISTS t (\n  id BIGINT PRIMARY KEY,\n  a INT COMMENT 'a KEY none',\n  UNIQUE KEY uk_a (a),\n  \
             KEY idx_a (a, id),\n  CONSTRAINT fk_a FOREIGN KEY (a) REFERENCES u (id),\n  \
             CONSTRAINT ck_a CHECK (a > 0)\n) ENGINE=InnoDB;",
            1,
            &mut parts,
        );
        let names = |parts: &BTreeMap<SchemaPart, i64>| -> Vec<String> {
            parts.keys().map(|part| format!("{} {}", part.kind, part.name)).collect()
        };
        assert_eq!(names(&parts), ["CHECK ck_a", "FOREIGN KEY fk_a", "KEY idx_a", "KEY uk_a", "UNIQUE uk_a"]);
        apply("ALTER TABLE t DROP FOREIGN KEY fk_a, DROP KEY uk_a,\n ADD KEY idx_b (a);", 2, &mut parts);
        assert_eq!(names(&parts), ["CHECK ck_a", "KEY idx_a", "KEY idx_b"]);
    }
}

//! Families, and what is called by a name.

use super::check::{Check, check};

pub(super) const PEOPLE: &[Check] = &[
    check!(
        "profile",
        "a child has a name",
        "SELECT CAST(id AS CHAR) AS id, 'its name is empty' AS wrong FROM profile WHERE TRIM(name) = '' \
         ORDER BY profile.id"
    ),
    check!(
        "course",
        "a course has a name and a category",
        "SELECT CAST(id AS CHAR) AS id, 'its name or its category is empty' AS wrong FROM course \
         WHERE TRIM(name) = '' OR TRIM(category) = '' ORDER BY course.id"
    ),
    check!(
        "account",
        "an account has an openid",
        "SELECT CAST(id AS CHAR) AS id, 'its openid is empty' AS wrong FROM account WHERE openid = '' \
         ORDER BY account.id"
    ),
    check!(
        "profile",
        "account_id is one of the child's guardians, and empty only where there are none",
        "SELECT CAST(p.id AS CHAR) AS id, CONCAT('account_id is ', COALESCE(p.account_id, 'NULL'), ', guardians are ', \
           COUNT(g.account_id)) AS wrong \
         FROM profile p LEFT JOIN guardian g ON g.profile_id = p.id GROUP BY p.id, p.account_id \
         HAVING CASE WHEN p.account_id IS NULL THEN COUNT(g.account_id) > 0 \
         ELSE COALESCE(SUM(g.account_id = p.account_id), 0) = 0 END ORDER BY p.id"
    ),
];

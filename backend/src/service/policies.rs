//! Versions of the policy, which the database keeps: programs that were started at different times, with different files,
//! answer alike (R1.21).
//!
//! A version never changes, so a program reads each once. Who judges a class asks with its row: a class that is fixed (R1.22)
//! names its version; for any other one, the versions that came since are read first, which is one statement. What has no
//! class asks for the version in force now. The two are types of their own, [`ClassPolicy`] and [`CurrentPolicy`], so that a
//! verb cannot take the one for the other.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context;
use logic::ids::PolicyId;
use logic::policy::FIELDS;
use logic::policy_version::{FIRST_EFFECTIVE_FROM, PolicyVersion, next_version, policy_at};
use logic::{Instant, Policy};
use sqlx::MySqlExecutor;
use sqlx::mysql::MySqlPool;

use crate::error::AppError;
use crate::store::{
    self, BookingRow, ClassSession, EntryView, MissedBookingRow, NewClassSession, OfferNames,
    PolicyVersionRow,
};

/// Why a class cannot be judged; which version it is stands in the log and in `/readyz`.
const NEWER: &str = "the policy of this class is of a newer program";
/// How long the list of versions is taken for complete where the version in force is asked for, by the machine's clock and by
/// the service's, which leaps in development: shorter than the notice of a new version (R1.23).
const LIST_HOLDS_MS: u32 = 5_000;

/// The version of the policy that judges a class: it comes from the row of a class alone.
#[derive(Clone, Debug)]
pub struct ClassPolicy {
    id: PolicyId,
    is_fixed: bool,
    policy: Arc<Policy>,
}

impl ClassPolicy {
    /// Its id.
    pub fn id(&self) -> PolicyId {
        self.id
    }

    /// Whether it judges the class for good.
    pub fn is_fixed(&self) -> bool {
        self.is_fixed
    }

    /// From now on it judges the class for good.
    pub(super) fn fix(&mut self) {
        self.is_fixed = true;
    }
}

impl Deref for ClassPolicy {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        &self.policy
    }
}

/// The version of the policy in force, for what has no class.
#[derive(Clone, Debug)]
pub struct CurrentPolicy(Arc<Policy>);

impl Deref for CurrentPolicy {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        &self.0
    }
}

/// What is known of a class that a version of the policy judges.
pub trait OfClass {
    /// The version that is fixed, if one is.
    fn policy_id(&self) -> Option<PolicyId>;
    /// When the class starts.
    fn starts_at(&self) -> Instant;
}

macro_rules! of_class {
    ($($row:ty),+) => {$(
        impl OfClass for $row {
            fn policy_id(&self) -> Option<PolicyId> {
                self.policy_id
            }

            fn starts_at(&self) -> Instant {
                self.starts_at
            }
        }
    )+};
}

of_class!(BookingRow, ClassSession, EntryView, MissedBookingRow, OfferNames);

/// Nobody has asked for it yet.
impl OfClass for NewClassSession {
    fn policy_id(&self) -> Option<PolicyId> {
        None
    }

    fn starts_at(&self) -> Instant {
        self.starts_at
    }
}

/// A class, and the version of the policy that judges it.
#[derive(Clone, Debug)]
pub struct JudgedClass {
    class: ClassSession,
    /// The version of the policy.
    pub policy: ClassPolicy,
}

impl Deref for JudgedClass {
    type Target = ClassSession;

    fn deref(&self) -> &ClassSession {
        &self.class
    }
}

impl JudgedClass {
    /// A class with the version that judges it.
    pub(super) fn new(class: ClassSession, policy: ClassPolicy) -> Self {
        Self { class, policy }
    }
}

/// A version, as far as this program can use it.
type Usable = Result<Arc<Policy>, String>;

/// Versions of the policy that were read.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    /// In the order of the inserts.
    pub(super) list: Vec<PolicyVersion>,
    policies: HashMap<PolicyId, Usable>,
}

impl Versions {
    /// The version that judges a class (R1.21, R1.22).
    ///
    /// # Errors
    /// `unavailable` if this program cannot use it.
    pub fn of_class(&self, class: &impl OfClass) -> Result<ClassPolicy, AppError> {
        match class.policy_id() {
            Some(id) => Ok(ClassPolicy { id, is_fixed: true, policy: self.policy(id)? }),
            None => self.starting_at(class.starts_at()),
        }
    }

    /// The version that would judge a class that starts then if it were not fixed (R1.21).
    ///
    /// # Errors
    /// `unavailable` if this program cannot use it.
    pub fn starting_at(&self, starts_at: Instant) -> Result<ClassPolicy, AppError> {
        let id = policy_at(&self.list, starts_at).ok_or_else(none)?;
        Ok(ClassPolicy { id, is_fixed: false, policy: self.policy(id)? })
    }

    /// The version in force, and the one that comes after it.
    ///
    /// # Errors
    /// `unavailable` if this program cannot use it.
    pub fn at(&self, now: Instant) -> Result<(PolicyId, Arc<Policy>, Option<PolicyVersion>), AppError> {
        let id = policy_at(&self.list, now).ok_or_else(none)?;
        Ok((id, self.policy(id)?, next_version(&self.list, now)))
    }

    /// The versions that this program can use and that are as `is` says.
    pub fn ids_where(&self, is: impl Fn(&Policy) -> bool) -> Vec<PolicyId> {
        let is = |id: &PolicyId| matches!(self.policies.get(id), Some(Ok(policy)) if is(policy));
        self.list.iter().map(|version| version.id).filter(is).collect()
    }

    /// The versions that this program cannot use.
    pub fn unusable(&self) -> impl Iterator<Item = PolicyId> {
        let unusable = |id: &PolicyId| matches!(self.policies.get(id), Some(Err(_)));
        self.list.iter().map(|version| version.id).filter(unusable)
    }

    fn policy(&self, id: PolicyId) -> Result<Arc<Policy>, AppError> {
        match self.policies.get(&id) {
            Some(Ok(policy)) => Ok(policy.clone()),
            Some(Err(_)) => Err(AppError::Unavailable(NEWER)),
            None => Err(AppError::Internal(anyhow::anyhow!("there is no version {id} of the policy"))),
        }
    }

    /// The version in force; one that this program cannot use is passed over, so that only its classes suffer.
    fn in_force(&self, now: Instant) -> Result<CurrentPolicy, AppError> {
        let usable = |version: &&PolicyVersion| matches!(self.policies.get(&version.id), Some(Ok(_)));
        let usable: Vec<PolicyVersion> = self.list.iter().filter(usable).copied().collect();
        let id = policy_at(&usable, now).ok_or_else(none)?;
        Ok(CurrentPolicy(self.policy(id)?))
    }

    pub(super) fn newest(&self) -> PolicyId {
        self.list.last().map_or(PolicyId(0), |version| version.id)
    }

    /// Why this program cannot use the first of the versions that it cannot use.
    fn check(&self) -> Result<(), &str> {
        let broken = self.list.iter().find_map(|version| self.policies.get(&version.id)?.as_ref().err());
        broken.map_or(Ok(()), |why| Err(why))
    }

    /// These and those of `rows` that are not among them.
    fn with(&self, rows: Vec<PolicyVersionRow>) -> Self {
        let mut versions = self.clone();
        for row in rows {
            if row.id > versions.newest() {
                versions.list.push(PolicyVersion { id: row.id, effective_from: row.effective_from });
                let policy = read(&row).map(Arc::new);
                if let Err(why) = &policy {
                    tracing::error!("{why}");
                }
                versions.policies.insert(row.id, policy);
            }
        }
        versions
    }
}

fn none() -> AppError {
    AppError::Internal(anyhow::anyhow!("there is no version of the policy"))
}

fn read(row: &PolicyVersionRow) -> Result<Policy, String> {
    let json = serde_json::from_str(&row.policy).map_err(|error| error.to_string());
    json.and_then(|json| Policy::from_stored(&json).map_err(|refusal| refusal.to_string())).map_err(|why| {
        format!("this program cannot use version {} of the policy: {why}: run a newer program", row.id)
    })
}

/// What the program knows of the versions of the policy.
#[derive(Debug)]
pub struct Policies {
    known: RwLock<Known>,
}

#[derive(Clone, Debug)]
struct Known {
    versions: Arc<Versions>,
    /// When the list was last complete: by the machine's clock, and by the service's.
    complete: (tokio::time::Instant, Instant),
}

impl Policies {
    /// The versions, for a program that starts. Where there is none, `file`, which is `GYM_POLICY` over the defaults, becomes
    /// version 1. Where the file says something else, the version in force counts, and a warning names the fields.
    ///
    /// # Errors
    /// A version has a field that this program does not know; the database does not answer.
    pub async fn at_start(pool: &MySqlPool, file: &Policy, now: Instant) -> anyhow::Result<Self> {
        let mut versions = all(pool).await?;
        if versions.list.is_empty() {
            let json = file.to_json().to_string();
            store::policy_version_insert_first(pool, FIRST_EFFECTIVE_FROM, &json, now).await?;
            versions = all(pool).await?;
        }
        let fields = differing(file, &*versions.in_force(now)?);
        if !fields.is_empty() {
            tracing::warn!(
                fields = fields.join(", "),
                "GYM_POLICY differs from the policy in the database, which is used"
            );
        }
        let complete = (tokio::time::Instant::now(), now);
        Ok(Self { known: RwLock::new(Known { versions: Arc::new(versions), complete }) })
    }

    /// Versions among which are those that judge these classes: where one of them is not fixed, all that there are.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn for_classes<'a, C: OfClass + 'a>(
        &self,
        db: impl MySqlExecutor<'_>,
        classes: impl IntoIterator<Item = &'a C>,
    ) -> Result<Arc<Versions>, AppError> {
        let known = self.known().versions;
        let is_known = |class: &C| class.policy_id().is_some_and(|fixed| known.policies.contains_key(&fixed));
        if classes.into_iter().all(is_known) { Ok(known) } else { self.all(db).await }
    }

    /// The version that judges a class.
    ///
    /// # Errors
    /// `unavailable` if this program cannot use it.
    pub async fn of_class(
        &self,
        db: impl MySqlExecutor<'_>,
        class: &impl OfClass,
    ) -> Result<ClassPolicy, AppError> {
        self.for_classes(db, [class]).await?.of_class(class)
    }

    /// A class with the version that judges it.
    ///
    /// # Errors
    /// As [`Self::of_class`].
    pub async fn judge(
        &self,
        db: impl MySqlExecutor<'_>,
        class: ClassSession,
    ) -> Result<JudgedClass, AppError> {
        let policy = self.of_class(db, &class).await?;
        Ok(JudgedClass::new(class, policy))
    }

    /// The version in force at `now`, for what has no class.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn current(&self, db: impl MySqlExecutor<'_>, now: Instant) -> Result<CurrentPolicy, AppError> {
        let Known { versions, complete: (at, then) } = self.known();
        let holds = at.elapsed() < Duration::from_millis(LIST_HOLDS_MS.into())
            && now.millis_since(then) < i64::from(LIST_HOLDS_MS)
            && policy_at(&versions.list, now) == policy_at(&versions.list, then);
        if holds { versions.in_force(now) } else { self.all_at(db, Some(now)).await?.in_force(now) }
    }

    /// All versions that there are.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn all(&self, db: impl MySqlExecutor<'_>) -> Result<Arc<Versions>, AppError> {
        self.all_at(db, None).await
    }

    async fn all_at(
        &self,
        db: impl MySqlExecutor<'_>,
        now: Option<Instant>,
    ) -> Result<Arc<Versions>, AppError> {
        let asked = tokio::time::Instant::now();
        let rows = store::policy_version_list_after(db, self.known().versions.newest()).await?;
        // A panic while the lock is held cannot leave half of the versions: they are replaced as a whole.
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if !rows.is_empty() {
            known.versions = Arc::new(known.versions.with(rows));
        }
        if let Some(now) = now {
            known.complete = (asked, now);
        }
        Ok(known.versions.clone())
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Every version.
///
/// # Errors
/// One of them has a field that this program does not know; the database does not answer.
async fn all(pool: &MySqlPool) -> anyhow::Result<Versions> {
    let rows = store::policy_version_list_after(pool, PolicyId(0)).await?;
    let versions = Versions::default().with(rows);
    versions.check().map_err(|why| anyhow::anyhow!("{why}"))?;
    Ok(versions)
}

/// Returns the policy in force at `now`; `None` if no version was made yet.
///
/// # Errors
/// As [`Policies::at_start`].
pub async fn in_force(pool: &MySqlPool, now: Instant) -> anyhow::Result<Option<CurrentPolicy>> {
    let versions = all(pool).await?;
    let made = !versions.list.is_empty();
    made.then(|| versions.in_force(now)).transpose().context("the policy in force")
}

/// Returns the names of the fields in which two policies differ.
pub fn differing(one: &Policy, other: &Policy) -> Vec<&'static str> {
    let (one, other) = (one.to_json(), other.to_json());
    FIELDS.iter().map(|field| field.snake).filter(|field| one.get(field) != other.get(field)).collect()
}

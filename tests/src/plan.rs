//! A plan of a gym, written as fixtures of the contract.

use crate::class::Class;
use crate::host::Host;
use crate::world::{Family, World};
use chrono::FixedOffset;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Utc};
use logic::ids::{AccountId, BookingId, CourseId, ProfileId, ScheduleId};
use serde_json::{Value, json};

/// The gym's time zone, Asia/Shanghai, which has no daylight saving time.
const ZONE_SECONDS: i32 = 8 * 60 * 60;
/// The default duration of a class in minutes.
pub const CLASS_MINUTES: i64 = 60;

/// A planned account with its profiles.
#[derive(Clone, Debug)]
struct Account {
    id: AccountId,
    openid: String,
    children: Vec<ProfileId>,
}

/// The fixtures to load. The first day is a Monday, and the clock starts at 08:00 local time.
pub struct Plan {
    host: Host,
    monday: NaiveDate,
    /// A category of its own, so that no class of another story at a shared service can make up one of this.
    category: String,
    next_id: i64,
    courses: Vec<Value>,
    schedules: Vec<Value>,
    accounts: Vec<Value>,
    profiles: Vec<Value>,
    bookings: Vec<Value>,
    families: Vec<Account>,
}

impl Plan {
    /// Creates an empty gym on a running service.
    pub async fn new() -> Self {
        let host = Host::open().await;
        let monday = host.monday();
        let next_id = host.first_id();
        Self {
            host,
            monday,
            category: format!("gym-{next_id}"),
            next_id,
            courses: Vec::new(),
            schedules: Vec::new(),
            accounts: Vec::new(),
            profiles: Vec::new(),
            bookings: Vec::new(),
            families: Vec::new(),
        }
    }

    fn id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    /// Adds a class `day` days after the Monday at a local time such as `18:00`, with its own course.
    pub fn class(&mut self, day: u64, time: &str, seats: u32) -> Class {
        self.class_with(day, time, seats, CLASS_MINUTES, None)
    }

    /// Adds a class with a duration and a queue capacity.
    pub fn class_with(
        &mut self,
        day: u64,
        time: &str,
        seats: u32,
        minutes: i64,
        queue: Option<u32>,
    ) -> Class {
        let course = self.id();
        let mut fields = json!({
            "id": course, "name": "体操", "category": self.category, "duration_minutes": minutes
        });
        if let Some(queue) = queue {
            fields["queue_capacity"] = queue.into();
        }
        self.courses.push(fields);
        self.scheduled(CourseId(course), day, time, seats)
    }

    /// Adds a class of the same course as another one.
    pub fn class_like(&mut self, other: &Class, day: u64, time: &str, seats: u32) -> Class {
        self.scheduled(other.course, day, time, seats)
    }

    fn scheduled(&mut self, course: CourseId, day: u64, time: &str, seats: u32) -> Class {
        let date = self.monday + Days::new(day);
        let schedule = self.id();
        self.schedules.push(json!({
            "id": schedule, "course_id": course, "weekday": date.weekday().number_from_monday(),
            "start_time": time, "capacity": seats,
        }));
        let local = date.and_time(NaiveTime::parse_from_str(time, "%H:%M").unwrap());
        let start = FixedOffset::east_opt(ZONE_SECONDS).unwrap().from_local_datetime(&local).unwrap();
        Class { course, schedule: ScheduleId(schedule), date, start: DateTime::<Utc>::from(start).into() }
    }

    fn account(&mut self, role: &str, children: usize) -> Family {
        let id = self.id();
        let openid = format!("openid-{id}");
        self.accounts.push(json!({ "id": id, "openid": openid, "role": role }));
        let children = (0..children)
            .map(|_| {
                let child = self.id();
                self.profiles
                    .push(json!({ "id": child, "account_id": id, "name": format!("小朋友{child}") }));
                ProfileId(child)
            })
            .collect();
        self.families.push(Account { id: AccountId(id), openid, children });
        Family { index: self.families.len() - 1 }
    }

    /// Adds a member with one profile.
    pub fn family(&mut self) -> Family {
        self.account("member", 1)
    }

    /// Adds several members with one profile each.
    pub fn families<const N: usize>(&mut self) -> [Family; N] {
        std::array::from_fn(|_| self.family())
    }

    /// Adds a member with several profiles.
    pub fn large_family(&mut self, children: usize) -> Family {
        self.account("member", children)
    }

    /// Adds a staff account.
    pub fn staff(&mut self) -> Family {
        self.account("staff", 0)
    }

    /// Adds an owner's account.
    pub fn owner(&mut self) -> Family {
        self.account("owner", 0)
    }

    /// Adds a service account.
    pub fn service(&mut self) -> Family {
        self.account("service", 0)
    }

    /// Adds a booking of the first profile of `family`.
    pub fn booked(&mut self, class: &Class, family: Family) -> BookingId {
        self.booked_child(class, family, 0)
    }

    /// Adds a booking of another profile of `family`.
    pub fn booked_child(&mut self, class: &Class, family: Family, child: usize) -> BookingId {
        let id = self.id();
        self.bookings.push(json!({
            "id": id, "profile_id": self.families[family.index].children[child],
            "course_schedule_id": class.schedule, "booking_date": class.date, "status": "booked",
        }));
        BookingId(id)
    }

    /// Adds a class with one seat, which is booked.
    pub fn full_class(&mut self, day: u64, time: &str) -> (Class, Family, BookingId) {
        let class = self.class(day, time, 1);
        let holder = self.family();
        let booking = self.booked(&class, holder);
        (class, holder, booking)
    }

    /// Loads the fixtures, sets the clock, and logs everyone in.
    pub async fn load(self) -> World {
        let fixtures = json!({
            "courses": self.courses, "schedules": self.schedules, "accounts": self.accounts,
            "profiles": self.profiles, "bookings": self.bookings,
        });
        self.host.load(&fixtures).await;
        let openids =
            self.families.iter().map(|family| (family.openid.clone(), family.children.clone(), family.id));
        World::open(self.host, openids.collect()).await
    }
}

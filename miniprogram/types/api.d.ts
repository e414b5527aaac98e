// Made from docs/openapi.json by tools/api-types.mjs; a test fails where it is out of date.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Format: int64 */
        AccountId: number;
        /**
         * @example {
         *       "available_minutes": 15,
         *       "expiring_soon_minutes": 0,
         *       "grants": [
         *         {
         *           "compensation_minutes": 15,
         *           "created_time": "2026-03-03T02:00:00.000Z",
         *           "expiry_time": "2026-03-17T02:00:00.000Z",
         *           "id": 1000005,
         *           "original_booking_id": 1000001,
         *           "remaining_minutes": 15,
         *           "source": "makeup",
         *           "status": "available",
         *           "used_time": null
         *         }
         *       ],
         *       "next_expiry": "2026-03-17T02:00:00.000Z",
         *       "profile_id": 11,
         *       "totals": {
         *         "expired": 0,
         *         "granted": 15,
         *         "revoked": 0,
         *         "used": 0
         *       }
         *     }
         */
        Balance: {
            /** Format: int32 */
            available_minutes: number;
            /** Format: int32 */
            expiring_soon_minutes: number;
            grants: components["schemas"]["Grant"][];
            next_expiry?: components["schemas"]["Instant"] | null;
            profile_id: components["schemas"]["ProfileId"];
            totals: components["schemas"]["CreditTotals"];
        };
        /**
         * @example {
         *       "attendance_marked_at": null,
         *       "booking_date": "2026-03-02",
         *       "compensation_minutes_used": 0,
         *       "course_name": "体操入门",
         *       "course_schedule_id": 3,
         *       "created_at": "2026-03-01T02:00:00.000Z",
         *       "duration_minutes": 60,
         *       "id": 1000001,
         *       "makeup_until": null,
         *       "policy_id": 1,
         *       "profile_id": 11,
         *       "source": "direct",
         *       "starts_at": "2026-03-02T10:00:00.000Z",
         *       "status": "booked"
         *     }
         */
        Booking: {
            attendance_marked_at: components["schemas"]["Instant"] | null;
            /** Format: date */
            booking_date: string;
            /** Format: int32 */
            compensation_minutes_used: number;
            course_name: string;
            course_schedule_id: components["schemas"]["ScheduleId"];
            created_at: components["schemas"]["Instant"];
            /** Format: int32 */
            duration_minutes: number;
            id: components["schemas"]["BookingId"];
            makeup_until?: components["schemas"]["Instant"] | null;
            policy_id: components["schemas"]["PolicyId"];
            profile_id: components["schemas"]["ProfileId"];
            source: components["schemas"]["BookingSource"];
            starts_at: components["schemas"]["Instant"];
            status: components["schemas"]["BookingStatus"];
        };
        /** Format: int64 */
        BookingId: number;
        /** @enum {string} */
        BookingSource: "direct" | "waitlist" | "makeup";
        /** @enum {string} */
        BookingStatus: "booked" | "completed" | "cancelled" | "leave" | "absent" | "cancelled_by_gym";
        /**
         * @example {
         *       "code": "BCDFGHJK",
         *       "expires_at": "2026-03-04T02:00:00.000Z"
         *     }
         */
        ClaimCode: {
            code: string;
            expires_at: components["schemas"]["Instant"];
        };
        /**
         * @example {
         *       "account_id": 7,
         *       "name": "王教练"
         *     }
         */
        Coach: {
            account_id?: components["schemas"]["AccountId"] | null;
            name?: string | null;
        };
        /** @enum {string} */
        CompletionType: "full" | "partial" | "extra";
        /** Format: int64 */
        CourseId: number;
        /**
         * @example {
         *       "at": "2026-03-03T02:00:00.000Z",
         *       "booking_id": 1000004,
         *       "compensation_id": 1000005,
         *       "kind": "granted",
         *       "minutes": 15,
         *       "remaining_minutes": 15
         *     }
         */
        CreditMovement: {
            at: components["schemas"]["Instant"];
            booking_id?: components["schemas"]["BookingId"] | null;
            compensation_id: components["schemas"]["GrantId"];
            kind: components["schemas"]["Movement"];
            /** Format: int32 */
            minutes: number;
            /** Format: int32 */
            remaining_minutes: number;
            usage_type?: components["schemas"]["UsageType"] | null;
        };
        /**
         * @example {
         *       "expired": 0,
         *       "granted": 15,
         *       "revoked": 0,
         *       "used": 0
         *     }
         */
        CreditTotals: {
            /** Format: int32 */
            expired: number;
            /** Format: int32 */
            granted: number;
            /** Format: int32 */
            revoked: number;
            /** Format: int32 */
            used: number;
        };
        /** @enum {string} */
        Delivery: "pending" | "delivered" | "undeliverable" | "failed";
        /**
         * @example {
         *       "booking_date": "2026-03-02",
         *       "chance": 0.632,
         *       "chance_known": true,
         *       "confirmed_at": null,
         *       "course_name": "体操入门",
         *       "course_schedule_id": 3,
         *       "expires_at": "2026-03-02T03:30:00.000Z",
         *       "id": 1000002,
         *       "join_time": "2026-03-01T02:00:00.000Z",
         *       "last_notified_at": null,
         *       "makeup_for": null,
         *       "policy_id": 1,
         *       "position": 1,
         *       "profile_id": 11,
         *       "response_deadline": null,
         *       "starts_at": "2026-03-02T10:00:00.000Z",
         *       "status": "waiting"
         *     }
         */
        Entry: {
            /** Format: date */
            booking_date: string;
            /** Format: double */
            chance?: number | null;
            chance_known?: boolean;
            confirmed_at?: components["schemas"]["Instant"] | null;
            course_name: string;
            course_schedule_id: components["schemas"]["ScheduleId"];
            expires_at: components["schemas"]["Instant"];
            id: components["schemas"]["WaitlistId"];
            join_time: components["schemas"]["Instant"];
            last_notified_at?: components["schemas"]["Instant"] | null;
            makeup_for?: components["schemas"]["BookingId"] | null;
            policy_id: components["schemas"]["PolicyId"];
            /** Format: int32 */
            position?: number | null;
            profile_id: components["schemas"]["ProfileId"];
            response_deadline?: components["schemas"]["Instant"] | null;
            starts_at: components["schemas"]["Instant"];
            status: components["schemas"]["EntryStatus"];
        };
        /** @enum {string} */
        EntryStatus: "waiting" | "notified" | "confirmed" | "expired" | "cancelled";
        /**
         * @example {
         *       "expiration_reason": null,
         *       "flow_completion_time": null,
         *       "flow_start_time": "2026-03-01T02:00:00.000Z"
         *     }
         */
        Flow: {
            expiration_reason?: components["schemas"]["Reason"] | null;
            flow_completion_time?: components["schemas"]["Instant"] | null;
            flow_start_time: components["schemas"]["Instant"];
        };
        /**
         * @example {
         *       "compensation_minutes": 15,
         *       "created_time": "2026-03-03T02:00:00.000Z",
         *       "expiry_time": "2026-03-17T02:00:00.000Z",
         *       "id": 1000005,
         *       "original_booking_id": 1000001,
         *       "remaining_minutes": 15,
         *       "source": "makeup",
         *       "status": "available",
         *       "used_time": null
         *     }
         */
        Grant: {
            /** Format: int32 */
            compensation_minutes: number;
            created_time: components["schemas"]["Instant"];
            expiry_time: components["schemas"]["Instant"];
            id: components["schemas"]["GrantId"];
            original_booking_id: components["schemas"]["BookingId"];
            /** Format: int32 */
            remaining_minutes: number;
            source: components["schemas"]["GrantSource"];
            status: components["schemas"]["GrantStatus"];
            used_time?: components["schemas"]["Instant"] | null;
        };
        /** Format: int64 */
        GrantId: number;
        /** @enum {string} */
        GrantSource: "makeup" | "goodwill";
        /** @enum {string} */
        GrantStatus: "available" | "used" | "expired" | "revoked";
        /**
         * @example {
         *       "account_id": 7,
         *       "first": true,
         *       "name": null,
         *       "since": "2026-03-01T02:00:00.000Z",
         *       "told": true
         *     }
         */
        Guardian: {
            account_id: components["schemas"]["AccountId"];
            first: boolean;
            name?: string | null;
            since: components["schemas"]["Instant"];
            told: boolean;
        };
        /** Format: date-time */
        Instant: string;
        /**
         * @example {
         *       "account_id": 7,
         *       "expires_at": "2026-03-02T10:00:00.000Z",
         *       "name": null,
         *       "profiles": [
         *         {
         *           "category": "U8",
         *           "id": 11,
         *           "name": "小满"
         *         }
         *       ],
         *       "role": "member",
         *       "token": "eyJhbGciOiJFZERTQSJ9.…"
         *     }
         */
        LoggedIn: {
            account_id: components["schemas"]["AccountId"];
            expires_at: components["schemas"]["Instant"];
            name?: string | null;
            profiles: components["schemas"]["Profile"][];
            role: components["schemas"]["Role"];
            token: string;
        };
        /**
         * @example {
         *       "compensation_id": 1000006,
         *       "completion_type": "partial",
         *       "course_name": "体操小班",
         *       "duration_difference": 15,
         *       "id": 1000005,
         *       "makeup_class_id": 1,
         *       "makeup_date": "2026-03-05",
         *       "makeup_duration": 45,
         *       "makeup_schedule_id": 4,
         *       "original_booking_id": 1000001,
         *       "original_duration": 60,
         *       "profile_id": 11,
         *       "starts_at": "2026-03-05T10:00:00.000Z",
         *       "status": "confirmed"
         *     }
         */
        Makeup: {
            compensation_id?: components["schemas"]["GrantId"] | null;
            completion_type: components["schemas"]["CompletionType"];
            course_name: string;
            /** Format: int64 */
            duration_difference: number;
            id: components["schemas"]["MakeupId"];
            makeup_class_id: components["schemas"]["CourseId"];
            /** Format: date */
            makeup_date: string;
            /** Format: int32 */
            makeup_duration: number;
            makeup_schedule_id: components["schemas"]["ScheduleId"];
            original_booking_id: components["schemas"]["BookingId"];
            /** Format: int32 */
            original_duration: number;
            profile_id: components["schemas"]["ProfileId"];
            starts_at: components["schemas"]["Instant"];
            status: components["schemas"]["MakeupStatus"];
        };
        /** Format: int64 */
        MakeupId: number;
        /**
         * @example {
         *       "compensation_minutes": 15,
         *       "completion_type": "partial",
         *       "duration_difference": 15,
         *       "makeup_duration": 45,
         *       "original_duration": 60,
         *       "session": {
         *         "booked": 8,
         *         "booking_date": "2026-03-02",
         *         "capacity": 8,
         *         "capacity_own": false,
         *         "category": "gymnastics",
         *         "coach": {
         *           "account_id": 7,
         *           "name": "王教练"
         *         },
         *         "course_id": 1,
         *         "course_name": "体操入门",
         *         "course_schedule_id": 3,
         *         "duration_minutes": 60,
         *         "ends_at": "2026-03-02T11:00:00.000Z",
         *         "free": 0,
         *         "held": 0,
         *         "last_notification_at": "2026-03-02T03:30:00.000Z",
         *         "phase": "open",
         *         "policy_fixed": true,
         *         "policy_id": 1,
         *         "queue_capacity": 8,
         *         "response_cutoff_at": "2026-03-02T04:00:00.000Z",
         *         "room": "二楼",
         *         "starts_at": "2026-03-02T10:00:00.000Z",
         *         "status": "scheduled",
         *         "waiting": 2
         *       },
         *       "waitlist": false
         *     }
         */
        MakeupOption: {
            /** Format: int32 */
            compensation_minutes: number;
            completion_type: components["schemas"]["CompletionType"];
            /** Format: int64 */
            duration_difference: number;
            /** Format: int32 */
            makeup_duration: number;
            /** Format: int32 */
            original_duration: number;
            session: components["schemas"]["Session"];
            waitlist: boolean;
        };
        /** @enum {string} */
        MakeupStatus: "pending" | "confirmed" | "completed" | "cancelled" | "no_show";
        /**
         * @example {
         *       "delivery": "delivered",
         *       "id": 1000007,
         *       "kind": "spot_available",
         *       "profile_id": 11,
         *       "read_at": null,
         *       "said_at": "2026-03-01T02:00:00.000Z",
         *       "subject": {
         *         "booking_date": "2026-03-02",
         *         "course_schedule_id": 3,
         *         "waitlist_id": 1000002
         *       },
         *       "text": "小满候补的体操入门（3月2日 周一 18:00）有名额了，请在 3月1日 周日 10:30 前确认",
         *       "title": "有名额了"
         *     }
         */
        Message: {
            delivery: components["schemas"]["MessageDelivery"];
            id: components["schemas"]["MessageId"];
            kind: string;
            profile_id: components["schemas"]["ProfileId"];
            read_at?: components["schemas"]["Instant"] | null;
            said_at: components["schemas"]["Instant"];
            subject: components["schemas"]["Subject"];
            text: string;
            title: string;
        };
        /** @enum {string} */
        MessageDelivery: "pending" | "delivered" | "failed" | "undeliverable" | "app_only" | "relayed";
        /** Format: int64 */
        MessageId: number;
        /** @enum {string} */
        Movement: "granted" | "used" | "restored" | "expired" | "revoked";
        /**
         * @example {
         *       "delivery": "delivered",
         *       "flow": {
         *         "expiration_reason": null,
         *         "flow_completion_time": null,
         *         "flow_start_time": "2026-03-01T02:00:00.000Z"
         *       },
         *       "id": 1000004,
         *       "message_content": "小满候补的体操入门（3月2日 周一 18:00）有名额了，请在 3月1日 周日 10:30 前确认",
         *       "notification_round": 1,
         *       "notification_type": "spot_available",
         *       "response_deadline": "2026-03-01T02:30:00.000Z",
         *       "response_time": null,
         *       "sent_time": "2026-03-01T02:00:00.000Z",
         *       "status": "sent",
         *       "waitlist_id": 1000002
         *     }
         */
        Notification: {
            delivery: components["schemas"]["Delivery"];
            flow?: components["schemas"]["Flow"] | null;
            id: components["schemas"]["NotificationId"];
            message_content: string;
            /** Format: int32 */
            notification_round: number;
            notification_type: components["schemas"]["NotificationType"];
            response_deadline?: components["schemas"]["Instant"] | null;
            response_time?: components["schemas"]["Instant"] | null;
            sent_time: components["schemas"]["Instant"];
            status: components["schemas"]["NotificationStatus"];
            waitlist_id: components["schemas"]["WaitlistId"];
        };
        /** Format: int64 */
        NotificationId: number;
        /** @enum {string} */
        NotificationStatus: "sent" | "responded" | "expired" | "cancelled";
        /** @enum {string} */
        NotificationType: "spot_available" | "expiry_reminder" | "queue_update";
        /**
         * @example {
         *       "booking": {
         *         "attendance_marked_at": null,
         *         "booking_date": "2026-03-02",
         *         "compensation_minutes_used": 0,
         *         "course_name": "体操入门",
         *         "course_schedule_id": 3,
         *         "created_at": "2026-03-01T02:00:00.000Z",
         *         "duration_minutes": 60,
         *         "id": 1000001,
         *         "makeup_until": null,
         *         "policy_id": 1,
         *         "profile_id": 11,
         *         "source": "direct",
         *         "starts_at": "2026-03-02T10:00:00.000Z",
         *         "status": "booked"
         *       },
         *       "makeup_until": "2026-03-16T10:00:00.000Z"
         *     }
         */
        Owed: {
            booking: components["schemas"]["Booking"];
            makeup_until: components["schemas"]["Instant"];
        };
        /** @enum {string} */
        Phase: "open" | "deciding" | "closed" | "started";
        /** Format: int64 */
        PolicyId: number;
        /**
         * @example {
         *       "ahead": 0,
         *       "as_of": "2026-03-01T02:00:00.000Z",
         *       "chance": 0.632,
         *       "chance_known": true,
         *       "estimated_wait_minutes": 480,
         *       "last_notification_at": "2026-03-02T03:30:00.000Z",
         *       "position": 1,
         *       "status": "waiting",
         *       "waiting_total": 2,
         *       "waitlist_id": 1000002
         *     }
         */
        Position: {
            /** Format: int32 */
            ahead?: number | null;
            as_of: components["schemas"]["Instant"];
            /** Format: double */
            chance?: number | null;
            chance_known?: boolean;
            /** Format: int32 */
            estimated_wait_minutes?: number | null;
            last_notification_at: components["schemas"]["Instant"];
            /** Format: int32 */
            position?: number | null;
            status: components["schemas"]["EntryStatus"];
            /** Format: int32 */
            waiting_total: number;
            waitlist_id: components["schemas"]["WaitlistId"];
        };
        /**
         * @example {
         *       "category": "U8",
         *       "id": 11,
         *       "name": "小满"
         *     }
         */
        Profile: {
            category?: string | null;
            id: components["schemas"]["ProfileId"];
            name: string;
        };
        /** Format: int64 */
        ProfileId: number;
        /** @enum {string} */
        Reason: "timeout" | "user_cancelled" | "system_error" | "manual_cancel";
        /** @enum {string} */
        Role: "member" | "coach" | "staff" | "owner" | "service";
        /** Format: int64 */
        ScheduleId: number;
        /**
         * @example {
         *       "booked": 8,
         *       "booking_date": "2026-03-02",
         *       "capacity": 8,
         *       "capacity_own": false,
         *       "category": "gymnastics",
         *       "coach": {
         *         "account_id": 7,
         *         "name": "王教练"
         *       },
         *       "course_id": 1,
         *       "course_name": "体操入门",
         *       "course_schedule_id": 3,
         *       "duration_minutes": 60,
         *       "ends_at": "2026-03-02T11:00:00.000Z",
         *       "free": 0,
         *       "held": 0,
         *       "last_notification_at": "2026-03-02T03:30:00.000Z",
         *       "phase": "open",
         *       "policy_fixed": true,
         *       "policy_id": 1,
         *       "queue_capacity": 8,
         *       "response_cutoff_at": "2026-03-02T04:00:00.000Z",
         *       "room": "二楼",
         *       "starts_at": "2026-03-02T10:00:00.000Z",
         *       "status": "scheduled",
         *       "waiting": 2
         *     }
         */
        Session: {
            /** Format: int32 */
            booked: number;
            /** Format: date */
            booking_date: string;
            /** Format: int32 */
            capacity: number;
            capacity_own: boolean;
            category: string;
            coach: components["schemas"]["Coach"] | null;
            course_id: components["schemas"]["CourseId"];
            course_name: string;
            course_schedule_id: components["schemas"]["ScheduleId"];
            /** Format: int32 */
            duration_minutes: number;
            ends_at: components["schemas"]["Instant"];
            /** Format: int32 */
            free: number;
            /** Format: int32 */
            held: number;
            last_notification_at: components["schemas"]["Instant"];
            phase: components["schemas"]["Phase"];
            policy_fixed: boolean;
            policy_id: components["schemas"]["PolicyId"];
            /** Format: int32 */
            queue_capacity: number;
            response_cutoff_at: components["schemas"]["Instant"];
            room: string | null;
            starts_at: components["schemas"]["Instant"];
            status: components["schemas"]["SessionStatus"];
            /** Format: int32 */
            waiting: number;
        };
        /** @enum {string} */
        SessionStatus: "scheduled" | "cancelled";
        /**
         * @example {
         *       "booking_date": "2026-03-02",
         *       "course_schedule_id": 3,
         *       "waitlist_id": 1000002
         *     }
         */
        Subject: {
            /** Format: date */
            booking_date?: string | null;
            booking_id?: components["schemas"]["BookingId"] | null;
            course_schedule_id?: components["schemas"]["ScheduleId"] | null;
            grant_id?: components["schemas"]["GrantId"] | null;
            makeup_id?: components["schemas"]["MakeupId"] | null;
            waitlist_id?: components["schemas"]["WaitlistId"] | null;
        };
        /** @enum {string} */
        UsageType: "full_use" | "partial_use";
        /** Format: int64 */
        WaitlistId: number;
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type AccountId = components['schemas']['AccountId'];
export type Balance = components['schemas']['Balance'];
export type Booking = components['schemas']['Booking'];
export type BookingId = components['schemas']['BookingId'];
export type BookingSource = components['schemas']['BookingSource'];
export type BookingStatus = components['schemas']['BookingStatus'];
export type ClaimCode = components['schemas']['ClaimCode'];
export type Coach = components['schemas']['Coach'];
export type CompletionType = components['schemas']['CompletionType'];
export type CourseId = components['schemas']['CourseId'];
export type CreditMovement = components['schemas']['CreditMovement'];
export type CreditTotals = components['schemas']['CreditTotals'];
export type Delivery = components['schemas']['Delivery'];
export type Entry = components['schemas']['Entry'];
export type EntryStatus = components['schemas']['EntryStatus'];
export type Flow = components['schemas']['Flow'];
export type Grant = components['schemas']['Grant'];
export type GrantId = components['schemas']['GrantId'];
export type GrantSource = components['schemas']['GrantSource'];
export type GrantStatus = components['schemas']['GrantStatus'];
export type Guardian = components['schemas']['Guardian'];
export type Instant = components['schemas']['Instant'];
export type LoggedIn = components['schemas']['LoggedIn'];
export type Makeup = components['schemas']['Makeup'];
export type MakeupId = components['schemas']['MakeupId'];
export type MakeupOption = components['schemas']['MakeupOption'];
export type MakeupStatus = components['schemas']['MakeupStatus'];
export type Message = components['schemas']['Message'];
export type MessageDelivery = components['schemas']['MessageDelivery'];
export type MessageId = components['schemas']['MessageId'];
export type Movement = components['schemas']['Movement'];
export type Notification = components['schemas']['Notification'];
export type NotificationId = components['schemas']['NotificationId'];
export type NotificationStatus = components['schemas']['NotificationStatus'];
export type NotificationType = components['schemas']['NotificationType'];
export type Owed = components['schemas']['Owed'];
export type Phase = components['schemas']['Phase'];
export type PolicyId = components['schemas']['PolicyId'];
export type Position = components['schemas']['Position'];
export type Profile = components['schemas']['Profile'];
export type ProfileId = components['schemas']['ProfileId'];
export type Reason = components['schemas']['Reason'];
export type Role = components['schemas']['Role'];
export type ScheduleId = components['schemas']['ScheduleId'];
export type Session = components['schemas']['Session'];
export type SessionStatus = components['schemas']['SessionStatus'];
export type Subject = components['schemas']['Subject'];
export type UsageType = components['schemas']['UsageType'];
export type WaitlistId = components['schemas']['WaitlistId'];
export type $defs = Record<string, never>;
export type operations = Record<string, never>;

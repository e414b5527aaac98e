/**
 * The gym's rules. Instants are epoch milliseconds, durations whole minutes; a policy left out means the defaults.
 * A refusal is returned as data; malformed input throws an `InvalidRequest`.
 */

/** Milliseconds since 1970-01-01T00:00:00Z, a whole number. */
export type Instant = number;
/** Whole minutes. */
export type Minutes = number;

/** Every `code` of the contract, the general ones of HTTP included. */
export type Code =
  | 'CODES';

/** The error that malformed input throws; its message names the argument and the field. */
export interface InvalidRequest extends Error {
  code: 'invalid_request';
}

/** The phase of a class's waitlist. */
export type Phase = 'open' | 'deciding' | 'closed' | 'started';
/** Whether a makeup is as long as the missed class, shorter (the rest is owed) or longer (the extra is free). */
export type CompletionType = 'full' | 'partial' | 'extra';
/** Whether a use took a grant to zero (`full_use`). */
export type UsageType = 'full_use' | 'partial_use';
export type BookingStatus = 'booked' | 'completed' | 'cancelled' | 'leave' | 'absent' | 'cancelled_by_gym';
export type BookingSource = 'direct' | 'waitlist' | 'makeup';
export type EntryStatus = 'waiting' | 'notified' | 'confirmed' | 'expired' | 'cancelled';
export type GrantStatus = 'available' | 'used' | 'expired' | 'revoked';

/** The answer of a rule: accepted, with the rule's own fields, or refused with the first refusal that holds. */
export type Verdict<C extends Code, Yes = {}> = ({ ok: true } & Yes) | { ok: false; code: C };

/** A local span of the day, in minutes after midnight, 0 to 1439; `from > to` spans midnight. */
export interface QuietHours {
  from: number;
  to: number;
}

export interface Policy {
  // POLICY_FIELDS
}

export interface Countdown {
  /** Whole seconds left, rounded up. */
  totalSeconds: number;
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
  /** Whether the target has passed; at the target itself it has not. */
  expired: boolean;
  /** `2天03:04:05`, `03:04:05`, or `已截止`. */
  text: string;
}

export interface WaitlistTimes {
  lastNotificationAt: Instant;
  responseCutoffAt: Instant;
}

export type NotifyRefusal = 'class_started' | 'inside_hard_stop' | 'past_last_notification' | 'notified_recently';
export interface NotifyFacts {
  start: Instant;
  lastNotifiedAt?: Instant | null;
  now: Instant;
}

export interface DurationDifference {
  /** Minutes missed minus minutes made up. */
  difference: Minutes;
  completionType: CompletionType;
  /** Minutes owed as credit. */
  compensationMinutes: Minutes;
  /** Extra minutes, given free. */
  extraMinutes: Minutes;
}

export interface Grant {
  id: number;
  remainingMinutes: Minutes;
  expiryTime: Instant;
  /** Left out: `available`. */
  status?: GrantStatus | null;
}
export interface CompensationUse {
  compensationId: number;
  usedMinutes: Minutes;
  /** Minutes left on that grant. */
  remainingMinutes: Minutes;
  usageType: UsageType;
}
export type CompensationPlan = Verdict<'insufficient_compensation' | 'invalid_duration'> & {
  /** Empty if refused. */
  uses: CompensationUse[];
  /** Minutes of all live grants at `now`. */
  available: Minutes;
};

export interface CreditBalance {
  /** Minutes of all live grants. */
  available: Minutes;
  /** Minutes of the live grants that expire soon. */
  expiringSoon: Minutes;
  /** When the first live grant expires; null where none is live. */
  nextExpiry: Instant | null;
  /** The live grants, in the order in which they are spent. */
  grants: LiveGrant[];
}
export interface LiveGrant {
  id: number;
  remainingMinutes: Minutes;
  expiryTime: Instant;
  expiresSoon: boolean;
}

/** When a class is. */
export interface ClassTime {
  start: Instant;
  minutes: Minutes;
}

export type BookRefusal =
  | 'class_cancelled'
  | 'class_started'
  | 'too_far_ahead'
  | 'already_booked'
  | 'already_waiting'
  | 'time_conflict'
  | 'too_many_bookings'
  | 'too_many_guardians'
  | 'last_guardian'
  | 'session_full';
export interface BookFacts {
  start: Instant;
  now: Instant;
  /** Whether the gym has called the class off. */
  cancelled: boolean;
  alreadyBooked: boolean;
  /** The status of the profile's waitlist entry in this class, if it has one. */
  entryStatus?: EntryStatus | null;
  /** Until when the entry's offer can be answered. */
  responseDeadline?: Instant | null;
  timeConflict: boolean;
  /** Places of the profile in classes that have not ended. Left out: 0. */
  liveBookings?: number | null;
  /** Seats open to direct booking. */
  freeSeats: number;
}

export type JoinRefusal =
  | 'class_started'
  | 'too_far_ahead'
  | 'waitlist_closed'
  | 'already_booked'
  | 'already_waiting'
  | 'spot_available'
  | 'queue_full'
  | 'too_many_waitlists';
export interface JoinFacts {
  start: Instant;
  now: Instant;
  alreadyBooked: boolean;
  alreadyWaiting: boolean;
  freeSeats: number;
  /** Waiting and notified entries. */
  queueLength: number;
  /** Left out: the policy's. */
  queueCapacity?: number | null;
  activeWaitlists: number;
}

export type MakeupRefusal =
  | 'not_missed'
  | 'already_made_up'
  | 'makeup_expired'
  | 'makeup_before_original'
  | 'makeup_too_late'
  | 'course_mismatch'
  | 'too_far_ahead'
  | 'time_conflict'
  | 'too_many_bookings'
  | 'session_full';
export interface MakeupFacts {
  originalStatus: BookingStatus;
  madeUp: boolean;
  originalStart: Instant;
  targetStart: Instant;
  now: Instant;
  sameCategory: boolean;
  timeConflict: boolean;
  /** Places of the profile in classes that have not ended. Left out: 0. */
  liveBookings?: number | null;
  freeSeats: number;
  /** Until when the original booking can be made up, as stored. Left out: its status and the policy decide. */
  makeupUntil?: Instant | null;
}

/** A version of the policy, and from when it holds. */
export interface PolicyVersion {
  id: number;
  effectiveFrom: Instant;
}

// FUNCTIONS

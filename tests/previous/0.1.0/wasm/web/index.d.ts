/**
 * The gym's rules. Instants are epoch milliseconds, durations whole minutes; a policy left out means the defaults.
 * A rule's "no" is data; malformed input throws an `InvalidRequest`.
 */

/** Milliseconds since 1970-01-01T00:00:00Z, a whole number. */
export type Instant = number;
/** Whole minutes. */
export type Minutes = number;

/** Every `code` of the contract, the HTTP ones included. */
export type Code =
  | 'class_cancelled'
  | 'class_started'
  | 'waitlist_closed'
  | 'already_booked'
  | 'already_waiting'
  | 'spot_available'
  | 'queue_full'
  | 'too_many_waitlists'
  | 'time_conflict'
  | 'session_full'
  | 'leave_too_late'
  | 'inside_hard_stop'
  | 'past_last_notification'
  | 'notified_recently'
  | 'not_waiting'
  | 'no_free_seat'
  | 'response_deadline_passed'
  | 'not_missed'
  | 'already_made_up'
  | 'makeup_expired'
  | 'makeup_before_original'
  | 'makeup_too_late'
  | 'course_mismatch'
  | 'compensation_already_used'
  | 'insufficient_compensation'
  | 'invalid_duration'
  | 'invalid_policy'
  | 'invalid_request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'idempotency_key_reused'
  | 'idempotency_in_progress'
  | 'client_too_old'
  | 'payload_too_large'
  | 'rate_limited'
  | 'internal'
  | 'unavailable';

/** What malformed input throws; the message names the argument and the field. */
export interface InvalidRequest extends Error {
  code: 'invalid_request';
}

/** Where a class's waitlist stands. */
export type Phase = 'open' | 'deciding' | 'closed' | 'started';
/** What a makeup made of the missed minutes: all, fewer (the rest is owed), more (free). */
export type CompletionType = 'full' | 'partial' | 'extra';
/** Whether a use took a grant to zero. */
export type UsageType = 'full_use' | 'partial_use';
export type BookingStatus = 'booked' | 'completed' | 'cancelled' | 'leave' | 'absent' | 'cancelled_by_gym';
export type GrantStatus = 'available' | 'used' | 'expired' | 'revoked';

/** A rule's answer: yes with what belongs to it, or no with the first refusal that holds. */
export type Verdict<C extends Code, Yes = {}> = ({ ok: true } & Yes) | { ok: false; code: C };

/** A local span of the day, in minutes after midnight, 0 to 1439; `from > to` spans midnight. */
export interface QuietHours {
  from: number;
  to: number;
}

export interface Policy {
  lastNotificationLead: Minutes;
  decisionWindow: Minutes;
  noNotificationWithin: Minutes;
  minNotificationInterval: Minutes;
  expiryReminderBefore: Minutes;
  freeCancellationLead: Minutes;
  queueCapacity: number;
  activeWaitlistsPerProfile: number;
  makeupValidityDays: number;
  makeupForAbsence: boolean;
  makeupBookingLead: Minutes;
  compensationValidityDays: number;
  expiringSoonDays: number;
  quietHours: QuietHours | null;
}

export interface Countdown {
  /** Whole seconds left, never one too few. */
  totalSeconds: number;
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
  /** The target has passed; at the target itself it has not. */
  expired: boolean;
  /** `2天03:04:05`, `03:04:05`, or `已截止`. */
  text: string;
}
export function countdown(now: Instant, target: Instant): Countdown;

export interface WaitlistTimes {
  lastNotificationAt: Instant;
  responseCutoffAt: Instant;
}
export function waitlistTimes(start: Instant, policy?: Partial<Policy> | null): WaitlistTimes;
export function phase(start: Instant, now: Instant, policy?: Partial<Policy> | null): Phase;
export function finalWindowActive(start: Instant, now: Instant, policy?: Partial<Policy> | null): boolean;
export function responseDeadline(sentAt: Instant, start: Instant, policy?: Partial<Policy> | null): Instant;

export type NotifyRefusal = 'class_started' | 'inside_hard_stop' | 'past_last_notification' | 'notified_recently';
export interface NotifyFacts {
  start: Instant;
  lastNotifiedAt?: Instant | null;
  now: Instant;
}
export function mayNotify(facts: NotifyFacts, policy?: Partial<Policy> | null): Verdict<NotifyRefusal>;
export function earliestNotification(
  facts: NotifyFacts & { utcOffsetMinutes: Minutes },
  policy?: Partial<Policy> | null,
): Verdict<NotifyRefusal, { at: Instant }>;

export function mayRespond(facts: { deadline: Instant; now: Instant }): Verdict<'response_deadline_passed'>;

export interface DurationDifference {
  /** Minutes missed less minutes made up. */
  difference: Minutes;
  completionType: CompletionType;
  /** Minutes owed as credit. */
  compensationMinutes: Minutes;
  /** Minutes given free. */
  extraMinutes: Minutes;
}
export function durationDifference(original: Minutes, makeup: Minutes): Verdict<'invalid_duration', DurationDifference>;

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
  /** What stays on that grant. */
  remainingMinutes: Minutes;
  usageType: UsageType;
}
export type CompensationPlan = Verdict<'insufficient_compensation' | 'invalid_duration'> & {
  /** Empty where the answer is no. */
  uses: CompensationUse[];
  /** Minutes that could be spent at `now`. */
  available: Minutes;
};
export function planCompensation(grants: Grant[], required: Minutes, now: Instant): CompensationPlan;

export type JoinRefusal =
  | 'class_started'
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
export function checkJoin(facts: JoinFacts, policy?: Partial<Policy> | null): Verdict<JoinRefusal>;

export type MakeupRefusal =
  | 'not_missed'
  | 'already_made_up'
  | 'makeup_expired'
  | 'makeup_before_original'
  | 'makeup_too_late'
  | 'course_mismatch'
  | 'time_conflict'
  | 'session_full';
export interface MakeupFacts {
  originalStatus: BookingStatus;
  madeUp: boolean;
  originalStart: Instant;
  targetStart: Instant;
  now: Instant;
  sameCategory: boolean;
  timeConflict: boolean;
  freeSeats: number;
}
export function checkMakeup(facts: MakeupFacts, policy?: Partial<Policy> | null): Verdict<MakeupRefusal>;

/** 0 to 1, three decimals. */
export function promotionChance(rank: number, expectedReleases: number): number;
export function defaultPolicy(): Policy;
export function version(): string;

/** Loads the rules; the functions work when its promise is kept. Left out, the file beside this module is fetched. */
export default function init(options?: { module_or_path: string | URL | Response | BufferSource | WebAssembly.Module }): Promise<unknown>;
/** Loads the rules from bytes or a compiled module at once. */
export function initSync(options: { module: BufferSource | WebAssembly.Module }): unknown;

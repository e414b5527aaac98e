// The cases that every build of the WASM package must pass. Runs in Node and in browsers, so it imports nothing.

/** The rule functions; a test of wasm-tool compares this list with the table in logic/src/calls.rs. */
export const FUNCTIONS = [
  'checkBook',
  'checkCancel',
  'checkJoin',
  'checkLeave',
  'checkMakeup',
  'countdown',
  'creditBalance',
  'defaultPolicy',
  'durationDifference',
  'earliestNotification',
  'finalWindowActive',
  'makeupRight',
  'mayNotify',
  'mayRespond',
  'phase',
  'planCompensation',
  'policyAt',
  'promotionChance',
  'responseDeadline',
  'timeConflict',
  'version',
  'waitlistTimes',
];

const start = 1772445600000;
const policy = { lastNotificationLead: 420 };
const cyclic = {};
cyclic.quietHours = cyclic;
const unreadable = {
  get now() {
    throw new Error('no');
  },
};

/** Malformed input that JSON cannot express, or whose message must name the path: function, arguments, message. */
export const MALFORMED = [
  ['countdown', [NaN, 1], /^now: a finite number is needed$/],
  ['countdown', [1, Infinity], /^target: a finite number/],
  ['countdown', [1], /^target: missing/],
  ['countdown', [undefined, 1], /^now: missing/],
  ['countdown', [8.64e15 + 1, 1], /^now: an instant/],
  ['countdown', [0.5, 1], /^now: a whole number/],
  ['countdown', [new Date(start), 1], /^now: a number is needed, not an object/],
  ['countdown', [1n, 1], /not a plain value/],
  ['countdown', [Symbol('now'), 1], /not a plain value/],
  ['countdown', [() => 1, 1], /not a plain value/],
  ['phase', [start, start, []], /^policy: an object is needed, not a list/],
  ['phase', [start, start, cyclic], /nested too deep/],
  ['phase', [start, start, { quietHours: { from: 1440, to: 0 } }], /quietHours/],
  ['phase', [start, start, { lastNotificationLeed: 1 }], /unknown field `lastNotificationLeed`/],
  ['mayRespond', [unreadable], /cannot be read/],
  ['mayRespond', [{ deadline: start, now: start, noww: start }], /^facts: unknown field `noww`/],
  ['mayRespond', [{ deadline: start }], /^facts\.now: missing/],
  ['planCompensation', [[{ id: 1, remainingMinutes: 5, expiryTime: '1' }], 5, 0], /^grants\[0\]\.expiryTime: a number/],
  ['promotionChance', [1, -1], /^expectedReleases: /],
];

/** Pairs of calls with equal answers: function, arguments, equivalent arguments. */
export const SAME = [
  ['waitlistTimes', [start, undefined], [start]],
  ['waitlistTimes', [start, null], [start]],
  ['waitlistTimes', [start, {}], [start]],
  ['waitlistTimes', [start, { ...policy, decisionWindow: undefined }], [start, policy]],
  ['mayNotify', [{ start, lastNotifiedAt: undefined, now: 0 }], [{ start, now: 0 }]],
  ['mayNotify', [Object.assign(Object.create(null), { start, now: 0 })], [{ start, now: 0 }]],
];

/** Calls a function: `{value}`, or `{throws, message}` with the code of the `Error`. */
export function ask(rules, fn, args) {
  try {
    return { value: rules[fn](...args) };
  } catch (error) {
    return { throws: error.code, message: error.message, name: error.name };
  }
}

/** Returns all differences between the answers of `rules` and the expected ones, as text. */
export function differences(rules, vectors) {
  const wrong = [];
  const expect = (what, got, wanted) => {
    if (canonical(got) !== canonical(wanted)) wrong.push(`${what}: ${canonical(got)}, not ${canonical(wanted)}`);
  };
  for (const { fn, args, expect: wanted } of vectors) {
    const got = ask(rules, fn, args);
    const throws = wanted !== null && typeof wanted === 'object' && wanted.throws;
    const what = `${fn}(${JSON.stringify(args)})`;
    if (throws) expect(what, [got.throws, got.name], [throws, 'Error']);
    else expect(what, got, { value: wanted });
  }
  MALFORMED.forEach(([fn, args, message], i) => {
    const got = ask(rules, fn, args);
    expect(`malformed ${i}, ${fn}`, [got.throws, got.name], ['invalid_request', 'Error']);
    if (!message.test(got.message)) wrong.push(`malformed ${i}, ${fn}: the message is ${got.message}`);
  });
  SAME.forEach(([fn, args, same], i) => expect(`same ${i}, ${fn}`, ask(rules, fn, args), ask(rules, fn, same)));
  return wrong;
}

/** Formats a value with its type (-0, NaN, undefined, nested prototypes) and sorted keys. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    const fields = Object.keys(value)
      .sort()
      .map((key) => `${key}: ${canonical(value[key])}`);
    return `${value.constructor?.name} {${fields.join(', ')}}`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : Object.is(value, -0) ? '-0' : `${typeof value} ${String(value)}`;
}

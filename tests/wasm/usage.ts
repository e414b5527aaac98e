// Type-checked but never run: uses that the types of the packages must accept or reject.
import * as mini from '../../miniprogram/wasm/index.js';
import * as node from '../../wasm-pkg/dist/node/index.js';
import initWeb, * as web from '../../wasm-pkg/dist/web/index.js';

const verdict = node.mayNotify({ start: 1, now: 0 });
if (!verdict.ok) {
  const code: node.NotifyRefusal = verdict.code;
  const any: node.Code = code;
  // @ts-expect-error: an unknown code
  const none: node.Code = 'no_such_code';
}
// @ts-expect-error: an accepted answer has no code
if (verdict.ok) verdict.code;

const at = node.earliestNotification({ start: 1, now: 0, utcOffsetMinutes: 480 }, { quietHours: { from: 1320, to: 480 } });
const next: number | null = at.ok ? at.at : null;
// @ts-expect-error: instants are numbers
node.countdown(1n, 0);
// @ts-expect-error: a fact is missing
node.mayRespond({ deadline: 1 });
// @ts-expect-error: an unknown field
node.phase(1, 0, { noSuchField: 1 });

const phase: 'open' | 'deciding' | 'closed' | 'started' = web.phase(1, 0);
const completion = node.durationDifference(60, 45);
const type: 'full' | 'partial' | 'extra' | undefined = completion.ok ? completion.completionType : undefined;
const uses: number[] = mini.planCompensation([], 10, 0).uses.map((use) => use.usedMinutes);

const ready: Promise<void> = mini.init();
const loaded: Promise<unknown> = initWeb();
export { next, phase, type, uses, ready, loaded };

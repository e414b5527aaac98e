// The time left until an instant, on the server's clock, as the rules count it.
const log = require('../../transport/log');
const clock = require('../../services/clock');
const rules = require('../../services/rules');
const ticker = require('../../page/ticker');

/** From here on the digits are red: how it looks, not a rule. */
const URGENT_SECONDS = 300;

/** Milliseconds without an answer of the rules after which the last time shown is hidden. */
const STALE = 3000;
const NOTHING = '--:--:--';

/** @typedef {import('../../wasm/index').Countdown} Left what `rules.countdown` answers */

Component({
  properties: {
    /** The instant counted down to, epoch milliseconds. */
    target: { type: Number, value: 0 },
    /** `display`: the largest thing on the page · `inline`: within a line */
    size: { type: String, value: 'display' },
    /** In the colour of the text, however little is left. */
    calm: { type: Boolean, value: false },
    /** Said before the time by a screen reader. */
    label: { type: String, value: '剩余' },
  },

  data: {
    /**
     * Each character with the width of its cell, so that the time never jumps sideways.
     * @type {{place: number, char: string, width: string}[]}
     */
    cells: [],
    text: '',
    /** The same for the ear: `21 分 59 秒`. */
    spoken: '',
    urgent: false,
    expired: false,
  },

  observers: {
    /** @this {any} */
    target() {
      this.announced = false;
    },
  },

  lifetimes: {
    attached() {
      this.start();
    },
    detached() {
      this.stop();
    },
  },

  pageLifetimes: {
    show() {
      this.start();
    },
    hide() {
      this.stop();
    },
  },

  methods: {
    /** @this {any} */
    start() {
      this.countedAt = clock.now();
      if (!this.stopBeat) this.stopBeat = ticker.onBeat((now) => this.count(now));
    },

    /** @this {any} */
    stop() {
      if (this.stopBeat) this.stopBeat();
      this.stopBeat = null;
    },

    /** @this {any} @param {number} now */
    async count(now) {
      const target = this.data.target;
      if (!target) return;
      // Rules asked over HTTP may not answer. No time is better than one that stands still.
      const age = now - this.countedAt;
      if (!rules.isLocal() && age > STALE) this.blank();
      if (this.counting) return;
      this.counting = true;
      try {
        const left = await rules.countdown(now, target);
        if (!left) {
          if (age > STALE) this.blank();
        } else if (this.stopBeat && target === this.data.target) {
          this.countedAt = now;
          this.show(left);
        }
      } catch (error) {
        log.warn('countdown-timer', error);
      } finally {
        this.counting = false;
      }
    },

    blank() {
      if (this.data.text !== NOTHING)
        this.setData({ text: NOTHING, spoken: '暂时看不到', cells: cells({ text: NOTHING, expired: false }) });
    },

    /** @this {any} @param {Left} left */
    show(left) {
      if (left.text !== this.data.text) {
        const urgent = left.expired || left.totalSeconds <= URGENT_SECONDS;
        // Reported at the first count too: the listener may still hold the state of an earlier countdown.
        const turned = urgent !== this.urgentTold;
        this.urgentTold = urgent;
        this.setData({ text: left.text, spoken: spoken(left), cells: cells(left), urgent, expired: left.expired });
        if (turned) this.triggerEvent('urgent', { urgent });
      }
      if (left.expired && !this.announced) {
        this.announced = true;
        this.triggerEvent('expire');
      }
    },
  },
});

/** @param {Left} left */
function spoken(left) {
  if (left.expired) return left.text;
  /** @type {[number, string][]} */
  const parts = [
    [left.days, '天'],
    [left.hours, '小时'],
    [left.minutes, '分'],
    [left.seconds, '秒'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** @param {{text: string, expired: boolean}} left */
function cells(left) {
  return Array.from(left.text, (char, place) => {
    let width = 'word';
    if (!left.expired && char === ':') width = 'colon';
    else if (!left.expired && (char === '-' || (char >= '0' && char <= '9'))) width = 'digit';
    return { place, char, width };
  });
}

// The base of every page. It shows the last known data at once, refreshes it when the page is shown and while it is
// visible, says when a refresh fails, and runs one write at a time.
const log = require('../transport/log');
const account = require('../transport/account');
const clock = require('../services/clock');
const config = require('../config');
const messages = require('../views/refusals');
const network = require('../transport/network');
const notice = require('./notice');
const policies = require('../services/policies');
const storage = require('../transport/storage');
const tabState = require('./tab-state');
const offers = require('./offers');
const { textSize } = require('./text-size');
const times = require('../views/times');
const unread = require('./unread');
const update = require('./update');
const auth = require('../transport/login');

/** Milliseconds without an answer after which the bar shows the age of the data. */
const SLOW = 2000;

/** Codes that mean that the subject of the page no longer exists: what was kept of it is dropped. */
const GONE = ['not_found', 'not_missed', 'makeup_expired', 'no_guardian'];

/** The way on from what no longer exists. */
const TIMETABLE = '看看课程';

/**
 * A Page definition with three more functions, called with the page as `this`:
 * - `cacheKey()`: the name under which the answer is kept
 * - `fetch()`: asks the services; resolves to plain data, with `staleSeconds` where the edge had
 *   to answer from its store; what the page can do without is asked through `this.part`; `entries` (all of the account)
 *   or `entry` keep the tab bar's badge right
 * - `present(answer, now)`: resolves to what the template shows; `empty: true` where there is nothing
 * and, where the page can do with fewer news than others, `poll` in milliseconds.
 *
 * The template finds: `view` (`loading`, `ready`, `empty`, `error`), `problem` (the sentence of the
 * error), `wayOut` (the button under it), `offlineText`, `refreshing` (pulled down), `busy` (the key of the action under way),
 * `profiles`, `profileId`, `textSize` (a class), `sheet` (choices over the page).
 * @typedef {Record<string, string | undefined>} Query the parameters of a page's address
 */

/**
 * @template Answer
 * @typedef {{
 *   data?: Record<string, any>,
 *   poll?: number,
 *   onLoad?(query: Query): void,
 *   onShow?(): void,
 *   onHide?(): void,
 *   onUnload?(): void,
 *   onChild?(event: {detail: {id: number}}): void,
 *   cacheKey(): string,
 *   fetch(): Promise<Answer | null>,
 *   present(answer: Answer, now: number): Promise<Record<string, any>>,
 *   [more: string]: any,
 * }} Definition
 */

/**
 * Makes a Page definition.
 * @template Answer
 * @param {Definition<Answer> & ThisType<any>} definition
 * @returns {any}
 */
function livePage(definition) {
  const { onLoad, onShow, onHide, onUnload, onChild } = definition;
  return {
    ...definition,

    data: {
      view: 'loading',
      problem: '',
      wayOut: '重试',
      offlineText: '',
      refreshing: false,
      busy: '',
      profiles: [],
      profileId: 0,
      textSize: '',
      /** The choices over the page, as `components/choice-sheet` takes them, or null. @type {any} */
      sheet: null,
      ...definition.data,
    },

    /** @param {Query} query */
    onLoad(query) {
      this.answer = null; // what was fetched last
      this.answeredAt = 0; // device time of that
      this.unreachable = false;
      this.failed = false; // the service could not say what is new
      this.slow = false;
      this.turn = 0;
      this.version = 0; // rises with every write: an answer asked before it is out of date
      this.acting = false;
      this.gone = false;
      if (onLoad) onLoad.call(this, query);
    },

    onShow() {
      tabState.set({ selected: this.route });
      const size = textSize();
      if (size !== this.data.textSize) this.setData({ textSize: size });
      this.stopListening = network.onChange(() => {
        this.showAge();
        this.refresh();
      });
      this.pollTimer = setInterval(() => {
        this.showAge();
        if (network.online()) this.refresh(true);
        else this.showAgain();
      }, definition.poll || config.pollInterval);
      if (onShow) onShow.call(this);
      this.refresh();
    },

    onHide() {
      if (this.data.sheet) this.onSheetClose();
      this.leave();
      if (onHide) onHide.call(this);
    },

    onUnload() {
      this.leave();
      this.gone = true;
      this.version += 1; // an answer on its way finds no page
      if (onUnload) onUnload.call(this);
    },

    leave() {
      clearInterval(this.pollTimer);
      if (this.stopListening) this.stopListening();
    },

    /**
     * Brings the page up to date. Calls made while one is under way share it, unless a write made it out of date.
     * @param {boolean} [polled] whether only time has passed: then `fetch` may ask for less, or resolve to null for nothing
     */
    refresh(polled = false) {
      if (!this.refreshRun || this.refreshVersion !== this.version) {
        this.polled = polled;
        const run = this.refreshOnce().finally(() => {
          if (this.refreshRun === run) this.refreshRun = null;
        });
        this.refreshRun = run;
        this.refreshVersion = this.version;
      }
      return this.refreshRun;
    },

    async refreshOnce() {
      const version = this.version;
      if (!this.answer) await this.showLast();
      const slow = setTimeout(() => {
        this.slow = true;
        this.showAge();
      }, SLOW);
      try {
        await auth.ensure();
        this.missing = false;
        unread.keepFresh();
        policies.retry();
        const [answer] = await Promise.all([this.fetch(), clock.keepFresh(), policies.current()]);
        // A write was sent meanwhile, so this answer may be from before it.
        if (version !== this.version || answer === null) return;
        this.unreachable = false;
        this.failed = false;
        this.answer = answer;
        this.answeredAt = clock.device() - (answer.staleSeconds || 0) * 1000;
        this.stale = Boolean(answer.staleSeconds);
        this.partial = this.missing;
        if (answer.entries) offers.noteAll(answer.entries);
        if (answer.entry) offers.note(answer.entry);
        storage.keep(this.cacheKey(), answer, this.answeredAt);
        await this.show();
      } catch (error) {
        log.warn(this.route, error);
        if (version !== this.version) return;
        this.unreachable = messages.isUnreachable(error);
        this.failed = true;
        if (GONE.includes(error.code)) this.forget();
        if (this.answer) await this.showAgain();
        else
          this.setData({
            view: 'error',
            problem: loadProblem(error),
            wayOut: wayOut(error),
          });
      } finally {
        clearTimeout(slow);
        this.slow = false;
      }
      this.showAge();
    },

    /** Drops the answer of something that no longer exists, so that it is not shown as if it did. */
    forget() {
      this.answer = null;
      storage.forget(this.cacheKey());
    },

    /**
     * Waits for a part that the page can do without. Where the service answers 5xx, resolves to `instead` (what is known
     * from before), and the bar says that something is missing. Without any answer it rejects: the whole page is offline.
     * @template T
     * @param {Promise<T>} answer
     * @param {T} instead
     * @returns {Promise<T>}
     */
    async part(answer, instead) {
      try {
        return await answer;
      } catch (error) {
        if (!(error.status >= 500)) throw error;
        log.warn(this.route, 'does without', error);
        this.missing = true;
        return instead;
      }
    },

    /** Shows what was known when the page was last open, until the service answers. */
    async showLast() {
      const kept = storage.last(this.cacheKey());
      if (!kept) return;
      this.answer = kept.value;
      this.answeredAt = kept.at;
      try {
        await this.show();
      } catch (error) {
        // An older version of the mini-program may have kept the answer in another shape.
        log.warn(this.route, 'forgets what it kept', error);
        this.answer = null;
      }
    },

    /** Shows the answer at the present moment; called again when time alone changes it. */
    async show() {
      if (!this.answer) return;
      const answer = this.answer;
      const turn = (this.turn += 1);
      const now = clock.now();
      const [shown] = await Promise.all([this.present(answer, now), offers.count(now)]);
      // Rules asked over HTTP may answer in any order. Only the latest call may draw.
      if (answer !== this.answer || turn !== this.turn) return;
      const profile = account.profile();
      this.setData({
        profiles: account.profiles(),
        profileId: profile ? profile.id : 0,
        ...shown,
        view: shown.empty ? 'empty' : 'ready',
      });
    },

    /** Draws the same answer at the present moment. Where that fails, what is on screen stays. */
    async showAgain() {
      try {
        await this.show();
      } catch (error) {
        log.warn(this.route, error);
      }
    },

    /** Sets the text of the thin bar: why the data is not fresh and how old it is, or that a part of it is missing. */
    showAge() {
      const old = this.answer ? clock.device() - this.answeredAt : 0;
      let why = '';
      if (update.isTooOld()) why = '请更新小程序';
      else if (!network.online() || this.unreachable) why = '离线';
      else if (this.failed && this.answer) why = '更新失败';
      else if (this.stale) why = '服务繁忙';
      else if (this.slow && old >= times.MINUTE) why = '正在更新';
      let offlineText = '';
      if (why) {
        offlineText = [why, this.answer && `${times.ageText(old)}的数据`].filter(Boolean).join(' · ');
      } else if (this.partial || policies.isIncomplete()) {
        offlineText = '有些内容没有加载出来，下拉刷新再试';
      }
      if (offlineText !== this.data.offlineText) this.setData({ offlineText });
    },

    /**
     * Runs one write at a time: taps made meanwhile are ignored. Nothing is queued: without a network the parent is told
     * so, and nothing is sent.
     * @param {string} key shown as `busy` while it runs
     * @param {() => Promise<unknown>} work
     * @param {{[next: string]: () => unknown}} [ways] what a refusal may lead to
     * @param {string} [child] whom a refusal is about, where the account has several children
     */
    async act(key, work, ways = {}, child = '') {
      if (this.acting) return;
      this.acting = true;
      this.setData({ busy: key });
      /** @type {any} */
      let refused = null;
      try {
        if (!network.online()) refused = { code: 'offline' };
        else await work();
      } catch (error) {
        log.warn(this.route, key, error);
        refused = error;
      }
      this.version += 1;
      const fresh = network.online() && !this.gone ? this.refresh() : null;
      // After a success the button is freed once the page shows the result. A refusal is shown at once.
      if (!refused) await fresh;
      this.acting = false;
      this.setData({ busy: '' });
      if (refused) await notice.refusal(refused, { retry: () => this.act(key, work, ways, child), ...ways }, child);
    },

    /**
     * Shows a sheet of choices over the page. Unlike WeChat's own action sheet, each choice has a second line that says
     * what it costs, and picking one is a tap on the page, so consent may be asked for in `pick`.
     * @param {{title: string, note: string, warning?: string, choices: {key: string, title: string, note: string, kind: string}[]}} sheet
     * @param {(key: string) => unknown} pick called in the tap
     */
    offerChoices(sheet, pick) {
      this.pick = pick;
      tabState.set({ covered: true });
      this.setData({ sheet });
    },
    /** @param {{detail: {key: string}}} event */
    onSheetPick(event) {
      const { pick } = this;
      this.onSheetClose();
      return pick(event.detail.key);
    },
    onSheetClose() {
      this.pick = null;
      tabState.set({ covered: false });
      this.setData({ sheet: null });
    },

    /** @param {{detail: {id: number}}} event the child chosen in the head */
    onChild(event) {
      if (onChild) {
        onChild.call(this, event);
        return;
      }
      account.choose(event.detail.id);
      this.show();
    },

    async onPull() {
      this.setData({ refreshing: true });
      await this.refresh();
      this.setData({ refreshing: false });
    },

    onRetry() {
      if (update.isTooOld()) {
        update.tell();
        return;
      }
      if (this.data.wayOut === TIMETABLE) {
        wx.switchTab({ url: '/pages/classes/index' });
        return;
      }
      this.setData({ view: 'loading' });
      this.refresh();
    },

    /** Handles a countdown that reached zero while it was on screen. */
    async onExpire() {
      await this.showAgain();
      this.refresh();
    },
  };
}

/** The button under an error: what no longer exists is not asked for again. @param {{code?: string}} error */
function wayOut(error) {
  if (error.code === 'client_too_old') return '更新';
  return GONE.includes(error.code || '') ? TIMETABLE : '重试';
}

/** What to say where a page could not be loaded and nothing is known from before. @param {{code?: string}} error */
function loadProblem(error) {
  if (error.code === 'offline' || error.code === 'timeout') return '连不上网络，暂时看不到内容。检查网络后重试。';
  if (error.code === 'unavailable') return '服务正在恢复，请过一会儿重试。';
  return messages.explain(error).text;
}

module.exports = livePage;

// What every page of this mini-program does: show the last known data at once, bring it up to date
// when shown, keep it so while it is visible, say so when it cannot, and do one thing at a time.
const account = require('../transport/account');
const clock = require('../services/clock');
const config = require('../config');
const messages = require('../views/refusals');
const network = require('../transport/network');
const notice = require('./notice');
const rules = require('../services/rules');
const storage = require('../transport/storage');
const tabState = require('./tab-state');
const { textSize } = require('./text-size');
const times = require('../views/times');
const update = require('./update');
const auth = require('../transport/login');

/** After so many milliseconds without an answer the age of what is on screen is said. */
const SLOW = 2000;

/** Refusals after which what was known is known to be wrong. */
const GONE = ['not_found', 'not_missed', 'makeup_expired'];

/**
 * Makes a Page definition.
 *
 * `definition` is a Page definition with three more functions, called with the page as `this`:
 * - `cacheKey()`: the name under which the answer is kept
 * - `fetch()`: asks the services; resolves to plain data, with `staleSeconds` where the edge had
 *   to answer from its store; what the page can do without is asked through `this.part`
 * - `present(answer, now)`: resolves to what the template shows; `empty: true` where there is nothing
 * and, where the page can do with fewer news than others, `poll` in milliseconds.
 *
 * The template finds: `view` (`loading`, `ready`, `empty`, `error`), `problem` (the sentence of the
 * error), `wayOut` (the button under it), `offlineText`, `refreshing` (pulled down), `busy` (the key of the action under way),
 * `profiles`, `profileId`, `textSize` (a class).
 * @param {Record<string, any>} definition
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
      ...definition.data,
    },

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
        if (network.online()) this.refresh();
        else this.showAgain();
      }, definition.poll || config.pollInterval);
      if (onShow) onShow.call(this);
      this.refresh();
    },

    onHide() {
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

    /** Brings the page up to date. Calls made while one is under way share it, unless a write made it out of date. */
    refresh() {
      if (!this.refreshRun || this.refreshVersion !== this.version) {
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
        const [answer] = await Promise.all([this.fetch(), clock.sync(), rules.policy()]);
        // A write went out meanwhile: this answer may not know of it yet.
        if (version !== this.version) return;
        this.unreachable = false;
        this.failed = false;
        this.answer = answer;
        this.answeredAt = clock.device() - (answer.staleSeconds || 0) * 1000;
        this.stale = Boolean(answer.staleSeconds);
        this.partial = this.missing;
        storage.keep(this.cacheKey(), answer, this.answeredAt);
        await this.show();
      } catch (error) {
        console.warn(this.route, error);
        if (version !== this.version) return;
        this.unreachable = messages.isUnreachable(error);
        this.failed = true;
        if (GONE.includes(error.code)) this.forget();
        if (this.answer) await this.showAgain();
        else
          this.setData({
            view: 'error',
            problem: loadProblem(error),
            wayOut: error.code === 'client_too_old' ? '更新' : '重试',
          });
      } finally {
        clearTimeout(slow);
        this.slow = false;
      }
      this.showAge();
    },

    /** What is not there any more is not shown as if it were. */
    forget() {
      this.answer = null;
      storage.forget(this.cacheKey());
    },

    /**
     * A part that the page can do without: where the service faults on it, `instead` (what is known from before)
     * stands in, and the bar says so. Without any answer there is no part either: the whole page is offline.
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
        console.warn(this.route, 'does without', error);
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
        // Kept by an older version of the mini-program, in another shape.
        console.warn(this.route, 'forgets what it kept', error);
        this.answer = null;
      }
    },

    /** Shows the answer at the present moment; called again when time alone changes it. */
    async show() {
      if (!this.answer) return;
      const answer = this.answer;
      const turn = (this.turn += 1);
      const shown = await this.present(answer, clock.now());
      // Rules that are asked of the service answer in any order: the last question counts.
      if (answer !== this.answer || turn !== this.turn) return;
      const profile = account.profile();
      this.setData({
        profiles: account.profiles(),
        profileId: profile ? profile.id : 0,
        ...shown,
        view: shown.empty ? 'empty' : 'ready',
      });
    },

    /** The same without news: time has gone on. Where the rules cannot be asked, what stands stays. */
    async showAgain() {
      try {
        await this.show();
      } catch (error) {
        console.warn(this.route, error);
      }
    },

    /** The thin bar: why there are no news, and how old the data is; or that some of it is missing. */
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
      } else if (this.partial) {
        offlineText = '有些内容没有加载出来，下拉刷新再试';
      }
      if (offlineText !== this.data.offlineText) this.setData({ offlineText });
    },

    /**
     * Does one thing at a time: taps made meanwhile are ignored. Nothing is queued: without a
     * network the parent is told so and nothing is sent.
     * @param {string} key shown as `busy` while it runs
     * @param {() => Promise<unknown>} work
     * @param {{[next: string]: () => unknown}} [ways] what a refusal may lead to
     */
    async act(key, work, ways = {}) {
      if (this.acting) return;
      this.acting = true;
      this.setData({ busy: key });
      /** @type {any} */
      let refused = null;
      try {
        if (!network.online()) refused = { code: 'offline' };
        else await work();
      } catch (error) {
        console.warn(this.route, key, error);
        refused = error;
      }
      this.version += 1;
      const fresh = network.online() && !this.gone ? this.refresh() : null;
      // What went well is on screen before the button is free again; what did not is said at once.
      if (!refused) await fresh;
      this.acting = false;
      this.setData({ busy: '' });
      if (refused) await notice.refusal(refused, { retry: () => this.act(key, work, ways), ...ways });
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
      this.setData({ view: 'loading' });
      this.refresh();
    },

    /** A countdown ran out under one's eyes. */
    async onExpire() {
      await this.showAgain();
      this.refresh();
    },
  };
}

/** What to say where a page could not be loaded and nothing is known from before. */
function loadProblem(error) {
  if (error.code === 'offline' || error.code === 'timeout') return '连不上网络，暂时看不到内容。检查网络后重试。';
  if (error.code === 'unavailable') return '服务正在恢复，请过一会儿重试。';
  return messages.explain(error).text;
}

module.exports = livePage;

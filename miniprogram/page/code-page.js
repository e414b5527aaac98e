// The base of the pages on which a code is typed: the field, one request at a time, and what went wrong with it.
const { codeView } = require('../views/code');
const log = require('../transport/log');
const refusals = require('../views/refusals');
const { textSize } = require('./text-size');

/**
 * A Page definition with one more function: `problemText(error)` says in the page what went wrong, or '' where the
 * refusal's own sentence is right. The template finds `code`, `complete`, `problem`, `busy` (the key of the work under
 * way) and `textSize`.
 * @param {Record<string, any> & ThisType<any>} definition
 * @returns {any}
 */
function codePage({ problemText, ...definition }) {
  return {
    ...definition,

    data: { textSize: '', code: '', complete: false, problem: '', busy: '', ...definition.data },

    onShow() {
      this.setData({ textSize: textSize() });
    },

    /** @param {{detail: {value: string}}} event */
    onCode(event) {
      this.setData({ ...codeView(event.detail.value), problem: '' });
    },

    /**
     * Does one thing at a time, and says in the page what went wrong.
     * @param {string} busy
     * @param {() => Promise<void>} work
     */
    async run(busy, work) {
      if (this.data.busy) return;
      this.setData({ busy, problem: '' });
      try {
        await work();
      } catch (error) {
        log.warn(this.route, error);
        this.setData({ problem: problemText(error) || refusals.explain(error).text });
      }
      this.setData({ busy: '' });
    },
  };
}

module.exports = codePage;

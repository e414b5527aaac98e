// The calling convention of asynchronous wx functions: callbacks where given, otherwise a promise.

/** Fails a call with WeChat's text after `name:fail `, and further fields of the answer. */
export class WxError extends Error {
  constructor(message, fields = {}) {
    super(message)
    this.fields = fields
  }
}

/**
 * Makes `wx[name]` of a function that returns (a promise of) the answer's fields or throws.
 * With callbacks it returns nothing; without, a promise that rejects with the failed answer, as WeChat's does.
 */
export function api(name, work) {
  return (options = {}) => {
    const { success, fail, complete } = options
    const answer = Promise.resolve()
      .then(() => work(options))
      .then(
        (fields) => ({ ok: true, result: { errMsg: `${name}:ok`, ...fields } }),
        (error) => ({ ok: false, result: { errMsg: `${name}:fail ${error?.message ?? error}`, ...error?.fields } }),
      )
    if (success || fail || complete) {
      void answer.then(({ ok, result }) => {
        settle(ok ? success : fail, result)
        settle(complete, result)
      })
      return undefined
    }
    return answer.then(({ ok, result }) => (ok ? result : Promise.reject(result)))
  }
}

/** Runs a callback. An error that it throws is reported, and does not keep the next callback from running. */
export function settle(callback, result) {
  try {
    callback?.(result)
  } catch (error) {
    reportError(error)
  }
}

// The form that every asynchronous wx function has: callbacks if given, otherwise a promise.

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

/** A callback that throws must not keep the next one from running; the error still reaches the console. */
export function settle(callback, result) {
  try {
    callback?.(result)
  } catch (error) {
    reportError(error)
  }
}

const account = require('./account');
const request = require('./request');

/** @type {Promise<void> | null} */
let loggingIn = null;

/** Logs in with WeChat's code; calls made meanwhile share one login. */
function logIn() {
  if (!loggingIn) {
    loggingIn = wx
      .login()
      .catch((failure) => {
        // WeChat cannot reach its own servers.
        throw new request.ApiError('offline', 0, { detail: failure.errMsg });
      })
      .then((result) => request.ask('/auth/login', { code: result.code }))
      .then((answer) => {
        account.signIn({
          token: answer.token,
          accountId: answer.account_id,
          role: answer.role,
          profiles: answer.profiles,
        });
      })
      .finally(() => {
        loggingIn = null;
      });
  }
  return loggingIn;
}

/** Resolves when there is a token, old or new. */
function ensure() {
  return account.token() ? Promise.resolve() : logIn();
}

request.onUnauthenticated(logIn);

module.exports = { ensure };

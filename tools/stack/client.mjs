// A client of the contract for scripts and tests.

/** A client of the contract at `base`; after a login it sends the token. */
export function client(base, token) {
  const call = async (method, path, body) => {
    const response = await fetch(`${base}/api/v1${path}`, {
      method,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    })
    const answer = await response.json()
    if (!response.ok) {
      throw Object.assign(new Error(`${method} ${path}: ${response.status} ${answer.code}: ${answer.detail}`), { problem: answer })
    }
    return answer
  }
  return {
    get: (path) => call('GET', path),
    post: (path, body = {}) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    delete: (path) => call('DELETE', path),
  }
}

/** Logs `openid` in with a dev code. */
export async function login(base, openid) {
  const { token, profiles, account_id: account } = await client(base).post('/auth/login', { code: `dev:${openid}` })
  return { ...client(base, token), token, account, profiles }
}

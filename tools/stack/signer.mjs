// Tokens as the backend signs them, for an edge without a backend.
import { generateKeyPairSync, sign } from 'node:crypto'

/** A key pair and tokens that it signs. */
export function signer(kid) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const b64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  return {
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' },
    /** A token valid for an hour, changed by `claims` and `header`. */
    token(claims = {}, header = {}) {
      const iat = Math.floor(Date.now() / 1000)
      const signed = `${b64({ alg: 'EdDSA', typ: 'JWT', kid, ...header })}.${b64({ sub: '7', role: 'member', iat, exp: iat + 3600, jti: 'j-1', ...claims })}`
      return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`
    },
  }
}

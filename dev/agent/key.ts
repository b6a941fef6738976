import { createPrivateKey, generateKeyPair, type JsonWebKey, randomUUID, sign } from 'node:crypto';
import { promisify } from 'node:util';

/** The key with which an agent signs in once it is registered, in the form in which it is kept in a file. */
export interface AgentKey {
  exponent: string;
  modulus: string;
  d: string;
  p: string;
  q: string;
  dp: string;
  dq: string;
  inverseQ: string;
}

/** A new RSA key; 2048 bits, as a real agent's. */
export async function createKey(): Promise<AgentKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const { e, n, d, p, q, dp, dq, qi } = privateKey.export({ format: 'jwk' });
  const base64 = (value: string | undefined) => Buffer.from(value ?? '', 'base64url').toString('base64');
  return {
    exponent: base64(e),
    modulus: base64(n),
    d: base64(d),
    p: base64(p),
    q: base64(q),
    dp: base64(dp),
    dq: base64(dq),
    inverseQ: base64(qi),
  };
}

/** The assertion by which an agent proves to `authorizationUrl` that it is `clientId`. */
export function clientAssertion(key: AgentKey, clientId: string, authorizationUrl: string): string {
  const base64url = (value: string) => Buffer.from(value, 'base64').toString('base64url');
  const jwk: JsonWebKey = {
    kty: 'RSA',
    e: base64url(key.exponent),
    n: base64url(key.modulus),
    d: base64url(key.d),
    p: base64url(key.p),
    q: base64url(key.q),
    dp: base64url(key.dp),
    dq: base64url(key.dq),
    qi: base64url(key.inverseQ),
  };
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: authorizationUrl,
    jti: randomUUID(),
    nbf: now,
    exp: now + 300,
  };
  const input = [{ typ: 'JWT', alg: 'RS256' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
}

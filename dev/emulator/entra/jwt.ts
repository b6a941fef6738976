import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';

interface KeyPair {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** What a key is for: tokens that give access, or tokens in which a service connection states who it is. */
export type Signer = 'access' | 'identity';

const keys = new Map<Signer, KeyPair>();

/** One key of each kind a process: making one takes longer than everything else an emulator does at its start. */
function keyOf(signer: Signer): KeyPair {
  const key = keys.get(signer) ?? generateKeyPairSync('rsa', { modulusLength: 2048 });
  keys.set(signer, key);
  return key;
}

export type Claims = Record<string, unknown>;

/** A JSON Web Token signed with one of the emulator's keys. */
export function signJwt(claims: Claims, signer: Signer = 'access'): string {
  const keyId = `emulator-${signer}-key-0000000`;
  const header = { typ: 'JWT', alg: 'RS256', x5t: keyId, kid: keyId };
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${input}.${sign('sha256', Buffer.from(input), keyOf(signer).privateKey).toString('base64url')}`;
}

/** The claims of a token with this signature; of any other, nothing. Times are not looked at. */
export function verifyJwt(token: string, signedBy: Signer | KeyObject = 'access'): Claims | undefined {
  const [header, payload, signature] = token.split('.');
  if (!header || !payload || !signature) return undefined;
  const publicKey = typeof signedBy === 'string' ? keyOf(signedBy).publicKey : signedBy;
  const input = Buffer.from(`${header}.${payload}`);
  return verify('sha256', input, publicKey, Buffer.from(signature, 'base64url')) ? readJwt(token) : undefined;
}

/** What a token claims, whoever signed it; nothing if it is no token of this kind. */
export function readJwt(token: string): Claims | undefined {
  const [, payload, signature] = token.split('.');
  if (!payload || !signature) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? (claims as Claims) : undefined;
  } catch {
    return undefined;
  }
}

/** A key from the exponent and modulus with which an agent introduces itself. */
export function publicKeyOf(exponent: string, modulus: string): KeyObject {
  const toBase64url = (value: string) => Buffer.from(value, 'base64').toString('base64url');
  return createPublicKey({
    key: { kty: 'RSA', e: toBase64url(exponent), n: toBase64url(modulus) },
    format: 'jwk',
  });
}

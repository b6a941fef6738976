import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';

let signingKey: { privateKey: KeyObject; publicKey: KeyObject } | undefined;

/** One key a process: making one takes longer than everything else an emulator does at its start. */
function key(): { privateKey: KeyObject; publicKey: KeyObject } {
  signingKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
  return signingKey;
}

export type Claims = Record<string, unknown>;

/** A JSON Web Token signed with the emulator's key. */
export function signJwt(claims: Claims): string {
  const header = { typ: 'JWT', alg: 'RS256', x5t: 'emulator-signing-key-0000000', kid: 'emulator-signing-key-0000000' };
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${input}.${sign('sha256', Buffer.from(input), key().privateKey).toString('base64url')}`;
}

/** The claims of a token that the emulator signed; of any other, nothing. Times are not looked at. */
export function verifyJwt(token: string, publicKey: KeyObject = key().publicKey): Claims | undefined {
  const [header, payload, signature] = token.split('.');
  if (!header || !payload || !signature) return undefined;
  try {
    const input = Buffer.from(`${header}.${payload}`);
    if (!verify('sha256', input, publicKey, Buffer.from(signature, 'base64url'))) return undefined;
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
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

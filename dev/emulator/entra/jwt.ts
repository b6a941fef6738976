import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  type KeyPairKeyObjectResult,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';

/** What a token is for: to give access, or to state who a service connection is. */
export type Signer = 'access' | 'identity';

let identityKey: KeyPairKeyObjectResult | undefined;

/** One a process, where it is needed: making it takes longer than everything else an emulator does at its start. */
function keyOfIdentities(): KeyPairKeyObjectResult {
  identityKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
  return identityKey;
}

const secretOfAccess = randomBytes(32);

/**
 * The signature of a token that gives access. Only the emulator reads such a token, as only the service does that it is
 * for, so that it has no public key: a keyed hash of the length of an RSA signature, which a job waits less for.
 */
function signatureOfAccess(input: Buffer): Buffer {
  return createHash('shake256', { outputLength: 256 }).update(secretOfAccess).update(input).digest();
}

export type Claims = Record<string, unknown>;

/** A JSON Web Token that this emulator signed. */
export function signJwt(claims: Claims, signer: Signer = 'access'): string {
  const keyId = `emulator-${signer}-key-0000000`;
  const header = { typ: 'JWT', alg: 'RS256', x5t: keyId, kid: keyId };
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const input = Buffer.from(text);
  const signature =
    signer === 'access' ? signatureOfAccess(input) : sign('sha256', input, keyOfIdentities().privateKey);
  return `${text}.${signature.toString('base64url')}`;
}

/** The claims of a token with this signature; of any other, nothing. Times are not looked at. */
export function verifyJwt(token: string, signedBy: Signer | KeyObject = 'access'): Claims | undefined {
  const [header, payload, signature] = token.split('.');
  if (!header || !payload || !signature) return undefined;
  const input = Buffer.from(`${header}.${payload}`);
  return isSigned(input, Buffer.from(signature, 'base64url'), signedBy) ? readJwt(token) : undefined;
}

function isSigned(input: Buffer, signature: Buffer, signedBy: Signer | KeyObject): boolean {
  if (signedBy === 'access') return signature.equals(signatureOfAccess(input));
  return verify('sha256', input, signedBy === 'identity' ? keyOfIdentities().publicKey : signedBy, signature);
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

import type { Secret } from './secret';

/** The claims of a JSON Web Token, unverified; none where it is no such token. */
export function claimsOf(token: Secret): Record<string, unknown> {
  const [, payload, signature] = token.reveal().split('.');
  if (payload === undefined || signature === undefined) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Whether a token has the shape of a JSON Web Token. A personal access token, however long, has no dots. */
export function isWebToken(token: Secret): boolean {
  return /^[\w-]+(\.[\w-]*){2,}$/.test(token.reveal());
}

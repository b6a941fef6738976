import { fieldsOf, parseJson } from './json';
import type { Secret } from './secret';

/** Characters that a token of Entra, or the identity token of a job, has at most. */
export const maxWebTokenLength = 65_536;

/** The claims of a JSON Web Token, unverified; none where it is no such token. */
export function claimsOf(token: Secret): Record<string, unknown> {
  const [, payload, signature] = token.reveal().split('.');
  if (payload === undefined || signature === undefined) return {};
  return fieldsOf(parseJson(Buffer.from(payload, 'base64url').toString('utf8')));
}

/** Whether a token has the shape of a JSON Web Token. A personal access token, however long, has no dots. */
export function isWebToken(token: Secret): boolean {
  return /^[\w-]+(\.[\w-]*){2,}$/.test(token.reveal());
}

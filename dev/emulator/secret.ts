import { randomBytes } from 'node:crypto';

/** Random text of this length in the base64url alphabet. */
export function secret(length: number): string {
  return randomBytes(length).toString('base64url').slice(0, length);
}

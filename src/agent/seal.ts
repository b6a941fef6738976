import { createHmac } from 'node:crypto';
import { Secret } from '../secret';
import { readConnection } from './connections';

/**
 * A mark on a text by which this job recognises later what it wrote itself: an HMAC under the job's own token, which no
 * step can change, and which no other job has.
 */
export function sealOf(text: string): string {
  const connection = readConnection('SYSTEMVSSCONNECTION', (value) => (value ? new Secret(value) : undefined));
  const key = connection?.secret('AccessToken')?.reveal() ?? '';
  return createHmac('sha256', key).update(text).digest('hex');
}

import { createHmac } from 'node:crypto';
import { Secret } from '../secret';
import { readConnection } from './connections';

/**
 * What puts a mark on a text by which this job recognises later what it wrote itself: an HMAC under the job's own token,
 * which no step can change, and which no other job has.
 */
export function sealing(): (text: string) => string {
  let key: string | undefined;
  return (text) => {
    key ??= jobToken();
    return createHmac('sha256', key).update(text).digest('hex');
  };
}

function jobToken(): string {
  const connection = readConnection('SYSTEMVSSCONNECTION', (value) => (value ? new Secret(value) : undefined));
  return connection?.secret('AccessToken')?.reveal() ?? '';
}

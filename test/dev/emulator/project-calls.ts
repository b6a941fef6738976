import { generateKeyPairSync } from 'node:crypto';
import type { Emulator } from '../../../dev/emulator';
import { basic, call, type Reply } from './calls';

/** A call to something in the project, with a PAT. */
export function inProject(
  emulator: Emulator,
  token: string,
  path: string,
  options: { query?: Record<string, string>; method?: string; body?: unknown; project?: string; version?: string } = {},
): Promise<Reply> {
  const { query = {}, method = 'GET', body, project = 'Fabrikam', version = '7.2-preview.1' } = options;
  const search = new URLSearchParams({ 'api-version': version, ...query });
  return call(`${emulator.organizationUrl}/${project}/_apis/${path}?${search}`, {
    method,
    headers: { authorization: basic(token, 'VstsAgent'), 'X-TFS-FedAuthRedirect': 'Suppress' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** What an agent says of itself. */
export function agentNamed(name: string) {
  const { e, n } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const [exponent, modulus] = [e, n].map((part) => Buffer.from(part ?? '', 'base64url').toString('base64'));
  return {
    name,
    version: '4.248.0',
    authorization: { publicKey: { exponent, modulus } },
    systemCapabilities: { A: 'b' },
  };
}

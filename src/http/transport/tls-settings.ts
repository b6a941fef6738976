import type { ConnectionOptions } from 'node:tls';
import type { AgentNetwork } from '../../agent-network';
import { secureContext } from './certificate-files';

/** What every connection over TLS is opened with. */
export type TlsSettings = Pick<ConnectionOptions, 'rejectUnauthorized' | 'secureContext'>;

/**
 * Milliseconds for each address of a host. Node gives an address 250 by itself, and then a network that is slower fails
 * for good where a host has an IPv6 address without a route.
 */
export const attemptTimeout = 3000;

/**
 * Settings of Node for every connection over TLS.
 * @throws TaskError `network` for a certificate file that cannot be used.
 */
export function tlsSettings({ certificates, skipCertificateValidation }: AgentNetwork): TlsSettings {
  // Where any certificate is accepted, no authority is asked.
  const { caFile: _, ...client } = certificates ?? {};
  const context = secureContext(skipCertificateValidation ? client : { ...certificates });
  return {
    // Said outright, because without it NODE_TLS_REJECT_UNAUTHORIZED of the environment would decide.
    rejectUnauthorized: !skipCertificateValidation,
    ...(context && { secureContext: context }),
  };
}

import { isRecord } from './json';
import type { ProxyAddress } from './proxies';

/** How the agent reaches the network. */
export interface AgentNetwork {
  proxy?: NetworkProxy;
  certificates?: CertificateFiles;
  skipCertificateValidation: boolean;
}

/** A proxy, and the patterns of the URLs that go past it. */
export interface NetworkProxy extends ProxyAddress {
  bypass: string[];
}

/** The files of certificates that the agent was set up with. */
export interface CertificateFiles {
  caFile?: string;
  /** Further authorities, where there is a caFile: without one Node reads these by itself. */
  extraCaFile?: string;
  certFile?: string;
  keyFile?: string;
  archiveFile?: string;
  passphrase?: string;
}

/** The same without its passwords: main can leave that for post. */
export interface PublicNetwork {
  proxy?: Omit<NetworkProxy, 'password'>;
  certificates?: Record<string, string>;
  skipCertificateValidation: boolean;
}

/** No proxy, and the usual authorities. */
export const plainNetwork: PublicNetwork = { skipCertificateValidation: false };

/** The settings without what is secret in them; undefined where there is nothing to say. */
export function publicNetwork(network: AgentNetwork): PublicNetwork | undefined {
  const { proxy, certificates, skipCertificateValidation } = network;
  if (!proxy && !certificates && !skipCertificateValidation) return undefined;
  const { passphrase: _, ...files } = certificates ?? {};
  return {
    ...(proxy && { proxy: withoutPassword(proxy) }),
    ...(certificates && { certificates: files }),
    skipCertificateValidation,
  };
}

/** Whether settings are those that an earlier stage left, which wrote them as they are written here. */
export function isSameNetwork(now: AgentNetwork, before: PublicNetwork): boolean {
  return JSON.stringify(publicNetwork(now) ?? plainNetwork) === JSON.stringify(before);
}

function withoutPassword({ password: _, ...proxy }: NetworkProxy): Omit<NetworkProxy, 'password'> {
  return proxy;
}

/** Whether a value that an earlier stage left is such a network. */
export function isPublicNetwork(value: unknown): value is PublicNetwork {
  if (!isRecord(value)) return false;
  const { proxy, certificates, skipCertificateValidation } = value;
  return (
    typeof skipCertificateValidation === 'boolean' &&
    (proxy === undefined || isProxy(proxy)) &&
    (certificates === undefined || (isRecord(certificates) && Object.values(certificates).every(isText)))
  );
}

function isProxy(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { url, username, bypass } = value;
  return isText(url) && (username === undefined || isText(username)) && Array.isArray(bypass) && bypass.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

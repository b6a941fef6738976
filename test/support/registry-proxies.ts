import { writeFileSync } from 'node:fs';
import { freePort } from '../../dev/commands/surroundings/free-port';
import { type Internet, RealProxy } from './proxy';
import { strangerPackage } from './strangers';

/** A proxy from the registry, on loopback. */
export interface RegistryProxy {
  /** Host and port. */
  readonly name: string;
  close(): Promise<void>;
}

interface ProxyChain {
  Server: new (options: {
    port: number;
    host: string;
    prepareRequestFunction(request: { username: string; password: string }): object;
  }) => { listen(): Promise<void>; close(closeConnections: boolean): Promise<void> };
}

/** proxy-chain, which knows the user of tinyproxy's tests. */
export async function startProxyChain(internet: Internet): Promise<RegistryProxy> {
  const { Server } = strangerPackage<ProxyChain>('proxy-chain');
  const port = await freePort();
  const server = new Server({
    port,
    host: '127.0.0.1',
    prepareRequestFunction: ({ username, password }) => ({
      requestAuthentication: username !== RealProxy.username || password !== RealProxy.password,
      upstreamProxyUrl: `http://127.0.0.1:${internet.port}`,
    }),
  });
  await server.listen();
  return { name: `127.0.0.1:${port}`, close: () => server.close(true) };
}

interface Mockttp {
  generateCACertificate(): Promise<{ key: string; cert: string }>;
  getLocal(options: { https: { key: string; cert: string }; http2: boolean }): {
    port: number;
    start(): Promise<void>;
    stop(): Promise<void>;
    forAnyRequest(): { thenPassThrough(options: object): Promise<{ getSeenRequests(): Promise<{ url: string }[]> }> };
  };
}

/** A proxy that looks into connections, with an authority of its own. */
export interface InspectingProxy extends RegistryProxy {
  /** The address of each request that it saw, without the query. */
  seen(): Promise<string[]>;
}

/** mockttp, as the proxy of a company that inspects what leaves it; `authorityFile` receives its certificate. */
export async function startInspectingProxy(
  internet: Internet,
  { authorityFile, trusted }: { authorityFile: string; trusted: string },
): Promise<InspectingProxy> {
  const { generateCACertificate, getLocal } = strangerPackage<Mockttp>('mockttp');
  const https = await generateCACertificate();
  writeFileSync(authorityFile, https.cert);
  const server = getLocal({ https, http2: false });
  await server.start();
  const endpoint = await server.forAnyRequest().thenPassThrough({
    proxyConfig: { proxyUrl: `http://127.0.0.1:${internet.port}` },
    additionalTrustedCAs: [{ cert: trusted }],
  });
  return {
    name: `127.0.0.1:${server.port}`,
    seen: async () => (await endpoint.getSeenRequests()).map(({ url }) => url.split('?')[0] ?? ''),
    close: () => server.stop(),
  };
}

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '../../emulator';
import { jobEnvironment } from '../job';
import { DelayingProxy } from './delaying-proxy';

/** The emulated services over TLS, each host behind a proxy nearby. */
export class FarServices {
  /** What an agent gives a task there. */
  readonly env: NodeJS.ProcessEnv;
  readonly #emulator: Emulator;
  readonly #proxy: DelayingProxy;

  private constructor(emulator: Emulator, proxy: DelayingProxy, env: NodeJS.ProcessEnv) {
    this.#emulator = emulator;
    this.#proxy = proxy;
    this.env = env;
  }

  /** @param folder for the certificate, and the temporary folder of the task. */
  static async start(folder: string): Promise<FarServices> {
    const emulator = await startEmulator({ tls: selfSigned(folder) });
    const proxy = new DelayingProxy(Number(new URL(emulator.url).port));
    const url = await proxy.start();
    const organizationUrl = `https://dev.azure.com/${emulator.state.organization}`;
    const issuer = { ...emulator.issuer, authorityUrl: 'https://login.microsoftonline.com' };
    const network = { AGENT_PROXYURL: url, AGENT_SKIPCERTVALIDATION: 'True' };
    return new FarServices(emulator, proxy, { ...jobEnvironment({ organizationUrl, issuer }, folder), ...network });
  }

  /** @param oneWay milliseconds from the proxy to every host. */
  moveAway(oneWay: number): void {
    this.#proxy.oneWay = oneWay;
  }

  activeTokens(): number {
    return this.#emulator.activeTokens().length;
  }

  async close(): Promise<void> {
    this.#proxy.close();
    await this.#emulator.close();
  }
}

function selfSigned(folder: string): { key: string; cert: string } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=bench'];
  execFileSync('openssl', [...request, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

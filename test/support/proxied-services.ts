import assert from 'node:assert/strict';
import type { Emulator } from '../../dev/emulator';
import { Authority, type KeyPair, serviceHosts } from './certificates';
import { type Outcome, runTask, type TaskRun } from './job';
import { Internet, RealProxy } from './proxy';

/** The credentials of a proxy as they travel. */
export const proxyCredentials = Buffer.from(`${RealProxy.username}:${RealProxy.password}`).toString('base64');

/** A run of a job behind a proxy. */
interface ProxiedRun extends TaskRun {
  /** The password that the agent knows; the right one, unless said otherwise. */
  password?: string;
  /** Called before the job, with the services. */
  prepare?: (emulator: Emulator) => void;
}

/** The services under their real names, with certificates of an authority of their own. Only a proxy reaches them. */
export class ProxiedServices {
  readonly authority = new Authority();
  readonly internet: Internet;
  readonly #tls: KeyPair;

  private constructor(internet: Internet) {
    this.internet = internet;
    this.#tls = this.authority.issue(serviceHosts);
  }

  static async start(): Promise<ProxiedServices> {
    return new ProxiedServices(await Internet.start());
  }

  /** Runs a job of an agent that knows the authority and has these variables. */
  run(variables: Record<string, string>, run: ProxiedRun = {}): Promise<Outcome> {
    const { password = RealProxy.password, prepare, options, ...change } = run;
    return runTask(
      (emulator) => {
        this.internet.target = Number(new URL(emulator.url).port);
        prepare?.(emulator);
        const organizationUrl = `https://dev.azure.com/${emulator.state.organization}`;
        return {
          connection: { url: organizationUrl, data: { authorityUrl: undefined } },
          ...change,
          secrets: {
            'the password of the proxy': RealProxy.password,
            'the credentials of the proxy': proxyCredentials,
          },
          options: {
            organizationUrl,
            ...options,
            variables: { 'Agent.CAInfo': this.authority.file, ...variables },
            ...(password && { secretVariables: { 'Agent.ProxyPassword': password } }),
          },
        };
      },
      { tls: this.#tls },
    );
  }

  async close(): Promise<void> {
    await this.internet.close();
    this.authority.dispose();
  }
}

/** Variables of an agent that has a proxy. */
export function agentBehind(url: string, username: string = RealProxy.username): Record<string, string> {
  return { 'Agent.ProxyUrl': url, 'Agent.ProxyUsername': username };
}

/** The job got a token and revoked it, and nothing was amiss. */
export function assertMinted({ job, main, post, made, activeAfterJob }: Outcome): void {
  assert.equal(job.result, 'Succeeded', main.message ?? post.message);
  assert.deepEqual([...main.issues, ...post.issues], []);
  assert.equal(made.length, 1);
  assert.deepEqual(activeAfterJob, []);
}

/** Main and then post opened one tunnel to each host that they speak to, and no more. */
export function assertOneTunnelForEachHost({ internet }: ProxiedServices): void {
  const [signIn, tokens, pools] = [
    'login.microsoftonline.com:443',
    'vssps.dev.azure.com:443',
    'dev.azure.com:443',
  ] as const;
  // Those of one step are opened at once, in any order.
  assert.deepEqual(internet.tunnels.slice(0, 3).sort(), [signIn, tokens, pools].sort());
  assert.deepEqual(internet.tunnels.slice(3).sort(), [signIn, tokens].sort());
}

/** The message names the proxy, and never its credentials. */
export function assertNamesProxy({ main }: Outcome, name: string): void {
  assert.ok(main.message?.includes(name), main.message);
  assert.ok(!JSON.stringify(main.issues).includes(RealProxy.username));
}

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEmulator } from '../emulator';
import { DelayingProxy } from './delaying-proxy';
import { jobEnvironment, leaseIn } from './job';
import { median } from './numbers';

/** Milliseconds one way: two distances, so that what does not grow with the distance cancels out. */
const distances = [50, 200] as const;

type Run = (script: string, env: NodeJS.ProcessEnv) => Promise<{ milliseconds: number; output: string }>;

/**
 * How many round trips main and post wait for, where every host is far away behind a near proxy.
 * @param folder for the certificate, and the temporary folder of the task.
 */
export async function roundTrips(task: string, folder: string, run: Run): Promise<{ main: number; post: number }> {
  const emulator = await startEmulator({ tls: selfSigned(folder) });
  const proxy = new DelayingProxy(Number(new URL(emulator.url).port));
  const url = await proxy.start();
  const organizationUrl = `https://dev.azure.com/${emulator.state.organization}`;
  const issuer = { ...emulator.issuer, authorityUrl: 'https://login.microsoftonline.com' };
  const network = { AGENT_PROXYURL: url, AGENT_SKIPCERTVALIDATION: 'True' };
  const env = { ...jobEnvironment({ organizationUrl, issuer }, folder), ...network };
  const once = async () => {
    const main = await run(join(task, 'main.js'), env);
    const post = await run(join(task, 'post.js'), { ...env, ...leaseIn(main.output) });
    return { main: main.milliseconds, post: post.milliseconds };
  };
  try {
    const [near, far] = [[], []] as [{ main: number; post: number }[], { main: number; post: number }[]];
    for (let round = 0; round < 3; round++) {
      for (const [index, measured] of [near, far].entries()) {
        proxy.oneWay = distances[index] as number;
        measured.push(await once());
      }
    }
    if (emulator.activeTokens().length > 0) throw new Error('A token was left alive: these figures are worthless.');
    const longer = 2 * (distances[1] - distances[0]);
    const trips = (stage: 'main' | 'post') =>
      (median(far.map((times) => times[stage])) - median(near.map((times) => times[stage]))) / longer;
    return { main: trips('main'), post: trips('post') };
  } finally {
    proxy.close();
    await emulator.close();
  }
}

function selfSigned(folder: string): { key: string; cert: string } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=bench'];
  execFileSync('openssl', [...request, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startPreview } from '../preview';
import { readDemoOutput } from './demo-output';
import { logPage } from './log-page';

const root = join(__dirname, '..', '..');

/** A page that a picture is taken of. */
export interface Shown {
  url: string;
  /** Ends whatever serves the page. */
  close: () => Promise<void> | void;
}

export interface Picture {
  /** From the folder of the pictures. */
  file: string;
  /** Makes the page ready. */
  show: () => Promise<Shown>;
}

/** Every picture that `npm run pictures` takes. A page that is served gets another entry like these. */
export const pictures: Picture[] = [
  { file: 'token-life.png', show: async () => drawing('token-life.svg') },
  { file: 'task-form.png', show: () => form('/AgentPoolToken?issuer=my-agent-pool-token-issuer&pool=Default') },
  { file: 'service-connection.png', show: () => form('/AgentPoolTokenIssuer') },
  // The last, because it packages, and a package needs the others.
  { file: 'run-log.png', show: runLog },
];

function drawing(file: string): Shown {
  return { url: pathToFileURL(join(root, 'images', file)).href, close: () => {} };
}

/** A form as `npm run preview` shows it, in its light theme. */
async function form(path: string): Promise<Shown> {
  const { url, close } = await startPreview({ root });
  const address = new URL(path, url);
  address.searchParams.set('theme', 'light');
  return { url: address.href, close };
}

/** What the demo really prints. Only the machine's own version is left out: it tells readers nothing. */
async function runLog(): Promise<Shown> {
  const output = readDemoOutput((await demo()).replaceAll(` ${release()}`, ''));
  const folder = mkdtempSync(join(tmpdir(), 'run-log-'));
  const page = join(folder, 'run-log.html');
  writeFileSync(page, logPage(output));
  return { url: pathToFileURL(page).href, close: () => rmSync(folder, { recursive: true, force: true }) };
}

function demo(): Promise<string> {
  const child = spawn(process.execPath, [require.resolve('tsx/cli'), join(root, 'dev', 'commands', 'demo.ts')], {
    cwd: root,
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (printed += text));
  return new Promise((resolve, reject) => child.once('error', reject).once('close', () => resolve(printed)));
}

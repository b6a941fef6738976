import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startPreview } from '../preview';
import { readDemoOutput } from './demo-output';
import { logPage } from './log-page';
import { withoutChance } from './without-chance';

const root = join(__dirname, '..', '..');

/** A page that a picture is taken of. */
export interface Shown {
  url: string;
  /** Ends the server of the page. */
  close: () => Promise<void> | void;
}

export interface Picture {
  /** From the folder of the pictures. */
  file: string;
  /** Makes the page ready. */
  show: () => Promise<Shown>;
  /** Lays the page out so that all of it stands on one picture. */
  style?: string;
}

/** The form alone: what else the preview shows is no part of the product. */
const withoutNavigation = `
.page { grid-template: auto 1fr / 1fr; }
.page-nav, .page-header .bolt-button { display: none; }`;

/** The dialog is longer than a picture is high. */
const inColumns = `
${withoutNavigation}
.dialog { grid-column: 1; max-width: none; column-count: 3; column-gap: 32px; padding: 4px 24px; }
.dialog h1, .dialog-help { column-span: all; }
.dialog .field { break-inside: avoid; max-width: none; }
.dialog h2, .dialog h2 ~ * { display: none !important; }`;

/** Every picture that `npm run pictures` takes. A page that is served gets another entry like these. */
export const pictures: Picture[] = [
  { file: 'token-life.png', show: async () => drawing('token-life.svg') },
  { file: 'task-form.png', show: () => form('/AgentPoolToken?issuer=my-agent-pool-token-issuer&pool=Default') },
  { file: 'service-connection.png', show: () => form('/AgentPoolTokenIssuer'), style: inColumns },
  // The last, because it packages, and a package needs the others.
  { file: 'run-log.png', show: runLog },
];

function drawing(file: string): Shown {
  const svg = readFileSync(join(root, 'images', file), 'utf8');
  return written(
    `<!doctype html><meta charset="utf-8"><style>body { margin: 0; } svg { display: block; }</style>${svg}`,
  );
}

/** A form as `npm run preview` shows it, in its light theme. */
async function form(path: string): Promise<Shown> {
  const { url, close } = await startPreview({ root });
  const address = new URL(path, url);
  address.searchParams.set('theme', 'light');
  return { url: address.href, close };
}

/** What the demo really prints, with fixed values in place of those that chance or the clock gives. */
async function runLog(): Promise<Shown> {
  return written(logPage(readDemoOutput(withoutChance(await demo()))));
}

function written(html: string): Shown {
  const folder = mkdtempSync(join(tmpdir(), 'picture-'));
  const page = join(folder, 'page.html');
  writeFileSync(page, html);
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

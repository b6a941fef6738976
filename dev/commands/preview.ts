import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPreview } from '../preview';

const usage = 'Usage: npm run preview -- [--port N]';

function readPort(): number {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '8422' } } });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65535) throw new Error(`--port must be 0 to 65535, not ${values.port}`);
  return port;
}

async function main(): Promise<void> {
  const preview = await startPreview({ port: readPort(), root: join(__dirname, '..', '..') });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => preview.close().then(() => process.exit(0)));
  }
  console.log(
    [
      `The forms of the extension, drawn from its manifests: ${preview.url}`,
      'They are a local preview, not the product: nothing is saved, and no organization is asked.',
      'Change a manifest and reload the page. Ctrl+C stops it.',
    ].join('\n'),
  );
}

main().catch((error: NodeJS.ErrnoException) => {
  const taken = error.code === 'EADDRINUSE';
  console.error(taken ? `${error.message}\nChoose another port with --port.` : `${error.message}\n${usage}`);
  process.exit(taken ? 1 : 2);
});

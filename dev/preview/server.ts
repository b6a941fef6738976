import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { readManifests } from './manifests/manifest-files';
import { bundledPage, type PageBundle } from './page-bundle';

export interface PreviewOptions {
  /** Port on loopback; 0, the default, is any free one. */
  port?: number;
  /** The folder of `vss-extension.json`. */
  root: string;
}

export interface Preview {
  /** Where the pages are, without a slash at the end. */
  url: string;
  close: () => Promise<void>;
}

interface Answer {
  status: number;
  /** The ending that a file of this content would have. */
  type: string;
  body: string | Uint8Array;
  /** Whether what is under this address never changes. */
  lasts?: boolean;
  location?: string;
}

/** The page may load nothing from anywhere else, so that no one learns that a form is looked at. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

/**
 * Serves a page for each form of the extension on loopback, under the name of the task or of the service connection's
 * type. The manifests are read anew for each page.
 */
export async function startPreview({ port = 0, root }: PreviewOptions): Promise<Preview> {
  const bundle = await bundledPage();
  const server = createServer((request, response) => {
    send(response, answerOrProblem(new URL(request.url ?? '/', 'http://127.0.0.1'), root, bundle));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerOrProblem(address: URL, root: string, bundle: PageBundle): Answer {
  try {
    return answer(address, root, bundle);
  } catch (error) {
    return { status: 500, type: '.txt', body: (error as Error).message };
  }
}

function answer({ pathname: path, searchParams }: URL, root: string, bundle: PageBundle): Answer {
  const bundled = bundle.files.get(path.slice(1));
  if (bundled) return { status: 200, type: extname(path), body: bundled, lasts: true };
  if (path === '/icon.png') return { status: 200, type: '.png', body: readFileSync(join(root, 'images', 'icon.png')) };
  const manifests = readManifests(root, searchParams.get('language') ?? undefined);
  if (path === '/manifests.json') return { status: 200, type: '.json', body: JSON.stringify(manifests) };
  const forms = [...manifests.tasks, ...manifests.connectionTypes].map(({ name }) => `/${name}`);
  if (path === '/') return { status: 302, type: '.txt', body: '', location: forms[0] ?? '' };
  if (forms.includes(path)) return { status: 200, type: '.html', body: html(bundle) };
  return { status: 404, type: '.txt', body: `There is no ${path} here. There are: ${forms.join(', ')}` };
}

function html({ script, style }: PageBundle): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Preview of the forms</title>
<link rel="icon" href="/icon.png">
<link rel="stylesheet" href="/${style}">
</head>
<body>
<div id="preview"></div>
<script src="/${script}"></script>
</body>
</html>
`;
}

function send(response: ServerResponse, { status, type, body, lasts = false, location }: Answer): void {
  response.writeHead(status, {
    'Content-Type': contentTypes[type],
    'Content-Security-Policy': contentSecurityPolicy,
    'Cache-Control': lasts ? 'max-age=31536000, immutable' : 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(location !== undefined && { Location: location }),
  });
  response.end(body);
}

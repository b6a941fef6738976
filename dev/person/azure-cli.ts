import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** What Azure CLI is signed in as: gives a token for a resource, or undefined where no one is signed in. */
export type Account = (resource: 'graph' | 'azureDevOps') => string | undefined;

/** A program `az` in a folder, for the PATH of another process. */
export interface AzureCli {
  close(): void;
}

/** Milliseconds. */
const life = 3_600_000;

/**
 * Puts a stand-in for Azure CLI into a folder. It knows `account get-access-token` alone, and prints for that what Azure
 * CLI prints. It asks this process for the token, so that none is in a file.
 */
export async function standInForAzureCli(folder: string, account: Account): Promise<AzureCli> {
  const server = createServer((request, response) => {
    const resource = new URL(request.url ?? '/', 'http://localhost').searchParams.get('resource') ?? '';
    const accessToken = account(resource.startsWith('https://graph') ? 'graph' : 'azureDevOps');
    if (accessToken === undefined) {
      response.writeHead(401).end();
      return;
    }
    const end = new Date(Date.now() + life);
    const expires = { expiresOn: end.toISOString(), expires_on: Math.floor(end.getTime() / 1000) };
    const token = { accessToken, ...expires, subscription: '', tenant: '', tokenType: 'Bearer' };
    // The line break ends what the program reads.
    response.end(`${JSON.stringify(token)}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  if (process.platform === 'win32') {
    writeFileSync(join(folder, 'az.cjs'), programOfNode(port));
    writeFileSync(join(folder, 'az.cmd'), `@"${process.execPath}" "%~dp0az.cjs" %*\r\n`);
  } else {
    writeFileSync(join(folder, 'az'), programOfBash(port), { mode: 0o755 });
  }
  return {
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Starts in a twentieth of the time that Node takes, and opens the connection without another program. */
function programOfBash(port: number): string {
  return String.raw`#!/usr/bin/env bash
if [[ "$1 $2" != 'account get-access-token' ]]; then
  echo "ERROR: '$*' is misspelled or not recognized by the system." >&2
  exit 2
fi
shift 2
while (($# > 0)); do
  case $1 in
    --resource) resource=$2 ;;
    --output | --tenant) ;;
    *) echo "ERROR: unrecognized arguments: $*" >&2; exit 2 ;;
  esac
  if (($# < 2)); then
    echo "ERROR: argument $1: expected one argument" >&2
    exit 2
  fi
  shift 2
done
exec 3<>/dev/tcp/127.0.0.1/${port}
printf 'GET /?resource=%s HTTP/1.0\r\n\r\n' "$resource" >&3
read -r _ status _ <&3
if [[ $status != 200 ]]; then
  echo "ERROR: Please run 'az login' to setup account." >&2
  exit 1
fi
while read -r header <&3 && [[ $header != $'\r' ]]; do :; done
read -r token <&3
echo "$token"
`;
}

function programOfNode(port: number): string {
  return `const words = process.argv.slice(2);
const refuse = (problem, code) => {
  console.error('ERROR: ' + problem);
  process.exit(code);
};
if (words.slice(0, 2).join(' ') !== 'account get-access-token') {
  refuse("'" + words.join(' ') + "' is misspelled or not recognized by the system.", 2);
}
let resource = '';
for (let index = 2; index < words.length; index += 2) {
  const [option, value] = words.slice(index);
  if (!['--resource', '--output', '--tenant'].includes(option)) {
    refuse('unrecognized arguments: ' + words.slice(index).join(' '), 2);
  }
  if (value === undefined) refuse('argument ' + option + ': expected one argument', 2);
  if (option === '--resource') resource = value;
}
const ask = require('node:http').get('http://127.0.0.1:${port}/?resource=' + encodeURIComponent(resource));
ask.once('response', async (answer) => {
  let text = '';
  for await (const part of answer.setEncoding('utf8')) text += part;
  if (answer.statusCode !== 200) refuse("Please run 'az login' to setup account.", 1);
  process.stdout.write(text);
});
`;
}

import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Emulator } from '../../emulator';
import { standInForAzureCli } from '../../person';
import { root } from '../folders';

/** What a person needs to set an issuer up in the emulated organization by hand. */
export interface IssuerByHand {
  /** What to type, and what to sign in with, line by line. */
  lines: string[];
  close(): void;
}

/**
 * Puts into a running emulator what `npm run issuer` works with: this extension, an administrator who is signed in to a
 * stand-in for Azure CLI, and a user with a password.
 * @param connections the file that the emulator's connections are written to; the stand-in gets a folder beside it.
 */
export async function offerIssuer(emulator: Emulator, connections: string): Promise<IssuerByHand> {
  emulator.installExtension(JSON.parse(readFileSync(join(root, 'vss-extension.json'), 'utf8')));
  const administrator = emulator.addAdministrator();
  const user = emulator.addUser({ alias: 'pool-user', displayName: 'Pool User' });
  const folder = join(dirname(connections), `az-${new URL(emulator.url).port}`);
  mkdirSync(folder, { recursive: true });
  const azure = await standInForAzureCli(folder, (resource) => emulator.azureCliToken(administrator, resource));
  const place = `--organization ${emulator.organizationUrl} --project ${emulator.state.project.name}`;
  const path = process.platform === 'win32' ? `%PATH%` : '$PATH';
  const set = process.platform === 'win32' ? 'set PATH=' : 'export PATH=';
  return {
    lines: [
      'To set an issuer up here, with a stand-in for Azure CLI whose administrator is signed in:',
      `  ${set}${quoted(`${folder}${delimiter}`)}${path}`,
      `  npm run issuer -- create ${place} --pool Default --user ${user.upn}`,
      `The password of that user, for the sign-in page that opens: ${user.password}`,
    ],
    close() {
      azure.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function quoted(text: string): string {
  return /\s/.test(text) ? JSON.stringify(text) : text;
}

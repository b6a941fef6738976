import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../dev/commands/surroundings/free-port';
import { type Emulator, type Phase, startEmulator } from '../../dev/emulator';
import type { User } from '../../dev/emulator/directory/entities';
import { type AzureCli, standInForAzureCli } from '../../dev/person';
import { bundleIssuerCommand } from '../../scripts/release/issuer-command';
import type { SignIns } from '../../setup/administrator';
import type { Interruption } from '../../setup/interruption';
import { runInProcess } from './in-process';
import { type Ended, FollowedSignIn, Run } from './run';

const root = join(__dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'vss-extension.json'), 'utf8'));

/** How connections of the installed extension can prove their app without a client secret. */
export type Offered = 'federation' | 'identityToken' | 'nothing';

/** The extension as an organization has it that can do no more than this. */
function extensionThatOffers(offered: Offered): typeof manifest {
  const extension = structuredClone(manifest);
  const federation = 'ms.vss-endpoint.endpoint-auth-scheme-workload-identity-federation';
  for (const { type, properties } of extension.contributions) {
    if (type !== 'ms.vss-endpoint.service-endpoint-type') continue;
    const isPlain = (scheme: { type: string }) => scheme.type !== federation;
    const isOther = (field: { id: string }) => field.id !== 'clientAuthentication';
    properties.authenticationSchemes = properties.authenticationSchemes.filter(isPlain);
    properties.inputDescriptors = properties.inputDescriptors.filter(isOther);
    const refreshToken = { id: 'refreshToken', isConfidential: true };
    if (offered === 'federation')
      properties.authenticationSchemes.push({ type: federation, inputDescriptors: [refreshToken] });
    if (offered !== 'nothing')
      properties.inputDescriptors.push({ id: 'clientAuthentication' }, { id: 'refreshTokenStoredOn' });
  }
  return extension;
}

let bundled: Promise<string> | undefined;

/** The command as a release has it: one file, which lasts as long as this process. */
function bundledCommand(): Promise<string> {
  bundled ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'issuer-command-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'issuer.mjs');
    await bundleIssuerCommand(file);
    return file;
  })();
  return bundled;
}

/** An organization without an issuer, its administrator with a stand-in for az, and the user who is to own tokens. */
export class Scene {
  readonly home = mkdtempSync(join(tmpdir(), 'issuer-'));
  readonly user: User;
  readonly administrator: User;
  /** Every secret that left the emulated services or this stand-in. */
  readonly secrets = new Set<string>();
  /** The account that az is signed in with; undefined: az is signed out. */
  account: User | undefined;
  port = 0;
  #azure: AzureCli | undefined;

  private constructor(
    readonly emulator: Emulator,
    readonly program: string,
  ) {
    this.administrator = emulator.addAdministrator();
    this.account = this.administrator;
    this.user = emulator.addUser({ alias: 'pool-user', displayName: 'Pool User' });
  }

  static async open(offered: Offered = 'federation'): Promise<Scene> {
    const scene = new Scene(await startEmulator(), await bundledCommand());
    scene.emulator.onRequest = () => scene.collectSecrets();
    scene.emulator.installExtension(extensionThatOffers(offered));
    scene.emulator.addPipeline('nightly');
    await scene.#openAzure();
    scene.port = await freePort();
    return scene;
  }

  async close(): Promise<void> {
    await this.emulator.close();
    this.#azure?.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  /** The options that every command needs, and those of `create`. */
  arguments(command: string): string[] {
    const { project } = this.emulator.state;
    const place = ['--organization', this.emulator.organizationUrl, '--project', project.name];
    if (command !== 'create') return place;
    return [...place, '--pool', 'Build-Linux', '--user', this.user.upn, '--port', String(this.port)];
  }

  /** Starts the command as a process of its own, in a folder of its own. */
  start(words: string[]): Run {
    const child = spawn(process.execPath, [this.program, ...words], {
      cwd: this.home,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Run(child, this.user);
  }

  /** The same at a terminal, where the command asks and the person says yes. */
  startAtTerminal(words: string[]): Run {
    const line = [process.execPath, this.program, ...words].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['--quiet', '--return', '--flush', '--command', line, '/dev/null'], {
      cwd: this.home,
      env: this.environment,
      stdio: 'pipe',
    });
    return new Run(child, this.user);
  }

  /** Runs the command to its end; the user signs in where it asks for that. */
  run(words: string[]): Promise<Ended> {
    return this.start(words).ended;
  }

  /** The same in this process, where only what the command does matters, and not that it is started as a person would. */
  async runInProcess(words: string[], interruption?: Interruption): Promise<Ended> {
    let output = '';
    const signIn = new FollowedSignIn(this.user);
    const around = { signIns: this.#signIns, ...(interruption && { interruption }) };
    const collect = (text: string) => {
      output += text;
      signIn.follow(output);
    };
    const folder = process.cwd();
    // Where a report is written to.
    process.chdir(this.home);
    try {
      const code = await runInProcess(words, around, collect);
      return { code, output: output + signIn.failure };
    } finally {
      process.chdir(folder);
    }
  }

  get environment(): NodeJS.ProcessEnv {
    return {
      PATH: `${join(this.home, 'bin')}:${process.env.PATH}`,
      HOME: this.home,
      TMPDIR: join(this.home, 'tmp'),
      // The programs that open pages on this machine open none.
      BROWSER: 'true',
    };
  }

  /** Has az signed in with an account, or signed out. */
  signIn(account: User | undefined): void {
    this.account = account;
  }

  /** Operations of the requests that changed something, in order. */
  changes(): string[] {
    return this.emulator.requests
      .filter(({ method, operation }) => !['GET', 'OPTIONS'].includes(method) && operation !== 'entra.token')
      .map(({ operation }) => operation ?? 'unknown');
  }

  /** How many client secrets of a sign-in are left in the tenant. */
  temporarySecrets(): number {
    const all = this.emulator.state.applications.flatMap(({ passwords = [] }) => passwords);
    return all.filter(({ displayName }) => displayName?.includes('temporary')).length;
  }

  permittedPipelines(endpointId: string): number[] {
    return [...(this.emulator.state.collection.endpoints.all.find(({ id }) => id === endpointId)?.pipelines ?? [])];
  }

  /** Does something once at a moment of the first request of an operation; at nothing any more without one. */
  at(operation: string | undefined, phase?: Phase, act?: () => void | Promise<void>): void {
    let done = false;
    this.emulator.onRequest = async (record, reached) => {
      this.collectSecrets();
      if (done || record.operation !== operation || reached !== phase) return;
      done = true;
      await act?.();
    };
  }

  /** Of an app, how many client secrets it has. */
  secretsOfApp(clientId: string): number {
    const app = this.emulator.state.applications.find((each) => each.clientId === clientId);
    return (app?.passwords?.length ?? 0) + (app?.clientSecret ? 1 : 0);
  }

  /** Notes every secret that there is at this moment; some live for a second only. */
  collectSecrets(): void {
    const { applications, refreshTokens, pats, directory } = this.emulator.state;
    const all = [
      ...applications.flatMap(({ passwords = [] }) => passwords.map(({ secretText }) => secretText)),
      ...refreshTokens.map(({ value }) => value),
      ...pats.map(({ token }) => token),
      ...directory.signIns.codes.map(({ value }) => value),
      this.user.password ?? '',
    ];
    for (const secret of all.filter((text) => text.length > 8)) this.secrets.add(secret);
  }

  /** What of the secrets stands in a text. */
  leakedIn(text: string): string[] {
    return [...this.secrets].filter((secret) => text.includes(secret)).map((secret) => `${secret.slice(0, 6)}…`);
  }

  /** Everything that lies in the home of the command now. */
  disk(): string {
    const files = readdirSync(this.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')).join('\n');
  }

  /** As Azure CLI has the administrator signed in. */
  get #signIns(): SignIns {
    const getToken = async (scope: string | string[]) => {
      const token = this.#tokenFor(String(scope).startsWith('https://graph') ? 'graph' : 'azureDevOps');
      if (token === undefined) throw new Error('No one is signed in.');
      return { token, expiresOnTimestamp: Date.now() + 3_600_000 };
    };
    return { programs: { getToken }, browser: { getToken: () => Promise.reject(new Error('There is no browser.')) } };
  }

  #tokenFor(resource: 'graph' | 'azureDevOps'): string | undefined {
    if (!this.account) return undefined;
    const token = this.emulator.azureCliToken(this.account, resource);
    this.secrets.add(token);
    return token;
  }

  async #openAzure(): Promise<void> {
    for (const folder of ['bin', 'tmp']) mkdirSync(join(this.home, folder));
    // Opens no page, without the dozen processes that the real one starts to find out how.
    writeFileSync(join(this.home, 'bin', 'xdg-open'), '#!/bin/sh\n', { mode: 0o755 });
    this.#azure = await standInForAzureCli(join(this.home, 'bin'), (resource) => this.#tokenFor(resource));
  }
}

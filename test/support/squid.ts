import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../dev/commands/surroundings/free-port';
import { answering, type Internet, RealProxy } from './proxy';
import { requireProgram } from './strangers';

/** Where Debian puts it, which is not on the path of every user. */
const binary = '/usr/sbin/squid';

/** Another real proxy on loopback, which knows two users: one may reach every host, the other none. */
export class Squid {
  static readonly powerless = 'other-agent';

  readonly name: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, process: ChildProcess, folder: string) {
    this.name = `127.0.0.1:${port}`;
    this.#process = process;
    this.#folder = folder;
  }

  static async start(internet: Internet): Promise<Squid> {
    requireProgram('squid');
    const port = await freePort();
    // Started by root it goes on as a user of its own, who has to be able to enter.
    const folder = mkdtempSync(join(tmpdir(), 'squid-'));
    execFileSync('chmod', ['755', folder]);
    const passwords = join(folder, 'passwords');
    const hash = execFileSync('openssl', ['passwd', '-apr1', RealProxy.password], { encoding: 'utf8' }).trim();
    writeFileSync(passwords, `${RealProxy.username}:${hash}\n${Squid.powerless}:${hash}\n`);
    const settings = [
      `http_port 127.0.0.1:${port}`,
      `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${passwords}`,
      'auth_param basic children 1 startup=1',
      'auth_param basic realm Contoso',
      'acl known proxy_auth REQUIRED',
      `acl powerless proxy_auth ${Squid.powerless}`,
      'http_access deny !known',
      // Without `all` it would ask for other credentials instead.
      'http_access deny powerless all',
      'http_access allow known',
      `cache_peer 127.0.0.1 parent ${internet.port} 0 no-query no-digest no-netdb-exchange default`,
      'never_direct allow all',
      'cache deny all',
      'access_log none',
      'cache_log /dev/null',
      'pid_filename none',
      `coredump_dir ${folder}`,
    ];
    const file = join(folder, 'squid.conf');
    writeFileSync(file, `${settings.join('\n')}\n`);
    const squid = new Squid(port, spawn(binary, ['-N', '-f', file], { stdio: 'ignore' }), folder);
    await answering(port);
    return squid;
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

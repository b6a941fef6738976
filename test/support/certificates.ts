import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireProgram } from './strangers';

/** A certificate and its key, as texts. */
export interface KeyPair {
  key: string;
  cert: string;
}

/** The hosts that a job talks to. */
export const serviceHosts = ['dev.azure.com', 'vssps.dev.azure.com', 'login.microsoftonline.com'];

/** A certificate authority of its own, which no client trusts unless a setting says so. Made by openssl. */
export class Authority {
  readonly #folder = mkdtempSync(join(tmpdir(), 'authority-'));
  /** Its certificate. */
  readonly file = join(this.#folder, 'ca.pem');
  readonly name: string;
  #issued = 0;

  constructor(name = 'Contoso Network Authority') {
    this.name = name;
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', [
      ...['-subj', `/O=Contoso/CN=${name}`, '-keyout', join(this.#folder, 'ca.key'), '-out', this.file],
    ]);
  }

  get cert(): string {
    return readFileSync(this.file, 'utf8');
  }

  /** A certificate for these hosts. */
  issue(hosts: readonly string[], { days = 30 } = {}): KeyPair {
    const files = this.issueFiles(hosts, { days });
    return { key: readFileSync(files.key, 'utf8'), cert: readFileSync(files.cert, 'utf8') };
  }

  /** The same as files; with a pass phrase the key is encrypted, and there is an archive of both. */
  issueFiles(
    hosts: readonly string[],
    { days = 30, passphrase, key: kind = 'ec' }: { days?: number; passphrase?: string; key?: string } = {},
  ): { key: string; cert: string; archive: string } {
    const file = (kind: string) => join(this.#folder, `${this.#issued}.${kind}`);
    this.#issued++;
    const [key, request, cert, extensions, archive] = [
      file('key'),
      file('csr'),
      file('pem'),
      file('ext'),
      file('pfx'),
    ] as const;
    const names = hosts.map((host) => (/^[\d.]+$|:/.test(host) ? `IP:${host}` : `DNS:${host}`));
    writeFileSync(extensions, `subjectAltName=${names.join(',')}\n`);
    openssl('req', '-newkey', kind, ...(kind === 'ec' ? ['-pkeyopt', 'ec_paramgen_curve:P-256'] : []), [
      ...(passphrase === undefined ? ['-nodes'] : ['-passout', `pass:${passphrase}`]),
      ...['-subj', `/O=Contoso/CN=${hosts[0]}`, '-keyout', key, '-out', request],
    ]);
    openssl('x509', '-req', '-in', request, '-CA', this.file, '-CAkey', join(this.#folder, 'ca.key'), [
      ...['-CAcreateserial', '-days', String(days), '-extfile', extensions, '-out', cert],
    ]);
    if (passphrase !== undefined) {
      const pass = `pass:${passphrase}`;
      openssl('pkcs12', '-export', '-in', cert, '-inkey', key, '-passin', pass, '-passout', pass, ['-out', archive]);
    }
    return { key, cert, archive };
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function openssl(...parts: (string | string[])[]): void {
  requireProgram('openssl');
  execFileSync('openssl', parts.flat(), { stdio: ['ignore', 'ignore', 'pipe'] });
}

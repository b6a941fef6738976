import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import tls = require('node:tls');

import sinon from 'sinon';
import { TaskError } from '../../../../src/errors';
import { secureContext } from '../../../../src/http/transport/certificate-files';
import { Authority } from '../../../support/certificates';

const passphrase = 'KeyPhraseThatNobodySees';
const wrongPhrase = 'AnotherPhraseThatNobodySees';

const folder = mkdtempSync(join(tmpdir(), 'certificate-files-'));
const authority = new Authority();
const client = authority.issueFiles(['agent.contoso.example'], { passphrase });
const other = authority.issueFiles(['other.contoso.example']);
const weak = authority.issueFiles(['weak.contoso.example'], { key: 'rsa:512' });

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function archive(name: string, { key, cert }: { key: string; cert: string }, ...options: string[]): string {
  const path = join(folder, name);
  const pass = `pass:${passphrase}`;
  const all = ['-in', cert, '-inkey', key, '-passin', pass, '-passout', pass, '-out', path, ...options];
  execFileSync('openssl', ['pkcs12', '-export', ...all]);
  return path;
}

describe('certificate files', () => {
  const absent = join(folder, 'absent.pem');
  const empty = file('empty.pem', ' \n');
  const text = file('text.pem', 'This is no certificate.');
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const certFile = client.cert;

  after(() => {
    authority.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('may be none', () => assert.equal(secureContext({}), undefined));

  for (const [what, named] of [
    ['an authority', { caFile: authority.file }],
    [
      'several authorities, with words between',
      { caFile: file('two.pem', `Ours\n${authority.cert}\n${authority.cert}`) },
    ],
    ['a certificate and its key', { certFile: other.cert, keyFile: other.key }],
    ['a certificate and its key, which has a pass phrase', { certFile, keyFile: client.key, passphrase }],
    ['a key without one beside a pass phrase', { certFile: other.cert, keyFile: other.key, passphrase }],
    ['an archive', { certFile, archiveFile: client.archive, passphrase }],
    ['an archive that is not looked at beside a key', { certFile: other.cert, keyFile: other.key, archiveFile: text }],
  ] as const) {
    it(`may be ${what}`, () => assert.ok(secureContext(named)));
  }

  it('of authorities count beside those that Node knows', () => {
    const create = sinon.spy(tls, 'createSecureContext');
    try {
      secureContext({ caFile: authority.file });
      const { ca } = create.firstCall.args[0] as { ca: string[] };
      assert.deepEqual(ca.slice(0, -1), tls.rootCertificates);
      assert.equal(ca.at(-1), authority.cert.trim());
    } finally {
      create.restore();
    }
  });

  for (const [what, named, says] of [
    [
      'an authority that is not there',
      { caFile: absent },
      `"${absent}", named by Agent.CAInfo, cannot be read (ENOENT)`,
    ],
    ['an authority that is a folder', { caFile: folder }, '(EISDIR)'],
    ['an empty authority', { caFile: empty }, 'is empty'],
    ['an authority that is no PEM', { caFile: text }, 'holds no certificate in the PEM format'],
    [
      'one broken authority among others',
      { caFile: file('half-broken.pem', authority.cert + broken) },
      'its certificate 2 is broken',
    ],
    ['a client certificate that is not there', { certFile: absent, keyFile: client.key }, 'named by Agent.ClientCert,'],
    ['a client certificate that is no PEM', { certFile: client.key, keyFile: client.key }, 'holds no certificate'],
    ['a client certificate alone', { certFile }, 'neither Agent.ClientCertKey nor Agent.ClientCertArchive names'],
    ['a key that is not there', { certFile, keyFile: absent }, 'named by Agent.ClientCertKey, cannot be read (ENOENT)'],
    ['an empty key', { certFile, keyFile: empty }, 'named by Agent.ClientCertKey, is empty'],
    ['a key that is no PEM', { certFile, keyFile: certFile }, 'holds no private key in the PEM format'],
    [
      'a key of another certificate',
      { certFile, keyFile: other.key },
      'the key of the certificate in Agent.ClientCert',
    ],
    [
      'a key that is too short',
      { certFile: weak.cert, keyFile: weak.key },
      'cannot be used (ERR_SSL_EE_KEY_TOO_SMALL)',
    ],
    [
      'a key with another pass phrase',
      { certFile, keyFile: client.key, passphrase: wrongPhrase },
      'with the pass phrase of this agent',
    ],
    ['a key without its pass phrase', { certFile, keyFile: client.key }, 'without a pass phrase'],
    ['an archive that is not there', { certFile, archiveFile: absent }, 'named by Agent.ClientCertArchive, cannot be'],
    ['an empty archive', { certFile, archiveFile: empty }, 'is empty'],
    ['an archive that is none', { certFile, archiveFile: text, passphrase }, 'cannot be used as a PKCS#12 archive'],
    [
      'an archive with another pass phrase',
      { certFile, archiveFile: client.archive, passphrase: wrongPhrase },
      'with the pass phrase of this agent',
    ],
    ['an archive without its pass phrase', { certFile, archiveFile: client.archive }, 'without a pass phrase'],
    [
      'an archive of a weak key',
      { certFile, archiveFile: archive('weak.pfx', weak), passphrase },
      'archive (ee key too small)',
    ],
    [
      'an archive of old',
      { certFile, archiveFile: archive('old.pfx', client, '-legacy'), passphrase },
      'no longer supports',
    ],
  ] as const) {
    it(`may not be ${what}`, () => {
      assert.throws(
        () => secureContext(named),
        (error) => {
          assert.ok(error instanceof TaskError);
          assert.equal(error.code, 'network');
          assert.ok(error.message.includes(says), error.message);
          for (const phrase of [passphrase, wrongPhrase]) assert.ok(!error.message.includes(phrase));
          return true;
        },
      );
    });
  }
});

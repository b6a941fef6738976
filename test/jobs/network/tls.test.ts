import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Authority } from '../../support/certificates';
import { assertRefused } from '../../support/expect';
import { fastTime } from '../../support/fast-time';
import { type Outcome, runTask } from '../../support/job';

const loopback = ['127.0.0.1', 'localhost'];

describe('a service whose certificate a private authority signed', function () {
  this.timeout(300_000);
  let authority: Authority;
  const trusting = () => ({ options: { variables: { 'Agent.CAInfo': authority.file } } });

  before(() => {
    authority = new Authority();
  });

  after(() => authority.dispose());

  function assertMinted({ job, main, post, made, activeAfterJob }: Outcome): void {
    assert.equal(job.result, 'Succeeded', main.message ?? post.message);
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterJob, []);
  }

  it('is talked to if the agent knows the authority', async () => {
    const outcome = await runTask(trusting(), { tls: authority.issue(loopback) });
    assertMinted(outcome);
    assert.deepEqual([...outcome.main.issues, ...outcome.post.issues], []);
  });

  it('gets no request if the agent does not trust it, and the message names the issuer and the setting', async () => {
    const outcome = await runTask({}, { tls: authority.issue(loopback) });
    assertRefused(
      outcome,
      'network',
      'subject "O=Contoso, CN=127.0.0.1"',
      `issuer "O=Contoso, CN=${authority.name}"`,
      '(UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
      '--sslcacert',
      'Agent.CAInfo',
    );
    assert.ok(!outcome.main.message?.includes('tries'), 'a certificate does not become better by waiting');
    assert.deepEqual(outcome.requests, []);
  });

  it('gets no request if its certificate has expired, and the message says since when', async () => {
    const outcome = await runTask(trusting(), { tls: authority.issue(loopback, { days: -1 }) });
    assertRefused(
      outcome,
      'network',
      'subject "O=Contoso, CN=127.0.0.1"',
      `issuer "O=Contoso, CN=${authority.name}"`,
      /which expired on \w+ .* GMT \(CERT_HAS_EXPIRED\)/,
      'clock',
      '--sslskipcertvalidation',
    );
    assert.deepEqual(outcome.requests, []);
  });

  it('gets no request if its certificate is for another host, and the message says for which', async () => {
    const outcome = await runTask(trusting(), { tls: authority.issue(['portal.contoso.example']) });
    assertRefused(
      outcome,
      'network',
      'subject "O=Contoso, CN=portal.contoso.example"',
      `issuer "O=Contoso, CN=${authority.name}"`,
      'for other hosts: "portal.contoso.example" (ERR_TLS_CERT_ALTNAME_INVALID)',
      '--sslskipcertvalidation',
    );
    assert.deepEqual(outcome.requests, []);
  });

  it('is talked to, expired and for another host, if the agent skips the check, with a warning', async () => {
    const tls = authority.issue(['portal.contoso.example'], { days: -1 });
    const outcome = await runTask({ options: { variables: { 'Agent.SkipCertValidation': 'True' } } }, { tls });
    assertMinted(outcome);
    for (const { issues } of [outcome.main, outcome.post]) {
      assert.deepEqual(
        issues.map(({ type, message }) => `${type} ${/certificate/i.test(message)}`),
        ['warning true'],
      );
    }
  });

  it('is not talked to because NODE_TLS_REJECT_UNAUTHORIZED says so, and each variable of the pipeline is named', async () => {
    const variables = {
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      HTTPS_PROXY: 'http://127.0.0.1:9',
      'no.proxy': 'dev.azure.com',
      AGENT_SKIPCERTVALIDATION: 'false',
    };
    const outcome = await runTask({ options: { variables } }, { tls: authority.issue(loopback) });
    assertRefused(outcome, 'network', '(UNABLE_TO_VERIFY_LEAF_SIGNATURE)');
    assert.deepEqual(outcome.requests, []);
    const [ignored, named] = outcome.main.issues.map(({ message }) => message);
    assert.match(ignored ?? '', /^NODE_TLS_REJECT_UNAUTHORIZED is ignored: this step checks every certificate/);
    const names = 'AGENT_SKIPCERTVALIDATION, HTTPS_PROXY, NODE_TLS_REJECT_UNAUTHORIZED, no.proxy';
    assert.ok(named?.startsWith(`${names} come from variables of this pipeline and not from the agent`), named);
    assert.doesNotMatch(outcome.main.log.join('\n'), /makes TLS connections .* insecure/, 'Node says what is not so');
  });

  it('is talked to where NODE_EXTRA_CA_CERTS names the authority, beside one that the agent knows', async () => {
    const other = new Authority();
    try {
      const outcome = await runTask(
        {
          options: {
            variables: { 'Agent.CAInfo': other.file },
            processEnvironment: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: authority.file },
          },
        },
        { tls: authority.issue(loopback) },
      );
      assertMinted(outcome);
      assert.deepEqual([...outcome.main.issues, ...outcome.post.issues], [], 'the environment of the agent is its own');
    } finally {
      other.dispose();
    }
  });

  it('is talked to where a variable of the pipeline names the authority, which main and post warn of', async () => {
    const variables = { NODE_EXTRA_CA_CERTS: authority.file };
    const outcome = await runTask({ options: { variables } }, { tls: authority.issue(loopback) });
    assertMinted(outcome);
    for (const { issues } of [outcome.main, outcome.post]) {
      assert.deepEqual(
        issues.map(({ message }) => /^NODE_EXTRA_CA_CERTS comes from a variable of this pipeline/.test(message)),
        [true],
      );
    }
  });

  describe('and that asks for a client certificate', () => {
    const passphrase = 'KeyPhraseThatNobodySees';
    const clientTls = (): ServerOptions & { key: string; cert: string } => ({
      ...authority.issue(loopback),
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
    });
    let client: { key: string; cert: string; archive: string };

    before(() => {
      client = authority.issueFiles(['agent.contoso.example'], { passphrase });
    });

    const withClient = (variables: Record<string, string>, phrase = passphrase) => ({
      options: {
        variables: { 'Agent.CAInfo': authority.file, 'Agent.ClientCert': client.cert, ...variables },
        secretVariables: { 'Agent.ClientCertPassword': phrase },
      },
    });

    it('is talked to with certificate, key and pass phrase of the agent', async () => {
      assertMinted(await runTask(withClient({ 'Agent.ClientCertKey': client.key }), { tls: clientTls() }));
    });

    it('is talked to with the archive of the agent where there is no key', async () => {
      assertMinted(await runTask(withClient({ 'Agent.ClientCertArchive': client.archive }), { tls: clientTls() }));
    });

    it('gets no request without one, and the message names the setting', async () => {
      const outcome = await runTask(trusting(), { tls: clientTls() });
      assertRefused(outcome, 'network', '--sslclientcert', '--sslclientcertkey');
      assert.deepEqual(outcome.requests, []);
    });

    it('gets no request with a wrong pass phrase, and the message names the setting', async () => {
      const run = withClient({ 'Agent.ClientCertKey': client.key }, 'AnotherPhraseOfNobody');
      const outcome = await runTask(run, { tls: clientTls() });
      assertRefused(outcome, 'network', '--sslclientcertpassword');
      assert.deepEqual(outcome.requests, []);
    });
  });
});

describe('a redirect', function () {
  this.timeout(300_000);

  // Each status is tried with the transport, in test/unit/http, and how a step ends then is in test/tables.
  it('with 307 in answer to pats.create is not followed', async () => {
    const received: (string | undefined)[] = [];
    const other = createServer((request: IncomingMessage, response: ServerResponse) => {
      received.push(request.url);
      response.end('{}');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const headers = { Location: `http://127.0.0.1:${(other.address() as AddressInfo).port}/elsewhere` };
      const outcome = await runTask({
        faults: [{ operation: 'pats.create', times: 20, answer: { status: 307, headers } }],
        options: { processEnvironment: fastTime() },
      });
      assert.equal(outcome.main.result, 'Failed');
      assert.deepEqual(received, []);
      assert.deepEqual(outcome.activeAfterJob, []);
    } finally {
      other.close();
    }
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertFails } from '../../support/expect';
import { issuerConnection, runTask } from '../../support/job';

/**
 * Loses every connection as Node loses some: its request ends without any event, and no deadline holds the process up.
 * A main of AgentPoolToken is spared unless its step says otherwise, so that post has something to do.
 */
const lostConnections = `
  const isSpared = /[/]AgentPoolToken_.*main\\.js$/.test(process.argv[1] ?? "") && process.env.LOSE !== "main";
  if (!isSpared) {
    const { EventEmitter } = require('node:events');
    const http = require('node:http');
    const lost = () => Object.assign(new EventEmitter(), { end() {}, destroy() {} });
    http.request = lost;
    http.Agent.prototype.createConnection = lost;
    const realSetTimeout = globalThis.setTimeout;
    globalThis.setTimeout = (...parts) => realSetTimeout(...parts).unref();
  }
`;

describe('a process that waits for nothing any more, although its work is not done', function () {
  this.timeout(120_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'drained-'));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('fails its step: main, post, sweep, wait and renewal', async () => {
    const program = join(folder, 'lost.cjs');
    writeFileSync(program, lostConnections);
    const issuer = { issuer: issuerConnection };
    const waiting = { pool: 'Default', count: '1', since: 'any', token: '$(USER_TOKEN)' };
    const { job, made } = await runTask({
      stepsAfter: [
        { task: 'AgentPoolToken@1', name: 'lost', inputs: issuer, env: { LOSE: 'main' } },
        { task: 'RevokeAgentPoolTokens@1', inputs: issuer },
        { task: 'WaitForAgents@1', inputs: waiting },
        { task: 'RenewAgentPoolTokenIssuer@1', inputs: { ...issuer, writer: 'job' } },
      ].map((step) => ({ ...step, condition: 'always()' })),
      options: { processEnvironment: { PATH: process.env.PATH, NODE_OPTIONS: `--require=${program}` } },
    });
    assert.equal(made.length, 1);
    const [first, ...lost] = job.stages;
    assert.equal(first?.result, 'Succeeded', first?.message);
    assert.deepEqual(
      lost.map(({ name, stage }) => `${name} ${stage}`),
      [
        'lost main',
        'RevokeAgentPoolTokens main',
        'WaitForAgents main',
        'RenewAgentPoolTokenIssuer main',
        'lost post',
        'mint post',
      ],
    );
    for (const stage of lost) assertFails(stage, 'network', /^This step ended before its work was done/);
  });
});

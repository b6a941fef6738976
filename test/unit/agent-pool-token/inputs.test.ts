import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type LendInputs,
  type MintInputs,
  readLendInputs,
  readMintInputs,
  readOnRevokeFailure,
} from '../../../src/agent-pool-token/inputs';
import { messageOf, Problems, TaskError } from '../../../src/errors';
import { readSweepInputs, type SweepInputs } from '../../../src/revoke-agent-pool-tokens/inputs';
import { readUserInputs } from '../../../src/sign-in/connections';
import { noted } from '../../support/problems';
import { adasToken, FakePipeline, idOf } from '../../support/world';

function stepWith(inputs: Record<string, string>): FakePipeline {
  const pipeline = new FakePipeline();
  pipeline.inputs = inputs;
  return pipeline;
}

function readMint(inputs: Record<string, string>): { read: MintInputs; problems: string } {
  const problems = new Problems();
  const read = readMintInputs(stepWith(inputs), problems);
  return { read, problems: noted(problems) };
}

describe('inputs: what is asked for', () => {
  it('has the documented defaults', () => {
    assert.deepEqual(readMint({}), {
      read: { scope: 'agentPool', pool: '', lifetimeMinutes: 60, variable: 'AGENT_POOL_TOKEN', revokeAfterJob: true },
      problems: '',
    });
  });

  it('reads every input, trimmed', () => {
    const { read, problems } = readMint({
      connectionType: ' issuer ',
      organizationUrl: ' https://dev.azure.com/fabrikam ',
      scope: ' agentPool ',
      pool: ' Linux Pool ',
      lifetimeMinutes: ' 15 ',
      variable: ' My.Token_1 ',
      revokeAfterJob: ' FALSE ',
      onRevokeFailure: ' fail ',
    });
    assert.equal(problems, '');
    assert.equal(read.organization?.name, 'fabrikam');
    assert.deepEqual(
      { ...read, organization: undefined },
      {
        scope: 'agentPool',
        pool: 'Linux Pool',
        lifetimeMinutes: 15,
        variable: 'My.Token_1',
        revokeAfterJob: false,
        organization: undefined,
      },
    );
  });

  for (const scope of ['deploymentGroup', 'environment'] as const) {
    it(`reads scope ${scope}, to which no pool belongs`, () => {
      assert.equal(readMint({ scope }).read.scope, scope);
      assert.equal(readMint({ scope }).problems, '');
      assert.match(readMint({ scope, pool: 'Linux' }).problems, /pool is set but has no effect/);
    });
  }

  for (const [input, value] of [
    ['scope', 'everything'],
    ['scope', 'vso.agentpools_manage'],
    ['lifetimeMinutes', '4'],
    ['lifetimeMinutes', '1441'],
    ['lifetimeMinutes', '0060'],
    ['lifetimeMinutes', '60.0'],
    ['lifetimeMinutes', '6e1'],
    ['lifetimeMinutes', '-60'],
    ['lifetimeMinutes', '٦٠'],
    ['lifetimeMinutes', 'an hour'],
    ['revokeAfterJob', 'yes'],
    ['revokeAfterJob', '1'],
    ['onRevokeFailure', 'ignore'],
    ['pool', 'a\nb'],
    ['pool', 'x'.repeat(257)],
    ['variable', '1st'],
    ['variable', 'with space'],
    ['variable', 'with-dash'],
    ['variable', 'a'.repeat(129)],
    ['organizationUrl', 'nonsense'],
    ['scope', '$(scope)'],
    ['pool', '$(pool)'],
    ['lifetimeMinutes', '$(minutes)'],
    ['variable', '$(name)'],
    ['revokeAfterJob', '$(revoke)'],
    ['onRevokeFailure', '$(mode)'],
    ['organizationUrl', '$(url)'],
    ['organizationUrl', 'https://dev.azure.com/$(org)'],
  ] as const) {
    it(`refuses ${input} = ${JSON.stringify(value.slice(0, 40))}, and names the input`, () => {
      const { problems } = readMint({ [input]: value });
      assert.match(
        problems,
        input === 'organizationUrl' && !value.includes('$') ? /organization URL/ : new RegExp(input),
      );
      assert.match(problems, /\(input-invalid\)$/);
    });
  }

  it('takes the ends of the lifetime and of the name of a pool', () => {
    for (const lifetimeMinutes of ['5', '1440']) {
      assert.equal(readMint({ lifetimeMinutes }).read.lifetimeMinutes, Number(lifetimeMinutes));
      assert.equal(readMint({ lifetimeMinutes }).problems, '');
    }
    assert.equal(readMint({ pool: 'x'.repeat(256) }).problems, '');
    assert.equal(readMint({ variable: 'a'.repeat(128) }).problems, '');
  });

  for (const variable of [
    'tokenId',
    'TOKENID',
    'expiresOn',
    'tokenKind',
    'PATH',
    'Path',
    'agent.name',
    'Agent.Token',
    'BUILD.x',
    'release.x',
    'System.AccessToken',
    'secret',
    'SECRET_X',
    'EndpointUrl',
    'INPUT_X',
    'secureFilePath',
  ]) {
    it(`does not publish the token as ${variable}`, () => assert.match(readMint({ variable }).problems, /uses itself/));
  }

  for (const variable of ['AGENT_POOL_TOKEN', 'agentToken', 'agent', 'System', '_', 'token.Id', 'PATHS', 'mySecret']) {
    it(`publishes the token as ${variable}`, () => assert.equal(readMint({ variable }).problems, ''));
  }

  it('refuses what would have no effect with this kind of connection', () => {
    assert.match(
      readMint({ connectionType: 'issuer', accessToken: 'abc' }).problems,
      /accessToken is set but has no effect/,
    );
    assert.match(readMint({ connectionType: 'accessToken', issuer: 'x' }).problems, /issuer is set but has no effect/);
    assert.match(readMint({ accessToken: 'abc' }).problems, /accessToken is set but has no effect/);
  });

  it('tells every problem at once', () => {
    const { problems } = readMint({
      scope: 'x',
      lifetimeMinutes: 'x',
      variable: '-',
      revokeAfterJob: 'x',
      pool: '$(p)',
    });
    for (const name of ['scope', 'lifetimeMinutes', 'variable', 'revokeAfterJob', 'pool']) {
      assert.match(problems, new RegExp(name));
    }
    assert.match(problems, /There are 5 problems/);
  });
});

describe('inputs: what a sweep is told', () => {
  function readSweep(inputs: Record<string, string>): { read: SweepInputs; problems: string } {
    const problems = new Problems();
    const read = readSweepInputs(stepWith(inputs), problems);
    return { read, problems: noted(problems) };
  }

  it('has the documented defaults', () => {
    assert.deepEqual(readSweep({}), { read: { olderThanMinutes: 120, dryRun: false }, problems: '' });
  });

  it('reads every input, trimmed', () => {
    const organizationUrl = ' https://dev.azure.com/fabrikam ';
    const { read, problems } = readSweep({
      connectionType: ' issuer ',
      revoke: ' leftovers ',
      olderThanMinutes: ' 0 ',
      dryRun: ' TRUE ',
      organizationUrl,
    });
    assert.equal(problems, '');
    assert.deepEqual(
      { ...read, organization: read.organization?.name },
      {
        olderThanMinutes: 0,
        dryRun: true,
        organization: 'fabrikam',
      },
    );
  });

  for (const [what, tokenIds, numbers] of [
    ['one', idOf(1), [1]],
    ['several, separated by whatever separates', ` ,${idOf(1)},, ${idOf(2)}\n\t${idOf(3)}\r\n`, [1, 2, 3]],
    ['each once', [idOf(1), idOf(2), idOf(1)].join(), [1, 2]],
  ] as const) {
    it(`reads ids: ${what}`, () => {
      const { read, problems } = readSweep({ revoke: 'tokenIds', tokenIds });
      assert.equal(problems, '');
      assert.deepEqual(read.tokenIds, numbers.map(idOf));
    });
  }

  it('reads ids in lower case', () => {
    const tokenIds = 'ABCDEFab-0000-4000-8000-00000000000F';
    assert.deepEqual(readSweep({ revoke: 'tokenIds', tokenIds }).read.tokenIds, [tokenIds.toLowerCase()]);
  });

  for (const [what, inputs, told] of [
    ['an unknown way', { revoke: 'all' }, /revoke "all" is neither leftovers nor tokenIds/],
    ['another case', { revoke: 'Leftovers' }, /revoke "Leftovers"/],
    ['a macro', { revoke: '$(x)' }, /revoke is still/],
    ['no ids', { revoke: 'tokenIds' }, /tokenIds names no token/],
    ['nothing but commas', { revoke: 'tokenIds', tokenIds: ' , ,' }, /tokenIds names no token/],
    ['half an id', { revoke: 'tokenIds', tokenIds: idOf(1).slice(1) }, /tokenIds names "0000000-/],
    ['more than an id', { revoke: 'tokenIds', tokenIds: `${idOf(1)}0` }, /tokenIds names "00000000-/],
    ['an id in braces', { revoke: 'tokenIds', tokenIds: `{${idOf(1)}}` }, /tokenIds names "{00000000-/],
    ['a name', { revoke: 'tokenIds', tokenIds: 'agent-pool-token' }, /tokenIds names "agent-pool-token"/],
    ['a wildcard', { revoke: 'tokenIds', tokenIds: '*' }, /tokenIds names "\*"/],
    ['a macro among ids', { revoke: 'tokenIds', tokenIds: `${idOf(1)},$(x)` }, /tokenIds is still/],
    ['ids with leftovers', { tokenIds: idOf(1) }, /tokenIds is set but has no effect where revoke is leftovers/],
    [
      'an age with ids',
      { revoke: 'tokenIds', tokenIds: idOf(1), olderThanMinutes: '60' },
      /olderThanMinutes is set but has no effect where revoke is tokenIds/,
    ],
    ['a negative age', { olderThanMinutes: '-1' }, /olderThanMinutes "-1" is not a whole number/],
    ['a fraction', { olderThanMinutes: '1.5' }, /olderThanMinutes "1.5"/],
    ['an exponent', { olderThanMinutes: '1e3' }, /olderThanMinutes "1e3"/],
    ['an endless age', { olderThanMinutes: '1234567' }, /olderThanMinutes "1234567"/],
    ['neither', { dryRun: 'yes' }, /dryRun "yes" is neither true nor false/],
    ['another organization', { organizationUrl: 'nonsense' }, /organization URL/],
    ['another credential', { accessToken: 'x' }, /accessToken is set but has no effect/],
    ['an application', { azureSubscription: 'x' }, /azureSubscription is set but has no effect/],
  ] as [string, Record<string, string>, RegExp][]) {
    it(`refuses ${what}`, () => {
      const { problems } = readSweep(inputs);
      assert.match(problems, told);
      assert.match(problems, /\(input-invalid\)$/);
    });
  }

  it('tells every problem at once, safe to print', () => {
    const { problems } = readSweep({
      revoke: 'tokenIds',
      tokenIds: '##vso[task.complete],x',
      olderThanMinutes: '-',
      dryRun: '?',
    });
    assert.match(problems, /There are 5 problems/);
    assert.doesNotMatch(problems, /##/);
  });

  it('names no token that was not written, whatever was written', () => {
    const part = fc.oneof(
      fc.nat({ max: 20 }).map(idOf),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(',', '\n', ' '),
    );
    const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (tokenIds) => {
        const { read, problems } = readSweep({ revoke: 'tokenIds', tokenIds });
        assert.doesNotMatch(problems, /##\s*(vso)?\[|[\r\n]/i);
        if (problems !== '') return;
        assert.ok(read.tokenIds && read.tokenIds.length > 0, 'no ids would mean every leftover');
        assert.equal(new Set(read.tokenIds).size, read.tokenIds.length);
        for (const id of read.tokenIds) assert.ok(tokenIds.toLowerCase().includes(id), id);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('inputs: what is asked of the token of an application', () => {
  function readLend(inputs: Record<string, string>): { read: LendInputs; problems: string } {
    const problems = new Problems();
    const read = readLendInputs(stepWith({ connectionType: 'azureRM', azureSubscription: 'x', ...inputs }), problems);
    return { read, problems: noted(problems) };
  }

  it('has the documented defaults', () => {
    assert.deepEqual(readLend({}), { read: { pool: '', variable: 'AGENT_POOL_TOKEN' }, problems: '' });
  });

  it('reads a pool and a variable', () => {
    assert.deepEqual(readLend({ pool: ' Linux ', variable: ' T ' }), {
      read: { pool: 'Linux', variable: 'T' },
      problems: '',
    });
  });

  it('takes the defaults of what such a token does not have, as the form sends them', () => {
    const defaults = { scope: 'agentPool', lifetimeMinutes: '60', revokeAfterJob: 'True', onRevokeFailure: 'warn' };
    assert.equal(readLend(defaults).problems, '');
  });

  for (const [input, value] of [
    ['scope', 'environment'],
    ['scope', '$(scope)'],
    ['lifetimeMinutes', '5'],
    ['lifetimeMinutes', '1440'],
    ['revokeAfterJob', 'false'],
    ['onRevokeFailure', 'fail'],
  ] as const) {
    it(`refuses ${input} = ${value}: nobody may believe in a limit that does not hold`, () => {
      const { problems } = readLend({ [input]: value });
      assert.match(problems, new RegExp(`${input} is set but has no effect .*neither limited nor revoked`));
      assert.match(problems, /\(input-invalid\)$/);
    });
  }

  for (const [input, value, told] of [
    ['pool', 'a\nb', /pool/],
    ['pool', '$(pool)', /pool is still/],
    ['variable', 'PATH', /uses itself/],
    ['variable', 'x y', /variable "x y"/],
    ['issuer', 'endpoint-1', /issuer is set but has no effect/],
    ['accessToken', adasToken, /accessToken is set but has no effect/],
    ['azureDevOpsServiceConnection', 'y', /azureDevOpsServiceConnection is set but has no effect/],
  ] as const) {
    it(`refuses ${input} = ${JSON.stringify(value.slice(0, 12))}`, () => {
      const { problems } = readLend({ [input]: value });
      assert.match(problems, told);
      assert.ok(!problems.includes(adasToken), problems);
    });
  }
});

describe('inputs: onRevokeFailure', () => {
  for (const [value, expected, isProblem] of [
    ['', 'warn', false],
    ['warn', 'warn', false],
    ['fail', 'fail', false],
    ['Fail', 'warn', true],
    ['$(x)', 'warn', true],
  ] as const) {
    it(`reads ${JSON.stringify(value)} as ${expected}${isProblem ? ' and notes a problem' : ''}`, () => {
      const problems = new Problems();
      assert.equal(readOnRevokeFailure(stepWith({ onRevokeFailure: value }), problems), expected);
      assert.equal(problems.none, !isProblem);
    });
  }
});

describe('inputs: any texts', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('', 'agentPool', 'environment', 'true', 'False', 'warn', '60', '$(x)', '##vso[x]'),
  );
  const inputs = fc.record(
    {
      connectionType: fc.oneof(fc.constantFrom('', 'issuer', 'accessToken'), value),
      issuer: value,
      accessToken: fc.oneof(fc.constantFrom('', adasToken, `${adasToken} x`), value),
      organizationUrl: fc.oneof(
        fc.constantFrom('', 'https://dev.azure.com/org', 'https://u:pass-word@dev.azure.com/o', 'http://localhost/x'),
        value,
      ),
      scope: value,
      pool: value,
      lifetimeMinutes: value,
      variable: value,
      revokeAfterJob: value,
      onRevokeFailure: value,
    },
    { requiredKeys: [], noNullPrototype: true },
  );

  it('are never thrown about: every problem is noted, safe to print, and shows no access token', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const pipeline = stepWith(given);
        const problems = new Problems();
        const credential = readUserInputs(pipeline, problems);
        const read = readMintInputs(pipeline, problems);
        assert.ok(credential !== undefined || !problems.none, 'nothing read, and no problem noted');
        const message = noted(problems);
        assert.doesNotMatch(message, /##\s*(vso)?\[|[\r\n]/i);
        assert.ok(!message.includes('pass-word') && !message.includes(adasToken));
        if (message !== '') assert.match(message, /\([a-z-]+\)$/);
        if (!problems.none) return;
        assert.ok(['agentPool', 'deploymentGroup', 'environment'].includes(read.scope));
        assert.ok(Number.isInteger(read.lifetimeMinutes) && read.lifetimeMinutes >= 5 && read.lifetimeMinutes <= 1440);
        assert.ok(read.pool === '' || read.scope === 'agentPool');
      }),
      { numRuns: 2000 },
    );
  });

  it('pass as a variable only where the token stays out of outputs, of PATH, and of what the agent reserves', () => {
    const part = fc.constantFrom(
      'tokenId',
      'TOKENID',
      'expireson',
      'tokenkind',
      'PATH',
      'path',
      'agent.',
      'build.',
      'release.',
      'system.',
      'secret',
      'endpoint',
      'input',
      'securefile',
      'a',
      '_',
      '.',
      ' ',
      '9',
      '-',
    );
    const name = fc.oneof(
      fc.array(part, { maxLength: 4 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(name, (variable) => {
        const { read, problems } = readMint({ variable });
        if (problems !== '') return;
        assert.match(read.variable, /^[A-Za-z_][A-Za-z0-9_.]{0,127}$/);
        assert.ok(!['tokenid', 'expireson', 'tokenkind', 'path'].includes(read.variable.toLowerCase()), read.variable);
        assert.doesNotMatch(read.variable, /^(agent\.|build\.|release\.|system\.|secret|endpoint|input|securefile)/i);
      }),
      { numRuns: 2000 },
    );
  });

  it('pass as a lifetime only if they are whole minutes from 5 to 1440', () => {
    const text = fc.oneof(fc.integer({ min: -10, max: 3000 }).map(String), fc.string(), fc.double().map(String));
    fc.assert(
      fc.property(text, (lifetimeMinutes) => {
        const { read, problems } = readMint({ lifetimeMinutes });
        const written = lifetimeMinutes.trim();
        const fine =
          written === '' ||
          (String(Number(written)) === written &&
            /^\d+$/.test(written) &&
            Number(written) >= 5 &&
            Number(written) <= 1440);
        assert.equal(problems === '', fine, problems);
        if (fine) assert.equal(read.lifetimeMinutes, written === '' ? 60 : Number(written));
      }),
    );
  });

  it('pass as a boolean only if they are true or false', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom('true', 'True', 'FALSE', ' false', '')), (revokeAfterJob) => {
        const { read, problems } = readMint({ revokeAfterJob });
        const written = revokeAfterJob.trim().toLowerCase();
        assert.equal(problems === '', ['', 'true', 'false'].includes(written), problems);
        if (problems === '') assert.equal(read.revokeAfterJob, written !== 'false');
      }),
    );
  });
});

describe('inputs: messages', () => {
  it('make what people wrote safe to print', () => {
    const { problems } = readMint({ scope: '##vso[task.complete result=Succeeded]\nx' });
    assert.doesNotMatch(problems, /##|\n/);
    assert.equal(messageOf(new TaskError('input-invalid', problems)).includes('\n'), false);
  });
});

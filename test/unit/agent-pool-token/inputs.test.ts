import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type EntraInputs,
  type MintInputs,
  readEntraInputs,
  readMintInputs,
  readOnRevokeFailure,
} from '../../../src/agent-pool-token/inputs';
import { messageOf, TaskError } from '../../../src/errors';
import { readUserCredential, refuseOtherOrganization } from '../../../src/sign-in/user';
import { InputReader } from '../../../src/step/input-reader';
import { noted } from '../../support/problems';
import { adasToken, FakePipeline } from '../../support/world';

function stepWith(inputs: Record<string, string>): FakePipeline {
  const pipeline = new FakePipeline();
  pipeline.inputs = inputs;
  return pipeline;
}

function readMint(inputs: Record<string, string>): { read: MintInputs | undefined; problems: string } {
  const reader = new InputReader(stepWith(inputs));
  const read = readMintInputs(reader);
  refuseOtherOrganization(reader, undefined);
  return { read, problems: noted(reader) };
}

describe('inputs: what is asked for', () => {
  it('has the documented defaults', () => {
    assert.deepEqual(readMint({}), {
      read: {
        scope: 'agentPool',
        pool: '',
        lifetimeMinutes: 60,
        variable: 'AGENT_POOL_TOKEN',
        revokeAfterJob: true,
        onRevokeFailure: 'warn',
      },
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
    assert.deepEqual(read, {
      scope: 'agentPool',
      pool: 'Linux Pool',
      lifetimeMinutes: 15,
      variable: 'My.Token_1',
      revokeAfterJob: false,
      onRevokeFailure: 'fail',
    });
  });

  for (const scope of ['deploymentGroup', 'environment'] as const) {
    it(`reads scope ${scope}, to which no pool belongs`, () => {
      assert.equal(readMint({ scope }).read?.scope, scope);
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
      assert.equal(readMint({ lifetimeMinutes }).read?.lifetimeMinutes, Number(lifetimeMinutes));
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
    'AGENT_VERSION',
    'agent_cainfo',
    'BUILD_X',
    'Release_Y',
    'System_CollectionUri',
    'secret',
    'SECRET_X',
    'EndpointUrl',
    'INPUT_X',
    'secureFilePath',
  ]) {
    it(`does not publish the token as ${variable}`, () => assert.match(readMint({ variable }).problems, /uses itself/));
  }

  for (const variable of [
    'AGENT_POOL_TOKEN',
    'agent_pool_token_2',
    'Agent_Pool_Token.x',
    'agentToken',
    'agent',
    'System',
    '_',
    'token.Id',
    'PATHS',
    'mySecret',
  ]) {
    it(`publishes the token as ${variable}`, () => assert.equal(readMint({ variable }).problems, ''));
  }

  it('reports every problem at once', () => {
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

describe('inputs: what is asked of the token of an application', () => {
  function readEntra(inputs: Record<string, string>): { read: EntraInputs; problems: string } {
    const reader = new InputReader(stepWith({ connectionType: 'azureRM', azureSubscription: 'x', ...inputs }));
    const read = readEntraInputs(reader);
    return { read, problems: noted(reader) };
  }

  it('has the documented defaults', () => {
    assert.deepEqual(readEntra({}), { read: { pool: '', variable: 'AGENT_POOL_TOKEN' }, problems: '' });
  });

  it('reads a pool and a variable', () => {
    assert.deepEqual(readEntra({ pool: ' Linux ', variable: ' T ' }), {
      read: { pool: 'Linux', variable: 'T' },
      problems: '',
    });
  });

  it('takes the defaults of what such a token does not have, as the form sends them', () => {
    const defaults = { scope: 'agentPool', lifetimeMinutes: '60', revokeAfterJob: 'True', onRevokeFailure: 'warn' };
    assert.equal(readEntra(defaults).problems, '');
  });

  for (const [input, value] of [
    ['scope', 'environment'],
    ['scope', '$(scope)'],
    ['lifetimeMinutes', '5'],
    ['lifetimeMinutes', '1440'],
    ['revokeAfterJob', 'false'],
    ['onRevokeFailure', 'fail'],
  ] as const) {
    it(`refuses ${input} = ${value}: no reader may believe in a limit that does not hold`, () => {
      const { problems } = readEntra({ [input]: value });
      assert.match(problems, new RegExp(`${input} is set but has no effect .*neither limited nor revoked`));
      assert.match(problems, /\(input-invalid\)$/);
    });
  }

  for (const [input, value, says] of [
    ['pool', 'a\nb', /pool/],
    ['pool', '$(pool)', /pool is still/],
    ['variable', 'PATH', /uses itself/],
    ['variable', 'x y', /variable "x y"/],
  ] as const) {
    it(`refuses ${input} = ${JSON.stringify(value.slice(0, 12))}`, () => {
      const { problems } = readEntra({ [input]: value });
      assert.match(problems, says);
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
      const reader = new InputReader(stepWith({ onRevokeFailure: value }));
      assert.equal(readOnRevokeFailure(reader), expected);
      assert.equal(noted(reader) !== '', isProblem);
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

  it('throw no exception: every problem is noted, safe to print, and shows no access token', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const pipeline = stepWith(given);
        const reader = new InputReader(pipeline);
        const credential = readUserCredential(reader);
        const read = readMintInputs(reader);
        const message = noted(reader);
        assert.ok((credential && read) || message !== '', 'nothing read, and no problem noted');
        assert.doesNotMatch(message, /##\s*(vso)?\[|[\r\n]/i);
        assert.ok(!message.includes('pass-word') && !message.includes(adasToken));
        if (message !== '') assert.match(message, /\([a-z-]+\)$/);
        if (message !== '' || !read) return;
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
      'agent_',
      'AGENT_POOL_TOKEN',
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
        if (problems !== '' || !read) return;
        assert.match(read.variable, /^[A-Za-z_][A-Za-z0-9_.]{0,127}$/);
        assert.ok(!['tokenid', 'expireson', 'tokenkind', 'path'].includes(read.variable.toLowerCase()), read.variable);
        if (/^agent_pool_token/i.test(read.variable)) return;
        assert.doesNotMatch(read.variable, /^((agent|build|release|system)[._]|secret|endpoint|input|securefile)/i);
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
        if (fine) assert.equal(read?.lifetimeMinutes, written === '' ? 60 : Number(written));
      }),
    );
  });

  it('pass as a boolean only if they are true or false', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom('true', 'True', 'FALSE', ' false', '')), (revokeAfterJob) => {
        const { read, problems } = readMint({ revokeAfterJob });
        const written = revokeAfterJob.trim().toLowerCase();
        assert.equal(problems === '', ['', 'true', 'false'].includes(written), problems);
        if (problems === '') assert.equal(read?.revokeAfterJob, written !== 'false');
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

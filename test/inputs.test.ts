import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readUserInputs } from '../src/credential-inputs';
import { messageOf, Problems, TaskError } from '../src/errors';
import { type MintInputs, readMintInputs, readOnRevokeFailure } from '../src/inputs';
import { adasToken, FakePipeline } from './support/world';

function stepWith(inputs: Record<string, string>): FakePipeline {
  const pipeline = new FakePipeline();
  pipeline.inputs = inputs;
  return pipeline;
}

/** What was noted, as one message, or the empty string. */
function noted(problems: Problems): string {
  try {
    problems.throwIfAny();
  } catch (error) {
    assert.ok(error instanceof TaskError);
    return error.message;
  }
  return '';
}

function readMint(inputs: Record<string, string>): { read: MintInputs; problems: string } {
  const problems = new Problems();
  const read = readMintInputs(stepWith(inputs), problems);
  return { read, problems: noted(problems) };
}

function readCredential(inputs: Record<string, string>, variables?: Record<string, string>) {
  const pipeline = stepWith(inputs);
  if (variables) pipeline.variables = variables;
  const problems = new Problems();
  const read = readUserInputs(pipeline, problems);
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

describe('inputs: who signs in', () => {
  it('is the issuer connection, by default', () => {
    const expected = { read: { kind: 'issuer', connectionId: 'endpoint-1' }, problems: '' };
    assert.deepEqual(readCredential({ issuer: 'endpoint-1' }), expected);
    assert.deepEqual(readCredential({ connectionType: 'issuer', issuer: ' endpoint-1 ' }), expected);
  });

  it('is nobody without a connection', () => {
    const { read, problems } = readCredential({});
    assert.equal(read, undefined);
    assert.match(problems, /issuer must name a service connection/);
  });

  it('is whoever an access token belongs to, in the organization that is named', () => {
    const { read, problems } = readCredential({
      connectionType: 'accessToken',
      accessToken: adasToken,
      organizationUrl: 'https://contoso.visualstudio.com',
    });
    assert.equal(problems, '');
    assert.ok(read?.kind === 'accessToken');
    assert.equal(read.accessToken.reveal(), adasToken);
    assert.equal(read.organization.url, 'https://contoso.visualstudio.com');
  });

  for (const name of ['System.CollectionUri', 'System.TeamFoundationCollectionUri']) {
    it(`takes this job's own organization from ${name}`, () => {
      const { read } = readCredential(
        { connectionType: 'accessToken', accessToken: adasToken },
        { [name]: 'https://dev.azure.com/contoso/' },
      );
      assert.ok(read?.kind === 'accessToken');
      assert.equal(read.organization.name, 'contoso');
    });
  }

  it('knows no organization where the agent does not tell', () => {
    const { read, problems } = readCredential({ connectionType: 'accessToken', accessToken: adasToken }, {});
    assert.equal(read, undefined);
    assert.match(problems, /organization URL.*\(input-invalid\)$/);
  });

  it('says that Azure DevOps Server cannot work, also where that is this job’s own', () => {
    const { read, problems } = readCredential(
      { connectionType: 'accessToken', accessToken: adasToken },
      { 'System.CollectionUri': 'https://tfs.contoso.example/tfs/DefaultCollection/' },
    );
    assert.equal(read, undefined);
    assert.match(problems, /Azure DevOps Server .*\(organization-unsupported\)$/);
  });

  for (const [what, accessToken, told] of [
    ['none', '', /accessToken is empty/],
    ['a macro', '$(MY_TOKEN)', /names a variable that does not exist/],
    ['a short word', 'short', /one long word/],
    ['two words', `${adasToken} ${adasToken}`, /one long word/],
    ['a novel', 'x'.repeat(16_385), /one long word/],
  ] as const) {
    it(`refuses ${what} for an access token, without repeating it`, () => {
      const { problems } = readCredential({ connectionType: 'accessToken', accessToken });
      assert.match(problems, told);
      if (accessToken.length > 10) assert.ok(!problems.includes(accessToken));
    });
  }

  it('tells what is wrong with the token and with the organization at once', () => {
    const { read, problems } = readCredential({ connectionType: 'accessToken', organizationUrl: 'x' });
    assert.equal(read, undefined);
    assert.match(problems, /2 problems.*accessToken.*organization URL/);
  });

  it('is of a known kind', () => {
    assert.match(readCredential({ connectionType: 'magic' }).problems, /connectionType "magic" is none of/);
    assert.match(readCredential({ connectionType: '$(kind)' }).problems, /connectionType is still/);
  });
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

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Problems } from '../../../src/errors';
import {
  connectionTypes,
  readAppInputs,
  readConnectionType,
  readUserInputs,
  refuseOtherCredentials,
  userTypes,
} from '../../../src/sign-in/connections';
import { noted } from '../../support/problems';
import { adasToken, FakePipeline } from '../../support/world';

function stepWith(inputs: Record<string, string>): FakePipeline {
  const pipeline = new FakePipeline();
  pipeline.inputs = inputs;
  pipeline.connections = { 'endpoint-1': { url: 'https://dev.azure.com/fabrikam' } };
  return pipeline;
}

function readCredential(inputs: Record<string, string>, variables?: Record<string, string>) {
  const pipeline = stepWith(inputs);
  if (variables) pipeline.variables = variables;
  const problems = new Problems();
  const read = readUserInputs(pipeline, problems);
  return { read, problems: noted(problems) };
}

describe('credential-inputs: the kind of connection', () => {
  const readKind = (connectionType: string, offered?: typeof connectionTypes) => {
    const problems = new Problems();
    return { kind: readConnectionType(stepWith({ connectionType }), problems, offered), problems: noted(problems) };
  };

  for (const kind of connectionTypes) {
    it(`may be ${kind}`, () => assert.deepEqual(readKind(` ${kind} `), { kind, problems: '' }));
  }

  it('is issuer by default', () => assert.deepEqual(readKind(''), { kind: 'issuer', problems: '' }));

  for (const kind of ['Issuer', 'azurerm', 'toString', '__proto__', 'issuer,accessToken', 'issuer x']) {
    it(`is never ${kind}, and the message tells what it may be`, () => {
      const { kind: read, problems } = readKind(kind);
      assert.equal(read, undefined);
      assert.match(problems, /is none of issuer, azureDevOps, azureRM, accessToken\./);
    });
  }

  it('is only what a step offers', () => {
    for (const kind of ['azureDevOps', 'azureRM']) {
      const { kind: read, problems } = readKind(kind, userTypes);
      assert.equal(read, undefined);
      assert.match(problems, new RegExp(`connectionType "${kind}" is none of issuer, accessToken\\.`));
    }
  });
});

describe('credential-inputs: which user signs in', () => {
  it('is the issuer connection, by default', () => {
    for (const inputs of [{ issuer: 'endpoint-1' }, { connectionType: 'issuer', issuer: ' endpoint-1 ' }]) {
      const { read, problems } = readCredential(inputs);
      assert.equal(problems, '');
      assert.ok(read?.kind === 'issuer');
      assert.equal(read.connection.id, 'endpoint-1');
    }
  });

  it('is nobody without a connection', () => {
    const { read, problems } = readCredential({});
    assert.equal(read, undefined);
    assert.match(problems, /issuer must name a service connection/);
  });

  it('is nobody where this job was not given the connection', () => {
    const { read, problems } = readCredential({ issuer: 'endpoint-3' });
    assert.equal(read, undefined);
    assert.match(problems, /was not given the service connection that issuer names\..*\(connection-invalid\)$/);
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

describe('credential-inputs: which application signs in', () => {
  function readApp(
    kind: 'azureDevOps' | 'azureRM',
    inputs: Record<string, string>,
    variables?: Record<string, string>,
  ) {
    const pipeline = stepWith(inputs);
    if (variables) pipeline.variables = variables;
    const problems = new Problems();
    return { read: readAppInputs(kind, pipeline, problems), problems: noted(problems) };
  }

  for (const [kind, input] of [
    ['azureDevOps', 'azureDevOpsServiceConnection'],
    ['azureRM', 'azureSubscription'],
  ] as const) {
    it(`is that of ${input}, in the organization that runs this job`, () => {
      const { read, problems } = readApp(kind, { [input]: ' endpoint-1 ' });
      assert.equal(problems, '');
      assert.equal(read?.kind, kind);
      assert.equal(read?.connection.id, 'endpoint-1');
      assert.equal(read?.organization.url, 'https://dev.azure.com/fabrikam');
    });

    it(`is nobody where ${input} names none`, () => {
      for (const value of ['', '  ', '$(connection)']) {
        const { read, problems } = readApp(kind, { [input]: value });
        assert.equal(read, undefined);
        assert.match(problems, new RegExp(`${input} must name a service connection`));
      }
    });

    it(`is nobody where this job was not given what ${input} names, and the message tells which input that is`, () => {
      const { read, problems } = readApp(kind, { [input]: 'endpoint-3' });
      assert.equal(read, undefined);
      assert.match(problems, new RegExp(`that ${input} names\\..*\\(connection-invalid\\)$`));
    });
  }

  it('may be for another organization, where that is named', () => {
    const organizationUrl = 'https://contoso.visualstudio.com';
    const { read } = readApp('azureRM', { azureSubscription: 'endpoint-1', organizationUrl });
    assert.equal(read?.organization.name, 'contoso');
  });

  for (const [organizationUrl, code] of [
    ['nonsense', 'input-invalid'],
    ['$(url)', 'input-invalid'],
    ['https://evil.example/org', 'organization-unsupported'],
    ['https://user:hunter2@dev.azure.com/org', 'input-invalid'],
  ] as const) {
    it(`is for no organization ${organizationUrl.replace('hunter2', '…')}`, () => {
      const { read, problems } = readApp('azureRM', { azureSubscription: 'endpoint-1', organizationUrl }, {});
      assert.equal(read, undefined);
      assert.match(problems, new RegExp(`\\(${code}\\)$`));
      assert.ok(!problems.includes('hunter2'), problems);
    });
  }

  it('does not fall back on the organization of this job where the named one is a macro', () => {
    const { read, problems } = readApp('azureRM', { azureSubscription: 'endpoint-1', organizationUrl: '$(url)' });
    assert.match(problems, /organizationUrl is still/);
    assert.equal(read, undefined);
  });

  it('tells what is wrong with connection and organization at once', () => {
    const { problems } = readApp('azureRM', { organizationUrl: 'x' });
    assert.match(problems, /2 problems.*azureSubscription.*organization URL/);
  });
});

describe('credential-inputs: the credentials of other kinds', () => {
  const inputs = {
    issuer: 'issuer',
    azureDevOps: 'azureDevOpsServiceConnection',
    azureRM: 'azureSubscription',
    accessToken: 'accessToken',
  };
  for (const picked of connectionTypes) {
    for (const other of connectionTypes) {
      const input = inputs[other];
      it(`${picked === other ? 'allow' : 'refuse'} ${input} where connectionType is ${picked}`, () => {
        const problems = new Problems();
        refuseOtherCredentials(stepWith({ connectionType: picked, [input]: adasToken }), problems);
        const message = noted(problems);
        if (picked === other) return assert.equal(message, '');
        assert.match(message, new RegExp(`${input} is set but has no effect where connectionType is ${picked}`));
        assert.ok(!message.includes(adasToken), message);
      });
    }
  }

  it('are not blamed where nobody can tell which kind was picked', () => {
    for (const connectionType of ['Issuer', '$(kind)', 'magic']) {
      const problems = new Problems();
      refuseOtherCredentials(stepWith({ connectionType, issuer: 'endpoint-1' }), problems);
      assert.equal(noted(problems), '');
    }
  });

  it('are masked even where they are refused', () => {
    const pipeline = stepWith({ connectionType: 'azureRM', accessToken: adasToken });
    refuseOtherCredentials(pipeline, new Problems());
    assert.deepEqual(pipeline.events, [{ kind: 'mask', value: adasToken }]);
  });

  it('are safe to print whatever kind was written', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary', minLength: 1 }),
        (connectionType, issuer) => {
          const problems = new Problems();
          refuseOtherCredentials(stepWith({ connectionType, issuer, azureRM: issuer }), problems);
          assert.doesNotMatch(noted(problems), /##\s*(vso)?\[|[\r\n]/i);
        },
      ),
    );
  });

  it('leave an organization beside a connection of its own to be compared', () => {
    const named = (connectionType: string) =>
      refuseOtherCredentials(
        stepWith({ connectionType, organizationUrl: 'https://dev.azure.com/contoso' }),
        new Problems(),
      );
    assert.equal(named('issuer')?.name, 'contoso');
    assert.equal(named('')?.name, 'contoso');
    for (const kind of ['accessToken', 'azureRM', 'azureDevOps']) assert.equal(named(kind), undefined);
  });
});

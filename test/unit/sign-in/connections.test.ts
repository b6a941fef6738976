import assert from 'node:assert/strict';
import { type AppCredential, readAppCredential } from '../../../src/sign-in/app';
import { type ConnectionType, namedConnection, readConnectionType, userTypes } from '../../../src/sign-in/connections';
import { readUserCredential } from '../../../src/sign-in/user';
import { InputReader } from '../../../src/step/input-reader';
import { noted } from '../../support/problems';
import { ada, adasToken, FakePipeline } from '../../support/world';

const connectionTypes: ConnectionType[] = ['issuer', 'azureDevOps', 'azureRM', 'accessToken'];

function stepWith(inputs: Record<string, string>): FakePipeline {
  const pipeline = new FakePipeline();
  pipeline.inputs = inputs;
  pipeline.connections = {
    'endpoint-1': {
      url: 'https://dev.azure.com/fabrikam',
      scheme: 'WorkloadIdentityFederation',
      data: { tenantId: ada.tid, clientId: ada.oid },
      parameters: { tenantId: ada.tid, servicePrincipalId: ada.oid },
      secrets: { refreshToken: '0.refresh-token-of-the-user' },
    },
  };
  return pipeline;
}

function connectionOf(credential: AppCredential | undefined): string | undefined {
  return credential?.proof.kind === 'federated' ? credential.proof.connection : undefined;
}

function readCredential(inputs: Record<string, string>, variables?: Record<string, string>) {
  const pipeline = stepWith(inputs);
  if (variables) pipeline.variables = variables;
  const reader = new InputReader(pipeline);
  const read = readUserCredential(reader);
  return { read, problems: noted(reader) };
}

describe('connections: the kind of connection', () => {
  const readKind = (connectionType: string, offered?: readonly ConnectionType[]) => {
    const reader = new InputReader(stepWith({ connectionType }));
    return { kind: readConnectionType(reader, offered), problems: noted(reader) };
  };

  for (const kind of connectionTypes) {
    it(`may be ${kind}`, () => assert.deepEqual(readKind(` ${kind} `), { kind, problems: '' }));
  }

  it('is issuer by default', () => assert.deepEqual(readKind(''), { kind: 'issuer', problems: '' }));

  for (const kind of ['Issuer', 'azurerm', 'toString', '__proto__', 'issuer,accessToken', 'issuer x']) {
    it(`is never ${kind}, and the message says what it may be`, () => {
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

describe('connections: which user signs in', () => {
  it('is the issuer connection, by default', () => {
    for (const inputs of [{ issuer: 'endpoint-1' }, { connectionType: 'issuer', issuer: ' endpoint-1 ' }]) {
      const { read, problems } = readCredential(inputs);
      assert.equal(problems, '');
      assert.ok(read?.kind === 'refreshToken');
      assert.equal(read.connection, 'endpoint-1');
    }
  });

  it('is missing without a connection', () => {
    const { read, problems } = readCredential({});
    assert.equal(read, undefined);
    assert.match(problems, /issuer must name a service connection/);
  });

  it('is missing where this job was not given the connection', () => {
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

  it('knows no organization where the agent names none', () => {
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

  for (const [what, accessToken, says] of [
    ['none', '', /accessToken is empty/],
    ['a macro', '$(MY_TOKEN)', /names a variable that does not exist/],
    ['a short word', 'short', /one long word/],
    ['two words', `${adasToken} ${adasToken}`, /one long word/],
    ['a novel', 'x'.repeat(16_385), /one long word/],
  ] as const) {
    it(`refuses ${what} for an access token, without repeating it`, () => {
      const { problems } = readCredential({ connectionType: 'accessToken', accessToken });
      assert.match(problems, says);
      if (accessToken.length > 10) assert.ok(!problems.includes(accessToken));
    });
  }

  it('reports what is wrong with the token and with the organization at once', () => {
    const { read, problems } = readCredential({ connectionType: 'accessToken', organizationUrl: 'x' });
    assert.equal(read, undefined);
    assert.match(problems, /2 problems.*accessToken.*organization URL/);
  });

  it('is of a known kind', () => {
    assert.match(readCredential({ connectionType: 'magic' }).problems, /connectionType "magic" is none of/);
    assert.match(readCredential({ connectionType: '$(kind)' }).problems, /connectionType is still/);
  });
});

describe('connections: which application signs in', () => {
  function readApp(
    kind: 'azureDevOps' | 'azureRM',
    inputs: Record<string, string>,
    variables?: Record<string, string>,
  ) {
    const pipeline = stepWith(inputs);
    if (variables) pipeline.variables = variables;
    const reader = new InputReader(pipeline);
    return { read: readAppCredential(reader, kind), problems: noted(reader) };
  }

  for (const [kind, input] of [
    ['azureDevOps', 'azureDevOpsServiceConnection'],
    ['azureRM', 'azureSubscription'],
  ] as const) {
    it(`is that of ${input}, in the organization that runs this job`, () => {
      const { read, problems } = readApp(kind, { [input]: ' endpoint-1 ' });
      assert.equal(problems, '');
      assert.equal(connectionOf(read), 'endpoint-1');
      assert.equal(read?.organization.url, 'https://dev.azure.com/fabrikam');
    });

    it(`is missing where ${input} names none`, () => {
      for (const value of ['', '  ', '$(connection)']) {
        const { read, problems } = readApp(kind, { [input]: value });
        assert.equal(read, undefined);
        assert.match(problems, new RegExp(`${input} (must name a service connection|is still)`));
      }
    });

    it(`is missing where this job was not given what ${input} names, and the message names the input`, () => {
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

  it('reports what is wrong with connection and organization at once', () => {
    const { problems } = readApp('azureRM', { organizationUrl: 'x' });
    assert.match(problems, /2 problems.*azureSubscription.*organization URL/);
  });
});

describe('connections: the credentials of other kinds', () => {
  const inputs = {
    issuer: 'issuer',
    azureDevOps: 'azureDevOpsServiceConnection',
    azureRM: 'azureSubscription',
    accessToken: 'accessToken',
  };
  const everything = Object.fromEntries(connectionTypes.map((type) => [inputs[type], 'left behind']));
  for (const picked of connectionTypes) {
    it(`are ignored where connectionType is ${picked}: the classic editor keeps what a pick hides`, () => {
      const value = picked === 'accessToken' ? adasToken : 'endpoint-1';
      const pipeline = stepWith({ ...everything, connectionType: picked, [inputs[picked]]: value });
      const reader = new InputReader(pipeline);
      const isUser = picked === 'issuer' || picked === 'accessToken';
      assert.ok(isUser ? readUserCredential(reader) : readAppCredential(reader, picked));
      assert.equal(noted(reader), '');
      assert.equal(namedConnection(reader), picked === 'issuer' ? 'endpoint-1' : picked);
    });
  }
});

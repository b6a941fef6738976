import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseOrganization } from '../../../src/azure-devops/organization';
import { TaskError } from '../../../src/errors';
import type { HttpOutcome, HttpRequest } from '../../../src/http/runtime';
import { Secret } from '../../../src/secret';
import type { AppCredential } from '../../../src/sign-in/app';
import { EntraSignIn } from '../../../src/sign-in/entra-sign-in';
import {
  ada,
  broken,
  entraToken,
  envelope,
  FakePipeline,
  FakeRuntime,
  identityTokenOf,
  identityTokenUrl,
  jobToken,
  json,
  noon,
  opaqueToken,
  robot,
  robotsToken,
  signInPage,
  text,
  timedOut,
  tooLarge,
} from '../../support/world';

const fabrikam = parseOrganization('https://dev.azure.com/fabrikam', 'input-invalid');
const key = '8Q~key.of_the+application/=';
const base = {
  organization: fabrikam,
  authority: 'https://login.microsoftonline.com',
  tenantId: ada.tid,
  clientId: 'dddddddd-bbbb-cccc-dddd-eeeeeeeeeeee',
};
const connectionId = '55555555-bbbb-cccc-dddd-eeeeeeeeeeee';
const federated: AppCredential = {
  ...base,
  proof: { kind: 'federated', connection: connectionId, issuerEnds: false },
};
const keyed: AppCredential = { ...base, proof: { kind: 'clientSecret', clientSecret: new Secret(key) } };
const good = { token_type: 'Bearer', expires_in: 3599, access_token: robotsToken };
const vouched = (number: number) => json(200, { oidcToken: identityTokenOf(number) });
const passing: HttpOutcome[] = [
  broken,
  timedOut,
  text(500, ''),
  text(503, ''),
  json(400, { error: 'temporarily_unavailable', error_codes: [90033] }),
];

/** Who signs in, in which job. */
interface AppSignIn {
  issuer: AppCredential;
  job: { organization: { url: string }; token: Secret } | undefined;
  identityTokenUrl: string;
}

function jobOf({ job, identityTokenUrl: url }: AppSignIn): FakePipeline {
  const pipeline = new FakePipeline();
  pipeline.variables['System.OidcRequestUri'] = url;
  const secrets = { AccessToken: job?.token.reveal() ?? '' };
  if (job) pipeline.connections.SYSTEMVSSCONNECTION = { url: job.organization.url, scheme: 'OAuth', secrets };
  return pipeline;
}

async function signInWith(outcomes: HttpOutcome[], change: Partial<AppSignIn> = {}, budget = 120_000) {
  const runtime = new FakeRuntime().script(...outcomes);
  /** Masks and requests as they came. */
  const order: string[] = [];
  const { reply } = runtime;
  runtime.reply = (request, index) => {
    order.push(request.url.includes('/oidctoken') ? 'identity' : 'token');
    return reply(request, index);
  };
  const job = { organization: fabrikam, token: new Secret(jobToken) };
  const signIn = { issuer: federated, job, identityTokenUrl, ...change };
  const pipeline = jobOf(signIn);
  pipeline.mask = (secret) => secret.reveal() !== jobToken && order.push(`mask ${secret.reveal()}`);
  const promise = new EntraSignIn(runtime.conversation(budget), pipeline).app(signIn.issuer);
  const result = await promise.then(
    (token) => ({ token, error: undefined }),
    (thrown: unknown) => {
      assert.ok(thrown instanceof TaskError, String(thrown));
      return { token: undefined, error: thrown };
    },
  );
  return { ...result, runtime, requests: runtime.requests, order };
}

const formOf = (request: HttpRequest | undefined) => Object.fromEntries(new URLSearchParams(request?.body));

describe('federation: signing an application in', () => {
  it('takes two requests: for the identity token of the connection, and for the token of Entra', async () => {
    const { requests, token } = await signInWith([vouched(1), json(200, good)]);
    const [identity, exchange, ...more] = requests;
    assert.deepEqual(more, []);
    assert.equal(identity?.method, 'POST');
    assert.equal(identity?.url, `${identityTokenUrl}?api-version=7.1&serviceConnectionId=${connectionId}`);
    assert.deepEqual(identity?.headers, {
      Authorization: `Bearer ${jobToken}`,
      'Content-Type': 'application/json',
      Accept: 'application/json',
      'X-TFS-FedAuthRedirect': 'Suppress',
    });
    assert.equal(identity?.body, '');
    assert.equal(exchange?.url, `https://login.microsoftonline.com/${ada.tid}/oauth2/v2.0/token`);
    assert.equal('Authorization' in (exchange?.headers ?? {}), false);
    assert.deepEqual(formOf(exchange), {
      client_id: base.clientId,
      grant_type: 'client_credentials',
      scope: '499b84ac-1321-427f-aa17-267ca6975798/.default',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: identityTokenOf(1),
    });
    assert.equal(token?.token.reveal(), robotsToken);
    assert.equal(token?.expires, noon + 3_599_000);
    assert.equal(token?.principal, robot.oid);
  });

  it('takes one request with a key', async () => {
    const { requests, token } = await signInWith([json(200, good)], { issuer: keyed, job: undefined });
    assert.equal(requests.length, 1);
    assert.deepEqual(formOf(requests[0]), {
      client_id: base.clientId,
      grant_type: 'client_credentials',
      scope: '499b84ac-1321-427f-aa17-267ca6975798/.default',
      client_secret: key,
    });
    assert.equal(token?.token.reveal(), robotsToken);
  });

  it('masks each secret before anything else is done with it', async () => {
    const { order } = await signInWith([vouched(1), json(200, { ...good, refresh_token: 'unasked-for' })]);
    assert.deepEqual(order, [
      'identity',
      `mask ${identityTokenOf(1)}`,
      'token',
      `mask ${robotsToken}`,
      'mask unasked-for',
    ]);
  });

  it('masks a token also where the rest of the answer cannot be used', async () => {
    const { order, error } = await signInWith([vouched(1), json(200, { access_token: robotsToken })]);
    assert.equal(error?.code, 'response-malformed');
    assert.equal(order.at(-1), `mask ${robotsToken}`);
  });

  for (const [what, access_token] of [
    ['is opaque', opaqueToken],
    ['has no object id', entraToken({ tid: ada.tid })],
    ['has an object id that is none', entraToken({ oid: '##vso[x]' })],
    ['has an object id that is no text', entraToken({ oid: 7 })],
  ] as const) {
    it(`does not know the service principal where the token ${what}`, async () => {
      const { token } = await signInWith([vouched(1), json(200, { ...good, access_token })]);
      assert.deepEqual(Object.keys(token ?? {}), ['token', 'expires']);
    });
  }

  it('replaces what the address already says about the connection, and keeps the rest', async () => {
    const odd = `${identityTokenUrl}?serviceConnectionId=other&api-version=1&a=b&serviceConnectionId=another`;
    const { requests } = await signInWith([vouched(1), json(200, good)], { identityTokenUrl: odd });
    const { searchParams } = new URL(requests[0]?.url ?? '');
    assert.deepEqual(searchParams.getAll('serviceConnectionId'), [connectionId]);
    assert.deepEqual(searchParams.getAll('api-version'), ['7.1']);
    assert.equal(searchParams.get('a'), 'b');
  });
});

describe('federation: the expiry', () => {
  const lasting = (expires_in: unknown) => signInWith([vouched(1), json(200, { ...good, expires_in })]);

  it('counts by the clock of the server, because that of an agent may be wrong', async () => {
    const date = new Date(noon + 600_000).toUTCString();
    const { token } = await signInWith([vouched(1), json(200, good, { date })]);
    assert.equal(token?.expires, noon + 600_000 + 3_599_000);
  });

  it('may be written as a text, as Entra once did', async () => {
    assert.equal((await lasting('3599')).token?.expires, noon + 3_599_000);
  });

  for (const value of [
    undefined,
    null,
    0,
    -1,
    -3599,
    '',
    'soon',
    'NaN',
    1e12,
    '9'.repeat(400),
    100_801,
    {},
    [],
    false,
  ]) {
    it(`that is ${JSON.stringify(value)?.slice(0, 30)} is no expiry`, async () => {
      const { error, requests } = await lasting(value);
      assert.equal(error?.code, 'response-malformed');
      assert.match(error?.what ?? '', /expiry/);
      assert.equal(requests.length, 2, 'it is not asked again');
    });
  }
});

describe('federation: the address of the identity token', () => {
  const path = '/fabrikam/p/_apis/distributedtask/hubs/build/plans/p/jobs/j/oidctoken';
  const refused = [
    `https://evil.example${path}`,
    `https://dev.azure.com.evil.example${path}`,
    `https://evil-dev.azure.com${path}`,
    `https://evil.dev.azure.com${path}`,
    `https://vssps.dev.azure.com${path}`,
    `https://dev.azure.com:444${path}`,
    `https://dev.azure.com.${path}`,
    `http://dev.azure.com${path}`,
    `ftp://dev.azure.com${path}`,
    `javascript:dev.azure.com${path}`,
    `//dev.azure.com${path}`,
    `dev.azure.com${path}`,
    `https://dev.azure.com@evil.example${path}`,
    `https://user:pw@dev.azure.com${path}`,
    `https://evil.example\\@dev.azure.com${path}`,
    `https://dev.azure.com\\.evil.example${path}`,
    `https:\\\\dev.azure.com${path}`,
    `https://evil.example/https://dev.azure.com${path}`,
    `https://evil.example?https://dev.azure.com${path}`,
    `https://evil.example#https://dev.azure.com${path}`,
    `https://dev.azure.com${path.replace('fabrikam', 'contoso')}`,
    `https://dev.azure.com${path.replace('fabrikam', 'fabrikam-2')}`,
    `https://dev.azure.com${path.replace('/fabrikam', '')}`,
    `https://dev.azure.com/fabrikam`,
    `https://dev.azure.com/contoso/fabrikam/oidctoken`,
    `https://dev.azure.com/fabrikam/../contoso/oidctoken`,
    `https://dev.azure.com/fabrikam/%2e%2e/contoso/oidctoken`,
    `https://dev.azure.com/fabrikam/.%2E/contoso/oidctoken`,
    `https://dev.azure.com//fabrikam/oidctoken`,
    `https://dev.azure.com/?/fabrikam/oidctoken`,
    `https://contoso.visualstudio.com${path}`,
    `https://fabrikam.visualstudio.com.evil.example/x`,
    `https://fabrikam.visualstudio.com:8443/x`,
    `http://fabrikam.visualstudio.com/x`,
    `https://a.fabrikam.visualstudio.com/x`,
    `https://fabrikamvisualstudio.com/x`,
    `https://fаbrikam.visualstudio.com/x`,
    `https://localhost${path}`,
    `http://127.0.0.1:8080${path}`,
    `https://dev.azure.com${path} `,
    ` https://dev.azure.com${path}`,
    `https://dev.azure.com\t${path}`,
    `https://dev.azure\n.com${path}`,
    '$(System.OidcRequestUri)',
    'nonsense',
  ];
  for (const address of refused) {
    it(`is not ${JSON.stringify(address)}, to which nothing is sent`, async () => {
      const { error, requests, order } = await signInWith([], { identityTokenUrl: address });
      assert.equal(error?.code, 'host-untrusted');
      assert.match(error?.message ?? '', /System\.OidcRequestUri.*nothing was sent/);
      assert.deepEqual(requests, []);
      assert.deepEqual(order, []);
    });
  }

  it('is not repeated with a password', async () => {
    const { error } = await signInWith([], { identityTokenUrl: `https://user:hunter2-hunter2@dev.azure.com${path}` });
    assert.equal(error?.code, 'host-untrusted');
    assert.ok(!error?.message.includes('hunter2'), error?.message);
  });

  const accepted: [address: string, host: string][] = [
    [`https://dev.azure.com${path}`, 'dev.azure.com'],
    [`https://dev.azure.com:443${path}`, 'dev.azure.com'],
    [`https://DEV.azure.com${path}`, 'dev.azure.com'],
    [`https://dev.azure.com${path.replace('fabrikam', 'FabriKam')}`, 'dev.azure.com'],
    ['https://fabrikam.visualstudio.com/p/oidctoken', 'fabrikam.visualstudio.com'],
    ['https://Fabrikam.VisualStudio.com/p/oidctoken', 'fabrikam.visualstudio.com'],
  ];
  for (const [address, host] of accepted) {
    it(`may be ${address}`, async () => {
      const { error, requests } = await signInWith([vouched(1), json(200, good)], { identityTokenUrl: address });
      assert.equal(error, undefined);
      assert.equal(new URL(requests[0]?.url ?? '').host, host);
    });
  }

  const local = parseOrganization('http://127.0.0.1:8080/fabrikam', 'input-invalid');
  for (const [address, fine] of [
    [`http://127.0.0.1:8080${path}`, true],
    [`http://127.0.0.1:8081${path}`, false],
    [`https://127.0.0.1:8080${path}`, false],
    [`http://localhost:8080${path}`, false],
    [`http://127.0.0.1:8080${path.replace('fabrikam', 'contoso')}`, false],
    [`https://dev.azure.com${path}`, false],
    ['https://fabrikam.visualstudio.com/x', false],
  ] as const) {
    it(`${fine ? 'may be' : 'is not'} ${address} of a job on this machine`, async () => {
      const job = { organization: local, token: new Secret(jobToken) };
      const { error, requests } = await signInWith([vouched(1), json(200, good)], { job, identityTokenUrl: address });
      assert.equal(error?.code, fine ? undefined : 'host-untrusted');
      assert.equal(requests.length, fine ? 2 : 0);
    });
  }

  it('is missing, or there is no token of this job: the message says so, and nothing is sent', async () => {
    for (const change of [{ identityTokenUrl: '' }, { job: undefined }, { job: undefined, identityTokenUrl: '' }]) {
      const { error, requests } = await signInWith([], change);
      assert.equal(error?.code, 'connection-invalid');
      assert.match(error?.message ?? '', /no identity token.*nothing was sent/);
      assert.deepEqual(requests, []);
    }
  });

  it('is not needed with a key, and not checked', async () => {
    const { requests } = await signInWith([json(200, good)], {
      issuer: keyed,
      identityTokenUrl: 'https://evil.example',
    });
    assert.deepEqual(
      requests.map(({ url }) => new URL(url).host),
      ['login.microsoftonline.com'],
    );
  });
});

describe('federation: answers of the service that vouches', () => {
  for (const [what, outcome, code, says] of [
    ['a 401', text(401, ''), 'connection-invalid', /answered 401/],
    ['a 403', envelope(403, 'Not authorized.'), 'connection-invalid', /answered 403 \(Not authorized\.\)/],
    ['a 404', envelope(404, 'No such connection.'), 'connection-invalid', /answered 404 \(No such connection\.\)/],
    ['a 400', envelope(400, 'No.'), 'connection-invalid', /answered 400/],
    ['a redirect', text(302, ''), 'connection-invalid', /answered 302/],
    ['a sign-in page', signInPage, 'connection-invalid', /answered 203/],
    ['HTML', text(200, '<html>', { 'content-type': 'text/html' }), 'connection-invalid', /answered 200/],
    ['nothing', text(204, ''), 'response-malformed', /dev\.azure\.com/],
    ['no JSON', text(200, 'x'), 'response-malformed', /identity token/],
    ['no token', json(200, {}), 'response-malformed', /identity token/],
    ['an empty token', json(200, { oidcToken: '' }), 'response-malformed', /identity token/],
    ['a short token', json(200, { oidcToken: 'short' }), 'response-malformed', /identity token/],
    ['a token of two words', json(200, { oidcToken: `${robotsToken} x` }), 'response-malformed', /identity token/],
    ['a token of two lines', json(200, { oidcToken: `${robotsToken}\n` }), 'response-malformed', /identity token/],
    ['a novel', json(200, { oidcToken: 'x'.repeat(65_537) }), 'response-malformed', /identity token/],
    ['a token that is no text', json(200, { oidcToken: { value: robotsToken } }), 'response-malformed', /identity/],
    ['a list', json(200, [identityTokenOf(1)]), 'response-malformed', /identity token/],
    ['a token with another status', json(201, { oidcToken: identityTokenOf(1) }), 'response-malformed', /identity/],
    ['an enormous answer', tooLarge, 'response-malformed', /1 MiB/],
    ['a 501', text(501, ''), 'network', /501/],
    ['a long wait', text(429, '', { 'retry-after': '90' }), 'throttled', /90 s/],
  ] as [string, HttpOutcome, string, RegExp][]) {
    it(`like ${what} end the step as ${code}, after as few requests as can be`, async () => {
      const { error, requests } = await signInWith([outcome, outcome, outcome]);
      assert.equal(error?.code, code);
      assert.match(error?.what ?? '', says);
      assert.ok(
        requests.every(({ url }) => url.startsWith(identityTokenUrl)),
        'nothing goes to Entra',
      );
      if (code !== 'network') assert.equal(requests.length, 1);
    });
  }

  it('that echo the token of this job are never quoted with it', async () => {
    for (const form of new Secret(jobToken).travellingForms()) {
      const { error } = await signInWith([envelope(403, `You sent ${form}.\n##vso[task.complete]`)]);
      assert.ok(!error?.message.includes(form), error?.message);
      assert.doesNotMatch(error?.message ?? '', /##|\n/);
    }
  });

  it('are asked for again after a passing fault', async () => {
    const outcomes = [text(503, ''), broken, vouched(1), json(200, good)];
    const { error, requests } = await signInWith(outcomes);
    assert.equal(error, undefined);
    assert.equal(requests.length, 4);
  });

  for (const outcome of [broken, text(503, ''), timedOut]) {
    it(`are asked for four times, and no more: ${JSON.stringify(outcome)}`, async () => {
      const { error, requests } = await signInWith(
        Array.from({ length: 30 }, () => outcome),
        {},
        600_000,
      );
      assert.equal(error?.code, outcome.kind === 'timed-out' ? 'timed-out' : 'network');
      assert.equal(requests.length, 4);
    });
  }
});

describe('federation: a fault of the exchange', () => {
  for (const fault of passing) {
    it(`begins anew with another identity token, because the first may be used up: ${JSON.stringify(fault)}`, async () => {
      const { error, requests, order } = await signInWith([vouched(1), fault, vouched(2), json(200, good)]);
      assert.equal(error, undefined);
      assert.deepEqual(
        requests.slice(1).map((request) => formOf(request).client_assertion),
        [identityTokenOf(1), undefined, identityTokenOf(2)],
      );
      assert.ok(order.indexOf(`mask ${identityTokenOf(2)}`) < order.lastIndexOf('token'));
    });

    it(`ends the step after four tries: ${JSON.stringify(fault)}`, async () => {
      const outcomes = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? vouched(index) : fault));
      const { error, requests, runtime } = await signInWith(outcomes, {}, 600_000);
      assert.equal(error?.code, fault.kind === 'timed-out' ? 'timed-out' : 'network');
      assert.equal(requests.length, 8, 'one for the identity token and one for the token, each time');
      const assertions = requests.map((request) => formOf(request).client_assertion).filter(Boolean);
      assert.equal(new Set(assertions).size, assertions.length, 'an identity token was used twice');
      assert.ok(runtime.sleeps.every((pause) => pause >= 500 && pause <= 4000));
    });
  }

  it('that is only a lack of capacity begins anew with another identity token too', async () => {
    const busy = text(429, '', { 'retry-after': '2' });
    const { error, requests } = await signInWith([vouched(1), busy, vouched(2), json(200, good)]);
    assert.equal(error, undefined);
    assert.deepEqual(requests.map((request) => formOf(request).client_assertion).filter(Boolean), [
      identityTokenOf(1),
      identityTokenOf(2),
    ]);
  });

  it('that refuses the identity token shows what that states, whole', async () => {
    const subject = `/eid1/c/pub/t/${'a'.repeat(60)}/a/${'b'.repeat(60)}/sc/org/connection`;
    const iss = `https://login.microsoftonline.com/${ada.tid}/v2.0`;
    const token = entraToken({ iss, sub: subject, aud: 'api://AzureADTokenExchange' });
    for (const number of [700211, 700213, 70021, 7002138, 700024]) {
      const refused = json(401, { error: 'invalid_client', error_codes: [number] });
      const { error } = await signInWith([json(200, { oidcToken: token }), refused]);
      assert.equal(error?.code, 'sign-in-app-misconfigured');
      assert.ok(error?.message.includes(`the issuer "${iss}", the subject "${subject}"`), error?.message);
      assert.ok(!error?.message.includes(token));
    }
    const expired = json(400, { error: 'invalid_grant', error_codes: [700082] });
    const { error } = await signInWith([json(200, { oidcToken: token }), expired]);
    assert.ok(!error?.message.includes(subject));
  });

  it('that no repetition would mend is not repeated', async () => {
    for (const [outcome, code] of [
      [json(401, { error: 'invalid_client', error_codes: [700213] }), 'sign-in-app-misconfigured'],
      [json(400, { error: 'unauthorized_client', error_codes: [700016] }), 'sign-in-app-misconfigured'],
      [json(400, { error: 'x' }), 'sign-in-rejected'],
      [json(200, { ...good, token_type: 'mac' }), 'response-malformed'],
      [text(429, '', { 'retry-after': '90' }), 'throttled'],
      [tooLarge, 'response-malformed'],
    ] as const) {
      const { error, requests } = await signInWith([vouched(1), outcome]);
      assert.equal(error?.code, code);
      assert.equal(requests.length, 2, code);
    }
  });

  it('with a key is tried four times, and no more', async () => {
    for (const fault of passing) {
      const { error, requests } = await signInWith(
        Array.from({ length: 30 }, () => fault),
        { issuer: keyed },
        600_000,
      );
      assert.equal(error?.code, fault.kind === 'timed-out' ? 'timed-out' : 'network');
      assert.equal(requests.length, 4, JSON.stringify(fault));
    }
  });

  it('never takes longer than there is time', async () => {
    const outcomes = Array.from({ length: 40 }, () => timedOut);
    const { error, runtime } = await signInWith(outcomes, {}, 70_000);
    assert.equal(error?.code, 'timed-out');
    assert.ok(runtime.clock <= noon + 70_000, 'it took too long');
  });

  it('never shows what was sent, in any form in which an answer echoes it', async () => {
    for (const [issuer, secret] of [
      [federated, identityTokenOf(1)],
      [keyed, key],
    ] as const) {
      for (const form of [secret, encodeURIComponent(secret), new URLSearchParams({ x: secret }).toString().slice(2)]) {
        const echo = json(400, { error: 'invalid_request', error_description: `You sent ${form}.`, trace_id: form });
        const { error } = await signInWith(issuer === keyed ? [echo] : [vouched(1), echo], { issuer });
        assert.equal(error?.code, 'sign-in-rejected');
        assert.ok(!error?.message.includes(form), error?.message);
      }
    }
  });
});

describe('federation: for any answer', () => {
  it('it ends in time, as a token with an expiry that can be shown, or as a TaskError that shows no secret', async () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>(robotsToken, identityTokenOf(1), 'Bearer', 3599, '##vso[x]\n'),
    );
    const body = fc.oneof(
      fc.dictionary(
        fc.constantFrom('oidcToken', 'access_token', 'token_type', 'expires_in', 'error', 'error_codes', 'message'),
        value,
      ),
      fc.constant({ ...good, oidcToken: identityTokenOf(1) }),
      fc.jsonValue(),
    );
    const outcome: fc.Arbitrary<HttpOutcome> = fc.oneof(
      { weight: 4, arbitrary: body.map((content) => json(200, content)) },
      fc
        .tuple(
          fc.integer({ min: 100, max: 599 }),
          body,
          fc.dictionary(fc.constantFrom('retry-after', 'content-type'), fc.string()),
          fc.oneof(fc.string(), fc.date({ noInvalidDate: false }).map(String)),
        )
        .map(([status, content, headers, date]) => json(status, content, { ...headers, date })),
      fc.constantFrom(broken, timedOut, tooLarge),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(outcome, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(federated, keyed),
        async (outcomes, issuer) => {
          const runtime = new FakeRuntime();
          runtime.latency = 100;
          runtime.reply = (_, index) => outcomes[index % outcomes.length] ?? broken;
          const job = { organization: fabrikam, token: new Secret(jobToken) };
          try {
            const pipeline = jobOf({ issuer, job, identityTokenUrl });
            const { token, expires } = await new EntraSignIn(runtime.conversation(60_000), pipeline).app(issuer);
            assert.ok(token.isPrintableWord(20, 65_536), 'it is no token');
            assert.doesNotThrow(() => new Date(expires).toISOString(), `it expires at ${expires}`);
          } catch (error) {
            assert.ok(error instanceof TaskError, String(error));
            for (const secret of [key, jobToken]) assert.ok(!error.message.includes(secret), error.message);
            assert.doesNotMatch(error.message, /##\s*(vso)?\[|[\r\n]/i);
          }
          assert.ok(runtime.clock <= noon + 60_100, 'it took too long');
          for (const { url } of runtime.requests) {
            assert.match(url, /^https:\/\/(dev\.azure\.com\/fabrikam\/|login\.microsoftonline\.com\/)/);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('the expiry can be shown even where the clock of the server is at the end of time', async () => {
    const date = new Date(8_640_000_000_000_000).toUTCString();
    const { token, error } = await signInWith([vouched(1), json(200, good, { date })]);
    if (error) return assert.equal(error.code, 'response-malformed');
    assert.doesNotThrow(() => new Date(token?.expires ?? 0).toISOString());
  });
});

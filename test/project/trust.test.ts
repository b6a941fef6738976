import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mint } from '../../src/agent-pool-token/main';
import { revoke } from '../../src/agent-pool-token/post';
import type { HttpRequest } from '../../src/http/runtime';
import { sweep } from '../../src/revoke-agent-pool-tokens/main';
import { runStep } from '../../src/step/run-step';
import { adasToken, jobRecord, jobToken, kindOf, World } from '../support/world';

const organizationHosts = /^https:\/\/((vssps\.)?dev\.azure\.com|[a-z0-9-]+\.visualstudio\.com)\//;
const loopback = /^https?:\/\/(localhost|\[::1\]|127\.\d+\.\d+\.\d+)(:\d+)?\//;
const entra = /^https:\/\/login\.microsoftonline\.com\/[0-9a-f-]{36}\/oauth2\/v2\.0\/token$/;

/** What of a request is secret lies within its headers and its body. */
const carries = ({ headers, body = '' }: HttpRequest, secret: string) =>
  [...Object.values(headers), ...new URLSearchParams(body).values()].some((value) => value.includes(secret));

/** Addresses that would lead a credential astray, and some that would not. */
const address = fc.oneof(
  fc.constantFrom(
    'https://evil.example',
    'https://evil.example/fabrikam/oidctoken',
    'https://dev.azure.com@evil.example/fabrikam/oidctoken',
    'https://dev.azure.com.evil.example/fabrikam/oidctoken',
    'https://dev.azure.com\\@evil.example/fabrikam/oidctoken',
    'https://dev.azure.com:444/fabrikam/oidctoken',
    'http://dev.azure.com/fabrikam/oidctoken',
    'https://dev.azure.com/contoso/oidctoken',
    'https://dev.azure.com/fabrikam/../contoso/oidctoken',
    'https://dev.azure.com/fabrikam/oidctoken',
    'https://fabrikam.visualstudio.com/oidctoken',
    'https://contoso.visualstudio.com',
    'https://dev.azure.com/contoso',
    'https://DEV.azure.com/contoso',
    'http://127.0.0.1:9/fabrikam',
    'http://localhost/fabrikam/oidctoken',
    'http://[::1]:9/x',
    'http://169.254.169.254/metadata',
    'https://login.microsoftonline.com',
    'https://login.microsoftonline.com.evil.example',
    '//evil.example',
    '$(x)',
    '',
  ),
  fc.webUrl(),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** Every variable that this product reads, and some that it might be tempted to. */
const variables = fc.dictionary(
  fc.constantFrom(
    'System.OidcRequestUri',
    'System.CollectionUri',
    'System.TeamFoundationCollectionUri',
    'System.TeamFoundationServerUri',
    'System.TeamProject',
    'System.TeamProjectId',
    'System.HostType',
    'System.JobId',
    'System.JobAttempt',
    'System.AccessToken',
    'Build.BuildId',
    'Build.DefinitionName',
    'Release.ReleaseId',
    'Release.DefinitionName',
    'authorityUrl',
    'environmentAuthorityUrl',
    'SYSTEMVSSCONNECTION',
  ),
  address,
);

const inputs = fc.dictionary(
  fc.constantFrom(
    'organizationUrl',
    'pool',
    'variable',
    'scope',
    'lifetimeMinutes',
    'authorityUrl',
    'tokenIds',
    'revoke',
  ),
  address,
);

const kinds = ['issuer', 'accessToken', 'azureDevOps', 'azureRM', 'key'] as const;
const key = 'key~of.the-service_principal';

/** A job of this kind, in which an author has set all that an author can set. */
function hostile(kind: (typeof kinds)[number], set: Record<string, string>, wrote: Record<string, string>): World {
  const world = new World();
  if (kind === 'accessToken') world.withAccessToken();
  if (kind === 'azureDevOps' || kind === 'azureRM') world.withApplication(kind);
  if (kind === 'key') {
    world.withApplication('azureRM', { scheme: 'ServicePrincipal', secrets: { servicePrincipalKey: key } });
  }
  Object.assign(world.pipeline.variables, set);
  Object.assign(world.pipeline.inputs, wrote);
  return world;
}

/** Fails if a credential of the connections or of the job went where it does not belong. */
function isTrusted(world: World): void {
  for (const request of world.requests) {
    const { url, method } = request;
    const kind = kindOf(request);
    const { username, password, hash } = new URL(url);
    assert.equal(username + password + hash, '');
    assert.match(method, /^(GET|POST|DELETE)$/);
    // Only an author who names this machine as the organization is taken there.
    assert.ok(organizationHosts.test(url) || loopback.test(url) || entra.test(url), url);
    for (const secret of ['0.refresh-token-of-the-user', 'client~secret.of-the-app', key]) {
      if (carries(request, secret)) assert.match(url, entra, 'a secret of a connection goes to Entra alone');
    }
    if (carries(request, jobToken)) {
      assert.ok(kind === 'identity' || kind === 'timeline', `the token of the job was sent for ${kind}`);
      const { href } = new URL(url);
      assert.match(href, /^https:\/\/(dev\.azure\.com\/fabrikam\/|fabrikam\.visualstudio\.com\/)/i, href);
    }
    if (kind === 'sign-in') assert.match(url, entra);
  }
}

describe('trust: for all that an author can set', () => {
  it('no credential of main or post goes anywhere but to Entra, the organization, and this machine', async () => {
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...kinds), variables, inputs, async (kind, set, wrote) => {
        const world = hostile(kind, set, wrote);
        await runStep(world, mint);
        isTrusted(world);
        await runStep(world, revoke);
        isTrusted(world);
        sent += world.requests.length;
        world.assertDiscreet(jobToken);
      }),
      { numRuns: 1500 },
    );
    assert.ok(sent > 500, `the property was hardly tried: ${sent} requests`);
  });

  it('no credential of a sweep goes anywhere but to Entra, the organization, and this machine', async () => {
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('issuer', 'accessToken'), variables, inputs, async (kind, set, wrote) => {
        const world = hostile(kind, set, wrote);
        world.alive.set('agent-pool-token b1 j12f1170f a1 abcdefghij Nightly', '00000000-0000-4000-8000-000000000001');
        world.timelines.set('1', [jobRecord('12f1170f', 'completed')]);
        await runStep(world, sweep);
        isTrusted(world);
        sent += world.requests.length;
        world.assertDiscreet(jobToken);
      }),
      { numRuns: 1500 },
    );
    assert.ok(sent > 500, `the property was hardly tried: ${sent} requests`);
  });

  it('what an issuer connection names does not follow the organization of a step', async () => {
    for (const organizationUrl of ['http://127.0.0.1:9/fabrikam', 'https://dev.azure.com/contoso']) {
      const world = hostile('issuer', { 'System.CollectionUri': organizationUrl }, { organizationUrl });
      await runStep(world, mint);
      assert.match(world.failure, /\((input-invalid|organization-unsupported)\)$/);
      assert.deepEqual(world.requests, []);
    }
  });

  it('a key goes to no authority on this machine, although the organization of the job is', async () => {
    const world = hostile('key', {}, { organizationUrl: 'http://127.0.0.1:9/fabrikam' });
    Object.assign(world.pipeline.connections.SYSTEMVSSCONNECTION ?? {}, { url: 'http://127.0.0.1:9/fabrikam' });
    await runStep(world, mint);
    const [request] = world.requests;
    assert.ok(request && carries(request, key), 'the key was not sent');
    assert.match(request.url, entra);
  });

  it('an access token of a user goes to the organization that its author names, and to no other', async () => {
    const world = hostile('accessToken', {}, { organizationUrl: 'https://dev.azure.com/contoso' });
    await runStep(world, mint);
    for (const request of world.requests.filter((sent) => carries(sent, adasToken))) {
      assert.match(request.url, /^https:\/\/vssps\.dev\.azure\.com\/contoso\//);
    }
    assert.notEqual(world.requests.length, 0);
  });
});

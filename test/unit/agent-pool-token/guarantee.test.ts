import assert from 'node:assert/strict';
import { appGuarantee, patGuarantee } from '../../../src/agent-pool-token/guarantee';
import { scopeNames, scopes } from '../../../src/azure-devops/tokens/scopes';
import { noon } from '../../support/world';

const facts = {
  scope: 'agentPool',
  organization: 'fabrikam',
  expires: noon,
  revokeAfterJob: true,
  tokenName: 'the name',
  tokenId: 'the-id',
  stored: undefined,
  variable: 'MY_TOKEN',
} as const;

describe('guarantee', () => {
  it('states name and id, scope, organization, exact expiry, the end of the token, and the variable', () => {
    assert.deepEqual(patGuarantee(facts), [
      'Minted personal access token "the name" (id the-id).',
      'Guarantee: limited to Agent Pools (read, manage) [vso.agentpools_manage] in the organization "fabrikam" alone. It is revoked when this job ends, and expires at 2026-03-01T12:00:00.000Z at the latest.',
      'This job has it as the secret variable MY_TOKEN.',
    ]);
  });

  it('does not promise a revocation that will not happen', () => {
    const text = patGuarantee({ ...facts, revokeAfterJob: false }).join(' ');
    assert.match(text, /NOT revoked when this job ends: it lives until 2026-03-01T12:00:00.000Z/);
    assert.doesNotMatch(text, /It is revoked/);
  });

  for (const scope of scopeNames) {
    it(`names what a token for ${scope} may do`, () => {
      assert.ok(
        patGuarantee({ ...facts, scope })
          .join(' ')
          .includes(`${scopes[scope].title} [${scopes[scope].vso}]`),
      );
    });
  }
});

describe('guarantee: the token of an application', () => {
  const published = { organization: 'fabrikam', expires: noon, principal: 'the-object-id', variable: 'MY_TOKEN' };

  it('says whose it is, when it expires, that it is neither limited nor revoked, and the variable', () => {
    assert.deepEqual(appGuarantee(published), [
      'Got a Microsoft Entra access token of the service principal the-object-id for the organization "fabrikam".',
      'Guarantee: it expires at 2026-03-01T12:00:00.000Z. It is NOT limited to agent pools: it can do all that that service principal may do. It cannot be revoked, so nothing is revoked when this job ends.',
      'This job has it as the secret variable MY_TOKEN.',
    ]);
  });

  it('names the connection where it is unknown whose it is', () => {
    const [first] = appGuarantee({ ...published, principal: undefined });
    assert.match(first ?? '', /of the service principal of this connection for the organization "fabrikam"/);
  });

  it('promises nothing that only the other kind of token keeps', () => {
    const text = appGuarantee(published).join(' ');
    assert.doesNotMatch(text, /It is revoked|limited to Agent Pools|personal access token/);
  });
});

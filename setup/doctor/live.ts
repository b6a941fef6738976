import { randomBytes, randomUUID } from 'node:crypto';
import { scopes } from '../../src/azure-devops/tokens/scopes';
import { TaskError } from '../../src/errors';
import type { Answer } from '../../src/http/answer';
import { fieldsOf } from '../../src/json';
import { Secret } from '../../src/secret';
import { requestTokens, type UserTokens } from '../browser/redeem';
import { Rest, succeeded, textOf } from '../services/rest';
import { ownTokenName } from '../steps/proof';
import type { Tools } from '../tools';
import type { Examined } from './examined';
import { type Tried, tried } from './tried';

const minute = 60_000;
const version = 'api-version=7.1-preview.1';

/** Where the tenant ends a refresh token once it has issued the next one. */
const rotates = 'ended: this tenant rotates';

/** Whether a trial found that of the tenant. */
export function isRotation({ answer }: Tried): boolean {
  return answer === rotates;
}

/** Redeems a refresh token twice: a tenant that rotates refuses the second time. */
export async function tryRotation(
  tools: Tools,
  { clientId, clientSecret, tokens }: { clientId: string; clientSecret: Secret; tokens: UserTokens },
): Promise<Tried[]> {
  const redemption = { clientId, clientSecret, grant: { refreshToken: tokens.refreshToken } };
  const first = await requestTokens(tools, redemption);
  const second = await requestTokens(tools, redemption);
  return [
    tried('redeem a refresh token with a client secret', first, succeeded(first) ? 'issued' : 'refused'),
    tried(
      'redeem it again after the next one was issued',
      second,
      succeeded(second) ? 'stays valid' : succeeded(first) ? rotates : 'refused',
    ),
  ];
}

/** How the API of personal access tokens answers what its documentation leaves open. */
export async function tryTokens(tools: Tools, { accessToken }: Pick<UserTokens, 'accessToken'>): Promise<Tried[]> {
  const { runtime, interruption, hosts } = tools;
  const access = { runtime, interrupted: interruption.signal, base: hosts.identities, who: 'you' } as const;
  const api = new Rest({ ...access, token: async () => accessToken });
  const lines: Tried[] = [];
  for (const { vso } of Object.values(scopes)) lines.push(...(await tryScope(tools, api, vso)));
  lines.push(await answered('revoke a token that never existed', () => revoke(api, randomUUID()), outcome));
  return lines;
}

async function tryScope({ runtime }: Tools, api: Rest, scope: string): Promise<Tried[]> {
  const displayName = ownTokenName(runtime);
  const validTo = runtime.now() + 5 * minute;
  const body = { displayName, scope, validTo: new Date(validTo).toISOString(), allOrgs: false };
  const created = await api.ask({
    method: 'POST',
    path: `/_apis/tokens/pats?${version}`,
    body,
    doing: 'Creating a token',
    takesFaults: true,
  });
  const token = created.field('patToken');
  const id = textOf(fieldsOf(token), 'authorizationId');
  const lines = [
    tried(`create ${scope} for five minutes`, created, id === '' ? 'refused' : lifetimeOf(token, validTo)),
  ];
  if (id === '') return lines;
  try {
    const list = () => api.ask({ path: `/_apis/tokens/pats?${version}`, doing: 'Listing tokens', takesFaults: true });
    const shown = (answer: Answer) =>
      JSON.stringify(answer.json ?? '').includes(id) ? 'shows it' : 'does not show it';
    lines.push(await answered('list without a filter', list, shown));
  } finally {
    lines.push(await answered(`revoke ${scope}`, () => revoke(api, id), outcome));
  }
  return [...lines, await answered('revoke it again', () => revoke(api, id), outcome)];
}

/** What a trial says, also where no usable answer came: that is one of the things to find out. */
async function answered(
  question: string,
  ask: () => Promise<Answer>,
  meaning: (answer: Answer) => string,
): Promise<Tried> {
  try {
    const answer = await ask();
    return tried(question, answer, meaning(answer));
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    return { question, status: 0, reason: error.code, answer: 'no usable answer' };
  }
}

function revoke(api: Rest, id: string): Promise<Answer> {
  const path = `/_apis/tokens/pats?authorizationId=${id}&${version}`;
  return api.ask({ method: 'DELETE', path, doing: 'Revoking a token', takesFaults: true, cleansUp: true });
}

function outcome(answer: Answer): string {
  return succeeded(answer) ? 'taken' : 'refused';
}

function lifetimeOf(token: unknown, validTo: number): string {
  const granted = Date.parse(textOf(fieldsOf(token), 'validTo'));
  if (Number.isNaN(granted)) return 'minted, without an expiry';
  const minutes = Math.round((granted - validTo) / minute);
  return minutes === 0
    ? 'minted as asked'
    : `minted, ${Math.abs(minutes)} minutes ${minutes < 0 ? 'shorter' : 'longer'}`;
}

/** Whether the service keeps the secrets of a connection that is written back with null in their place. */
export async function tryRewriting(tools: Tools, { project, connection }: Examined): Promise<Tried[]> {
  const connections = tools.connectionsOf(project);
  const name = `agent-pool-token check ${randomBytes(4).toString('hex')}`;
  const fields = { tenantId: connection.tenantId, clientId: connection.clientId };
  const secret = () => new Secret(`not-a-token-${randomBytes(24).toString('base64url')}`);
  const made = await connections.create(name, {
    proof: 'secret',
    fields,
    refreshToken: secret(),
    clientSecret: secret(),
  });
  try {
    const before = await connections.withId(made.id);
    await connections.rewrite(before, { proof: 'secret', fields });
    const after = await connections.withId(made.id);
    const kept = before.confidential.every((each) => after.confidential.includes(each));
    return [
      {
        question: 'write a connection back with null for its secrets',
        status: 200,
        reason: '',
        answer: kept ? 'names kept' : 'names lost',
      },
    ];
  } finally {
    await connections.remove(made.id, made.projects);
  }
}

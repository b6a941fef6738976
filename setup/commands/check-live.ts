import { writeFileSync } from 'node:fs';
import { version } from '../../package.json';
import type { Secret } from '../../src/secret';
import { openPage } from '../browser/open-page';
import { redeem, refuseOtherPerson } from '../browser/redeem';
import { askForCode } from '../browser/sign-in';
import type { Examined } from '../doctor/examined';
import type { Findings } from '../doctor/finding';
import { isRotation, tryRewriting, tryRotation, tryTokens } from '../doctor/live';
import { tryAgent } from '../doctor/live-agent';
import type { Tried } from '../doctor/tried';
import { SetupError } from '../failure';
import type { User } from '../services/directory';
import { withTemporarySecret } from '../steps/temporary-secret';
import type { Tools } from '../tools';
import { confirmChanges } from './confirmation';

const file = 'issuer-report.json';

/**
 * Signs the user in and tries what no document says. Tokens live for five minutes and are revoked, a connection is made
 * and deleted again. The report holds no secret, no name and no id, so that it can be attached to a public issue.
 * @param findings gets what of that an administrator has to know.
 * @returns whether it was tried: the person may say no.
 */
export async function tryLive(tools: Tools, examined: Examined, findings: Findings): Promise<boolean> {
  const { terminal } = tools;
  const { app, user } = examined;
  const isAgent = examined.connection.agentUserId !== '';
  if (!app || !user)
    throw new SetupError('The app or the user of this issuer does not exist.', 'Run check without --live.');
  const how = isAgent ? 'with a client secret of the blueprint that is removed right after' : 'in the browser';
  terminal.say(
    `This signs ${user.upn} in, ${how}, mints tokens of five minutes and revokes them, and makes and deletes a connection.`,
  );
  if (!(await confirmChanges(tools))) return false;
  const lines = await withTemporarySecret(tools, app, async (clientSecret) => {
    const client = { clientId: app.clientId, clientSecret };
    if (!isAgent) return trySignedIn(tools, { examined, user }, client);
    const tried = await tryAgent(tools, examined, client);
    findings.when(!tried.isTaken, {
      id: 'agent-user-refused',
      severity: 'error',
      about: 'user',
      what: 'No token was minted for the agent user: the report shows which step was refused.',
      remedy: 'If it is Azure DevOps that refuses, run remove and set the issuer up without --agent-user.',
    });
    return [...tried.lines, ...(await tryRewriting(tools, examined))];
  });
  writeFileSync(file, `${JSON.stringify({ version, tried: lines }, undefined, 2)}\n`);
  for (const { question, status, reason, answer } of lines) {
    terminal.say(`${String(status).padEnd(4)} ${question}: ${answer}${reason && ` (${reason})`}`);
  }
  terminal.say(`\nWritten to ${file}. It holds no secret, no name and no id.\n`);
  findings.when(lines.some(isRotation), {
    id: 'tenant-rotates',
    severity: 'error',
    about: 'tenant',
    what: 'Entra ends a refresh token of this tenant once it has issued the next one. A job that began before a renewal cannot sign in again at its end, and its token lives until it expires.',
    remedy:
      'Such a tenant is not supported with renewal. Renew by hand while no job runs, or look for the policy that does this.',
  });
  return true;
}

/** The user signs in in the browser. */
async function trySignedIn(
  tools: Tools,
  { examined, user }: { examined: Examined; user: User },
  { clientId, clientSecret }: { clientId: string; clientSecret: Secret },
): Promise<Tried[]> {
  const { options, terminal, tenantId, hosts, interruption } = tools;
  const request = { authority: hosts.entra, tenantId, clientId, user: user.upn, port: options.port };
  const grant = await askForCode(request, interruption, (address) => openPage(address, user.upn, terminal));
  const tokens = await redeem(tools, { clientId, clientSecret, grant });
  refuseOtherPerson(tokens.accessToken, { userId: user.id, upn: user.upn, tenantId });
  return [
    ...(await tryRotation(tools, { clientId, clientSecret, tokens })),
    ...(await tryTokens(tools, tokens)),
    ...(await tryRewriting(tools, examined)),
  ];
}

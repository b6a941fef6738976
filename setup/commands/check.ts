import { examineAgent } from '../doctor/agent-findings';
import { examineApp } from '../doctor/app-findings';
import { examineConnection } from '../doctor/connection-findings';
import { examine } from '../doctor/examined';
import { Findings } from '../doctor/finding';
import { tableOf } from '../doctor/table';
import { examineUser } from '../doctor/user-findings';
import { signInAdministrator } from '../plan/sign-in-administrator';
import type { World } from '../world';
import { tryLive } from './check-live';

/** Looks at an issuer that exists. @returns the exit code: 1 where there is something to mend. */
export async function check(world: World): Promise<number> {
  const { options, terminal } = world;
  const { tools, administered } = await signInAdministrator(world);
  const examined = await examine(tools, administered);
  const findings = new Findings();
  if (options.live && !(await tryLive(tools, examined, findings))) return 1;
  if (!options.live && examined.connection.agentUserId === '') {
    findings.unchecked.push(
      'whether the tenant ends a refresh token once it has issued the next one: check --live finds that out',
    );
  }
  await examineConnection(tools, examined, findings);
  await examineApp(tools, examined, findings);
  await examineAgent(tools, examined, findings);
  await examineUser(tools, examined, findings);
  const sorted = findings.sorted();
  if (options.json) terminal.say(JSON.stringify({ findings: sorted, unchecked: findings.unchecked }, undefined, 2));
  else for (const line of tableOf(sorted, findings.unchecked)) terminal.say(line);
  return sorted.some(({ severity }) => severity !== 'note') ? 1 : 0;
}

import type { AgentPackage } from '../../model';
import type { Answer } from '../../requests/answers';
import type { Exchange } from '../../requests/exchange';
import type { State } from '../../state';
import { requireCaller } from '../sign-in-answers';

/**
 * `GET …/packages/agent`: the versions of the agent that the organization offers, the newest first. Undocumented; seen
 * where agents update themselves, and in the script of Microsoft's page on agents in containers.
 */
export function listPackages(exchange: Exchange, state: State): Answer {
  requireCaller(exchange, state);
  const platform = exchange.query('platform')?.toLowerCase();
  const top = Number(exchange.query('$top') ?? Number.POSITIVE_INFINITY);
  const value = state.agentPackages
    .filter((agentPackage) => platform === undefined || agentPackage.platform === platform)
    .slice(0, top)
    .map(packageJson);
  return { status: 200, json: { count: value.length, value } };
}

function packageJson({ platform, version, downloadUrl, hashValue }: AgentPackage) {
  const [major, minor, patch] = version.split('.').map(Number);
  return {
    type: 'agent',
    platform,
    createdOn: '2026-01-12T09:00:00.123Z',
    version: { major, minor, patch },
    downloadUrl,
    infoUrl: 'https://go.microsoft.com/fwlink/?LinkId=798199',
    hashValue,
    filename: downloadUrl.slice(downloadUrl.lastIndexOf('/') + 1),
  };
}

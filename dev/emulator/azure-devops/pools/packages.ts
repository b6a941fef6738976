import { createHash } from 'node:crypto';
import type { AgentPackage } from '../../model';
import { type Answer, notKnown } from '../../requests/answers';
import type { Exchange } from '../../requests/exchange';
import type { State } from '../../state';
import { requireCaller } from '../sign-in-answers';

/**
 * `GET …/packages/agent`: the versions of the agent that the organization offers, the newest first. Undocumented; seen
 * where agents update themselves, and in the script of Microsoft's page on agents in containers.
 */
export function listPackages(exchange: Exchange, state: State): Answer {
  requireCaller(exchange, state);
  if (exchange.isSet('includeToken')) throw notKnown('with includeToken');
  const platform = (exchange.route[0] || exchange.query('platform'))?.toLowerCase();
  const top = exchange.count('$top');
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
    filename: fileOf(downloadUrl),
  };
}

/** `GET /agent/{version}/{file}`, at the host of downloads; asks for no credential. */
export function downloadPackage({ route: [version, file] }: Exchange, state: State): Answer {
  const offered = state.agentPackages.find(
    (candidate) => candidate.version === version && fileOf(candidate.downloadUrl) === file,
  );
  if (!offered?.content) return { status: 404 };
  return { status: 200, bytes: offered.content, contentType: 'application/octet-stream' };
}

/** Offers a version of the agent for one platform, with what is downloaded then. */
export function addAgentPackage(
  state: State,
  { platform, version, content }: Required<Pick<AgentPackage, 'platform' | 'version' | 'content'>>,
): AgentPackage {
  const file = `vsts-agent-${platform}-${version}.${platform.startsWith('win') ? 'zip' : 'tar.gz'}`;
  const offered = {
    platform,
    version,
    downloadUrl: `${state.downloadsUrl}/agent/${version}/${file}`,
    hashValue: createHash('sha256').update(content).digest('hex'),
    content,
  };
  state.agentPackages.unshift(offered);
  return offered;
}

function fileOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

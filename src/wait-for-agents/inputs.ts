import type { Project } from '../azure-devops/project-targets';
import { quoted } from '../errors';
import type { Secret } from '../secret';
import { readOrganization } from '../sign-in/connections';
import { holdsExpression, type InputReader } from '../step/input-reader';
import { isWebToken, maxWebTokenLength } from '../web-token';
import { readWanted, type Wanted } from './wanted';
import type { Target, Watch } from './watched-agents';

/** Which agents a step waits for, and who asks. */
export interface WaitInputs extends Watch {
  wanted: Wanted;
  timeoutMinutes: number;
}

/** Reads which agents to wait for. Notes `input-invalid`, or `organization-unsupported`. */
export function readWaitInputs(reader: InputReader): WaitInputs {
  const organization = readOrganization(reader);
  const token = readToken(reader);
  const target = readTarget(reader);
  const wanted = readWanted(reader);
  const timeoutMinutes = reader.minutes('timeoutMinutes', { byDefault: 30, min: 1 });
  const kind = token && isWebToken(token) ? 'entra' : 'pat';
  return reader.complete<WaitInputs>({ organization, token, kind, target, wanted, timeoutMinutes });
}

/** Only the fields of the target that was picked: the classic editor keeps what is in those that the pick hides. */
function readTarget(reader: InputReader): Target | undefined {
  const kind = reader.oneOf('target', ['pool', 'deploymentGroup', 'environment'], 'pool');
  if (kind === undefined) return undefined;
  const name = readTargetName(reader, kind);
  if (name === '') reader.problem('input-invalid', `${kind} is empty: it must say where the agents appear.`);
  if (kind === 'pool') return { kind, name };
  const project = readProject(reader);
  return project && { kind, name, project };
}

function readTargetName(reader: InputReader, kind: Target['kind']): string {
  switch (kind) {
    case 'pool':
      return reader.name('pool', 'an agent pool');
    case 'deploymentGroup':
      return reader.name('deploymentGroup', 'a deployment group');
    case 'environment':
      return reader.name('environment', 'an environment');
  }
}

function readProject(reader: InputReader): Project | undefined {
  const named = reader.name('project', 'a project');
  const id = named || reader.variable('System.TeamProjectId');
  // It becomes part of a path, in which dots would lead elsewhere.
  if (/^\.*$|[/\\]/.test(id)) {
    return reader.problem('input-invalid', `project ${quoted(id)} cannot be the name of a project.`);
  }
  return { id, title: named === '' ? 'this project' : `the project ${quoted(named)}` };
}

function readToken(reader: InputReader): Secret | undefined {
  const token = reader.secret('token');
  if (!token || holdsExpression(token.reveal())) {
    return reader.problem(
      'input-invalid',
      'token is empty, or names a variable that does not exist in this job.',
      'Put this step behind the one that mints the token, and name the same variable; nothing was sent.',
    );
  }
  if (token.isPrintableWord(20, maxWebTokenLength)) return token;
  const what = 'token is neither a personal access token nor an Entra token: those are one long word.';
  return reader.problem('input-invalid', what);
}

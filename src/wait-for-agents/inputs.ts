import type { Organization } from '../azure-devops/organization';
import type { Project } from '../azure-devops/project-targets';
import { quoted } from '../errors';
import type { Secret } from '../secret';
import { readOrganization } from '../sign-in/connections';
import { holdsExpression, type InputReader } from '../step/input-reader';
import { isWebToken } from '../web-token';
import { readWanted, type Wanted } from './wanted';
import type { Target } from './watched-agents';

/** Which agents a step waits for, and who asks. */
export interface WaitInputs {
  organization: Organization;
  token: Secret;
  kind: 'pat' | 'entra';
  target: Target;
  wanted: Wanted;
  timeoutMinutes: number;
}

/** Reads which agents to wait for. Notes `input-invalid`, or `organization-unsupported`. */
export function readWaitInputs(reader: InputReader): WaitInputs {
  const organization = readOrganization(reader);
  const token = readToken(reader);
  const target = readTarget(reader, organization);
  const wanted = readWanted(reader);
  const timeoutMinutes = reader.minutes('timeoutMinutes', { byDefault: 30, min: 1 });
  return {
    ...reader.complete<Pick<WaitInputs, 'organization' | 'token' | 'target'>>({ organization, token, target }),
    kind: token && isWebToken(token) ? 'entra' : 'pat',
    wanted,
    timeoutMinutes,
  };
}

/** Only the fields of the target that was picked: the classic editor keeps what is in those that the pick hides. */
function readTarget(reader: InputReader, organization: Organization | undefined): Target | undefined {
  switch (reader.oneOf('target', ['pool', 'deploymentGroup', 'environment'], 'pool')) {
    case 'pool':
      return { kind: 'pool', name: required(reader, 'pool', reader.name('pool', 'an agent pool')) };
    case 'deploymentGroup': {
      const name = required(reader, 'deploymentGroup', reader.name('deploymentGroup', 'a deployment group'));
      const project = readProject(reader, organization);
      return project && { kind: 'deploymentGroup', name, project };
    }
    case 'environment': {
      const name = required(reader, 'environment', reader.name('environment', 'an environment'));
      const project = readProject(reader, organization);
      return project && { kind: 'environment', name, project };
    }
    default:
      return undefined;
  }
}

function required(reader: InputReader, input: string, name: string): string {
  if (name === '') reader.problem('input-invalid', `${input} is empty: it must say where the agents appear.`);
  return name;
}

function readProject(reader: InputReader, organization: Organization | undefined): Project | undefined {
  const named = reader.name('project', 'a project');
  const id = named || reader.variable('System.TeamProjectId');
  // It becomes part of a path, in which dots would lead elsewhere.
  if (/^\.*$|[/\\]/.test(id)) {
    reader.problem('input-invalid', `project ${quoted(id)} cannot be the name of a project.`);
    return undefined;
  }
  const title = named === '' ? 'this project' : `the project ${quoted(named)}`;
  return organization && { organization, id, title };
}

function readToken(reader: InputReader): Secret | undefined {
  const token = reader.secret('token');
  if (!token || holdsExpression(token.reveal())) {
    reader.problem(
      'input-invalid',
      'token is empty, or names a variable that does not exist in this job.',
      'Put this step behind the one that mints the token, and name the same variable; nothing was sent.',
    );
  } else if (!token.isPrintableWord(20, 65_536)) {
    reader.problem(
      'input-invalid',
      'token is neither a personal access token nor an Entra token: those are one long word.',
    );
  }
  return token;
}

import { fieldsOf } from '../../src/json';
import type { Identity } from './members';
import type { Named } from './organization';
import { isObject, type Rest, textOf } from './rest';

/** Who may use a connection: pipelines one by one, or all of them. */
export interface PipelinePermissions {
  all: boolean;
  pipelineIds: number[];
}

/** Checks that stand before a connection. */
export interface Checks {
  /** Branches that branch control lets through; undefined where there is no branch control. */
  branches?: string[];
  approverIds: string[];
  count: number;
}

const approvalType = { id: '8c6f20a7-a545-4486-9777-f762fafe0d4d', name: 'Approval' };
const taskCheckType = { id: 'fe1de3ee-a436-41b4-bb20-f6eb4cb879a7', name: 'Task Check' };
const branchControl = {
  id: '86b05a0c-73e6-4f7d-b3cf-e38f3b39a75b',
  name: 'evaluatebranchProtection',
  version: '0.0.1',
};
const apiVersion = 'api-version=7.1-preview.1';
/** Minutes. */
const timeout = { branches: 1440, approval: 43_200 };

/** What stands between a connection and the pipelines of its project. */
export class Protection {
  readonly #project: string;

  constructor(
    readonly rest: Rest,
    project: Named,
  ) {
    this.#project = `/${encodeURIComponent(project.id)}/_apis/pipelines`;
  }

  async permissions(connectionId: string): Promise<PipelinePermissions> {
    const path = `${this.#project}/pipelinepermissions/endpoint/${connectionId}?${apiVersion}`;
    const answer = await this.rest.found({ path, doing: 'Reading which pipelines may use the connection' });
    const all = answer?.field('allPipelines');
    const pipelines = answer?.field('pipelines');
    const authorized = (Array.isArray(pipelines) ? pipelines : []).filter(
      (each) => isObject(each) && each.authorized === true,
    );
    return {
      all: isObject(all) && all.authorized === true,
      pipelineIds: authorized.map((each) => (isObject(each) ? Number(each.id) : Number.NaN)),
    };
  }

  async permit(connectionId: string, pipelineIds: number[]): Promise<void> {
    await this.rest.success({
      method: 'PATCH',
      path: `${this.#project}/pipelinepermissions/endpoint/${connectionId}?${apiVersion}`,
      body: { pipelines: pipelineIds.map((id) => ({ id, authorized: true })) },
      doing: 'Permitting the pipelines to use the connection',
    });
  }

  async checks(connectionId: string): Promise<Checks> {
    const query = new URLSearchParams({ resourceType: 'endpoint', resourceId: connectionId, $expand: 'settings' });
    const found = await this.rest.list({
      path: `${this.#project}/checks/configurations?${query}&${apiVersion}`,
      doing: 'Reading the checks of the connection',
    });
    const settings = found.map((check) => fieldsOf(check.settings));
    const branches = settings.map(allowedBranches).find((each) => each !== undefined);
    const approvers = settings.flatMap(({ approvers }) => (Array.isArray(approvers) ? approvers.filter(isObject) : []));
    return {
      ...(branches && { branches }),
      approverIds: approvers.map((approver) => textOf(approver, 'id')),
      count: found.length,
    };
  }

  async addBranchControl(connection: Named, branches: string[]): Promise<void> {
    const settings = {
      displayName: 'Branch control',
      definitionRef: branchControl,
      inputs: {
        allowedBranches: branches.join(','),
        ensureProtectionOfBranch: 'true',
        allowUnknownStatusBranch: 'false',
      },
    };
    await this.#add(connection, { type: taskCheckType, settings, timeout: timeout.branches });
  }

  async addApproval(connection: Named, approvers: Identity[]): Promise<void> {
    const settings = {
      approvers: approvers.map(({ id }) => ({ id })),
      executionOrder: 'anyOrder',
      minRequiredApprovers: 1,
      instructions: 'This run asks for a token that can register agents.',
      blockedApprovers: [],
      requesterCannotBeApprover: false,
    };
    await this.#add(connection, { type: approvalType, settings, timeout: timeout.approval });
  }

  async #add({ id, name }: Named, check: Record<string, unknown>): Promise<void> {
    await this.rest.success({
      method: 'POST',
      path: `${this.#project}/checks/configurations?${apiVersion}`,
      body: { ...check, resource: { type: 'endpoint', id, name } },
      doing: 'Adding a check to the connection',
    });
  }
}

function allowedBranches({ definitionRef, inputs }: Record<string, unknown>): string[] | undefined {
  if (!isObject(definitionRef) || textOf(definitionRef, 'id') !== branchControl.id || !isObject(inputs))
    return undefined;
  return textOf(inputs, 'allowedBranches')
    .split(',')
    .map((branch) => branch.trim());
}

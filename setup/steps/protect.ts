import { quoted } from '../../src/errors';
import { sameName } from '../options';
import type { FoundInOrganization } from '../plan/found';
import type { Tools } from '../tools';
import { made, type Progress, type Step } from './step';

/** Checks before the connection, made before any pipeline is permitted to use it. */
export function checkSteps(tools: Tools, found: FoundInOrganization, progress: Progress): Step[] {
  const { options } = tools;
  const protection = tools.protectionOf(found.project);
  const checks = found.connection?.checks;
  const connection = () => made(progress.connection, 'The service connection');
  const branches: Step = {
    title: `branch control on it: ${options.branches.join(', ')}`,
    // Another list of branches is a choice of an administrator: check reports it, this command does not overrule it.
    there: checks?.branches !== undefined,
    run: () => protection.addBranchControl(connection(), options.branches),
  };
  if (found.approvers.length === 0) return [branches];
  const names = found.approvers.map(({ name }) => name).join(', ');
  const approval: Step = {
    title: `approval by ${names} (the sweep and the renewal then wait for a person too)`,
    there: found.approvers.every(({ id }) => checks?.approverIds.some((other) => sameName(other, id))),
    run: () => protection.addApproval(connection(), found.approvers),
  };
  return [branches, approval];
}

/** Who writes the connection when it is renewed. */
export function writerStep(
  { members }: Tools,
  { writer, connection }: FoundInOrganization,
  progress: Progress,
): Step[] {
  if (!writer) return [];
  return [
    {
      title: `administrator of this one connection, at the level of the organization: ${writer.name}`,
      there: connection?.administrators.some((id) => sameName(id, writer.id)) ?? false,
      async run() {
        await members.makeConnectionAdministrator(made(progress.connection, 'The service connection').id, writer.id);
      },
    },
  ];
}

/** The last step, since with it the connection can be used. */
export function pipelineStep(tools: Tools, found: FoundInOrganization, progress: Progress): Step[] {
  if (found.pipelines.length === 0) return [];
  const permitted = found.connection?.permissions.pipelineIds ?? [];
  const names = found.pipelines.map(({ name }) => quoted(name)).join(', ');
  return [
    {
      title: `permission to use it for ${names}, and for no other pipeline`,
      there: found.pipelines.every(({ id }) => permitted.includes(id)),
      async run() {
        const { id } = made(progress.connection, 'The service connection');
        await tools.protectionOf(found.project).permit(
          id,
          found.pipelines.map((pipeline) => pipeline.id),
        );
      },
    },
  ];
}

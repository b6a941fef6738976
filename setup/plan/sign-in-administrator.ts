import { SetupError } from '../failure';
import { sameName } from '../options';
import { tenantOf } from '../services/organization';
import { anonymousRest, makeTools, type Tools } from '../tools';
import type { World } from '../world';

/** Who runs the command, and in which organization. */
export interface Administered {
  administrator: { id: string; name: string; identityId: string };
  organizationId: string;
}

const noTenant = '00000000-0000-0000-0000-000000000000';

/**
 * Finds the tenant of the organization, and signs the administrator in to both. Everything else needs this, so that
 * a failure here is reported alone.
 * @throws SetupError
 */
export async function signInAdministrator(world: World): Promise<{ tools: Tools; administered: Administered }> {
  const { options, runtime, interruption } = world;
  const { name, url } = options.organization;
  const anonymous = anonymousRest(options, runtime, interruption.signal);
  const tenantId = await tenantOf(anonymous);
  if (tenantId === undefined) {
    throw new SetupError(
      `${url} did not say which tenant it belongs to: there is no organization of that name, or something else answers there.`,
      'Check --organization.',
    );
  }
  if (tenantId === noTenant) {
    throw new SetupError(
      `The organization "${name}" is connected to no Microsoft Entra tenant, and only users of a tenant can mint tokens without a person.`,
      'Connect it under Organization settings > Microsoft Entra.',
      { who: 'a Project Collection Administrator' },
    );
  }
  const tools = makeTools(world, tenantId);
  const who = await tools.administrator.identity();
  if (who.tenantId !== '' && !sameName(who.tenantId, tenantId)) {
    throw new SetupError(
      `You are signed in to the tenant ${who.tenantId}, but the organization "${name}" belongs to the tenant ${tenantId}.`,
      `Run "az login --tenant ${tenantId}", then this command again.`,
    );
  }
  const connection = await tools.organization.connectionData();
  if (!connection) {
    throw new SetupError(
      `${who.name || 'The account that you are signed in with'} does not belong to the organization "${name}".`,
      'Sign in with an account that does, or ask to be added under Organization settings > Users.',
      { who: 'a Project Collection Administrator' },
    );
  }
  const { organizationId, identityId } = connection;
  return { tools, administered: { organizationId, administrator: { id: who.id, name: who.name, identityId } } };
}

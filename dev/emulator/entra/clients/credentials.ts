import type { Application } from '../../directory/entities';
import type { Answer } from '../../requests/answers';
import type { State } from '../../state';
import { appToken, azureDevOps } from '../access-tokens';
import { noStore, type Refuse } from '../refusals';

/** The names that Azure DevOps has in a scope. */
const resourceNames = [azureDevOps, 'https://app.vssps.visualstudio.com'];

/** Gives an application, which has proved who it is, a token of its own. */
export function actForItself(form: URLSearchParams, application: Application, state: State, refuse: Refuse): Answer {
  requireWholeResource(form.get('scope') ?? '', state, refuse);
  const principal = state.servicePrincipals.find((candidate) => candidate.clientId === application.clientId);
  if (!principal) {
    const text = `The service principal for application '${application.clientId}' was not found.`;
    throw refuse(7000229, text, { error: 'unauthorized_client' });
  }
  const expiresIn = Math.round(state.accessTokenMinutes * 60) - 1;
  return {
    status: 200,
    headers: noStore,
    json: {
      token_type: 'Bearer',
      expires_in: expiresIn,
      ext_expires_in: expiresIn,
      access_token: appToken(state, principal, { proof: form.has('client_assertion') ? 'assertion' : 'secret' }),
    },
  };
}

/** An application asks for all that it may do on Azure DevOps, in one word. */
function requireWholeResource(scope: string, state: State, refuse: Refuse): void {
  if (resourceNames.some((name) => scope === `${name}/.default`)) return;
  if (scope === '') {
    const text = "The request body must contain the following parameter: 'scope'.";
    throw refuse(900144, text, { error: 'invalid_request' });
  }
  if (resourceNames.some((name) => scope.startsWith(`${name}/`) && !scope.includes(' '))) {
    const text = `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`;
    throw refuse(1002012, text, { error: 'invalid_scope' });
  }
  const [, resource] = /^(\S+)\/\.default$/.exec(scope) ?? [];
  if (resource !== undefined) {
    const text = `The resource principal named ${resource} was not found in the tenant named ${state.organization}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`;
    throw refuse(500011, text, { error: 'invalid_resource' });
  }
  const text = `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${scope} is not valid.`;
  throw refuse(70011, text, { error: 'invalid_scope' });
}

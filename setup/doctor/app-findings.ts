import { quoted } from '../../src/errors';
import { azureDevOpsId, patScopes } from '../../src/sign-in/token-endpoint';
import { day } from '../../src/time';
import { sameName } from '../options';
import type { Application } from '../services/application-json';
import type { Principal } from '../services/principals';
import { oldIssuer, trustOf } from '../steps/federated-credential';
import { isTemporary } from '../steps/temporary-secret';
import type { Tools } from '../tools';
import type { Examined } from './examined';
import type { Findings } from './finding';

const soon = 30 * day;
const about = 'app' as const;

/** The app registration: how it proves itself, who may sign in with it, and for what. */
export async function examineApp(tools: Tools, examined: Examined, findings: Findings): Promise<void> {
  const { app, principal } = examined;
  findings.when(!app || !principal, {
    id: 'app-missing',
    severity: 'error',
    about,
    what: 'The app registration of the connection does not exist in this tenant any more.',
    remedy: 'Run remove, then create.',
  });
  if (!app || !principal) return;
  examineRegistration(app, findings);
  examineSecrets(tools, examined, findings);
  await examineTrust(tools, { examined, app }, findings);
  if (examined.connection.agentUserId === '') await examineConsent(tools, { examined, principal }, findings);
}

function examineRegistration(app: Application, findings: Findings): void {
  findings.when(app.signInAudience !== 'AzureADMyOrg', {
    id: 'app-open-to-other-tenants',
    severity: 'error',
    about,
    what: 'The app is open to other tenants, and Entra refuses federated credentials of such an app.',
    remedy: 'Set Supported account types to this organizational directory only.',
  });
  findings.when(app.isPublicClient, {
    id: 'redirect-platform',
    severity: 'error',
    about,
    what: 'The app lets people sign in through a public client: a refresh token from there is good without any proof of the app.',
    remedy: 'Keep redirect URIs of the platform Web alone, set Allow public client flows to No, and run renew.',
  });
  findings.when(
    app.requires.some(({ resource }) => !sameName(resource, azureDevOpsId)),
    {
      id: 'app-permissions-of-other-services',
      severity: 'warning',
      about,
      what: 'The app asks for permissions of other services than Azure DevOps.',
      remedy: `Remove every permission but ${patScopes.join(' and ')}.`,
    },
  );
}

function examineSecrets({ runtime }: Tools, { app, connection }: Examined, findings: Findings): void {
  const needed = connection.proof === 'secret';
  for (const secret of app?.secrets ?? []) {
    const left = Date.parse(secret.endsOn) - runtime.now();
    findings.when(isTemporary(secret), {
      id: 'temporary-secret-left',
      severity: 'warning',
      about,
      what: `A client secret of an interrupted run is still there; it ends at ${secret.endsOn}.`,
      remedy: 'Run create or renew again, which removes it, or remove it in the app registration.',
    });
    findings.when(!needed && !isTemporary(secret), {
      id: 'secret-without-use',
      severity: 'warning',
      about,
      what: `The app has a client secret (${quoted(secret.name)}), which this connection does not need.`,
      remedy: 'Remove it, unless another connection of the same app uses it.',
    });
    findings.when(needed && left < soon, {
      id: left < 0 ? 'secret-expired' : 'secret-ends-soon',
      severity: left < 0 ? 'error' : 'warning',
      about,
      what: `A client secret of the app (${quoted(secret.name)}) ${left < 0 ? 'ended' : 'ends'} at ${secret.endsOn}.`,
      remedy: 'Run renew, which makes a new one and stores it.',
    });
  }
  findings.when(needed && (app?.secrets.length ?? 0) === 0, {
    id: 'secret-missing',
    severity: 'error',
    about,
    what: 'The connection proves its app with a client secret, and the app has none.',
    remedy: 'Run renew, which makes a new one and stores it.',
  });
}

async function examineTrust(
  tools: Tools,
  { examined, app }: { examined: Examined; app: Application },
  findings: Findings,
): Promise<void> {
  const credentials = await tools.applications.federatedCredentials(app.id);
  const needed = examined.connection.proof !== 'secret';
  const trust = trustOf(tools, examined, examined.connection);
  const matching = credentials.find(({ issuer, subject }) => issuer === trust.issuer && subject === trust.subject);
  findings.when(needed && !matching, {
    id: 'federated-credential-missing',
    severity: 'error',
    about,
    what: 'No federated credential of the app matches issuer and subject of the connection to the letter.',
    remedy: 'Run create again, which corrects it.',
  });
  findings.when(
    credentials.some(({ issuer }) => issuer.startsWith(oldIssuer)),
    {
      id: 'issuer-ends',
      severity: 'warning',
      about,
      what: `A federated credential of the app trusts ${oldIssuer}, which Azure DevOps ends on 2027-07-01.`,
      remedy:
        'Update the connection on its page, where that is offered, and run create again; or set the issuer up anew under another name.',
    },
  );
  const others = credentials.filter((credential) => credential !== matching).length;
  findings.when(others > 0, {
    id: 'other-federated-credentials',
    severity: 'note',
    about,
    what: `The app trusts ${others} more federated ${others === 1 ? 'credential' : 'credentials'}.`,
    remedy: 'Remove those that belong to no connection of this user.',
  });
}

async function examineConsent(
  { principals, directory }: Tools,
  { examined, principal }: { examined: Examined; principal: Principal },
  findings: Findings,
): Promise<void> {
  const { assigned, user } = examined;
  findings.when(!principal.enabled, {
    id: 'app-disabled',
    severity: 'error',
    about,
    what: 'The enterprise application is disabled for sign-in.',
    remedy: 'Enable it in the Entra admin center.',
  });
  findings.when(!principal.assignmentRequired, {
    id: 'assignment-not-required',
    severity: 'error',
    about,
    what: 'Every user of the tenant may sign in with the app.',
    remedy: 'Set Assignment required to Yes in the enterprise application.',
  });
  const strangers = assigned.filter(({ id }) => id !== user?.id);
  findings.when(user !== undefined && strangers.length > 0, {
    id: 'others-assigned',
    severity: 'warning',
    about,
    what: `The app is assigned to others too: ${strangers.map(({ name }) => quoted(name)).join(', ')}.`,
    remedy: 'Remove them under Users and groups of the enterprise application.',
  });
  const consents = await principals.consents(principal.id);
  const resource = await directory.azureDevOps();
  const wide = consents.filter(
    ({ forAll, resourceId, scopes }) =>
      forAll || resourceId !== resource?.id || scopes.some((scope) => !patScopes.includes(scope)),
  );
  findings.when(wide.length > 0, {
    id: 'consent-too-wide',
    severity: 'warning',
    about,
    what: `Consent goes beyond ${patScopes.join(' and ')} for this one user.`,
    remedy: 'Remove what goes beyond it under Permissions of the enterprise application.',
  });
  const own = consents.find(
    ({ forAll, userId, resourceId }) => (forAll || userId === user?.id) && resourceId === resource?.id,
  );
  findings.when(user !== undefined && !patScopes.every((scope) => own?.scopes.includes(scope)), {
    id: 'consent-missing',
    severity: 'error',
    about,
    what: `There is no consent to ${patScopes.join(' and ')} for the user.`,
    remedy: 'Run create again, which gives it.',
  });
}

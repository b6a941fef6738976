import { patScopes } from '../../src/sign-in/token-endpoint';
import { SetupError } from '../failure';
import { poll } from '../interruption';
import { type Found, redirectUri } from '../plan/found';
import type { Application } from '../services/application-json';
import type { Tools } from '../tools';
import { made, type Progress, type Step } from './step';

/** Milliseconds for what was made in Entra to be known everywhere in it. */
const replication = { patience: 120_000, pause: 3_000 };

/** The app registration, who may use it, and for what: all that is done in Entra before the user signs in. */
export function appSteps(tools: Tools, found: Found, progress: Progress): Step[] {
  return [appStep(tools, found, progress), principalStep(tools, found, progress), ...userSteps(tools, found, progress)];
}

function appStep({ options, applications }: Tools, { entra }: Found, progress: Progress): Step {
  const uri = redirectUri(options.port);
  const { app, permissions } = entra;
  const held = app?.requires.flatMap((each) => each.permissions) ?? [];
  const hasAll = permissions.every((permission) => held.includes(permission)) && held.length === permissions.length;
  // Without a sign-in nothing comes back to this port.
  const needsUri = progress.connection === undefined && !options.agentUser;
  return {
    title: `app registration "${options.app}", single tenant, redirect ${uri} of the platform Web, permissions ${patScopes.join(' and ')}`,
    there: app !== undefined && hasAll && (!needsUri || app.redirectUris.includes(uri)),
    changes: app !== undefined,
    async run() {
      if (app) await applications.complete(app, uri, permissions);
      else progress.app = await applications.create(options.app, uri, permissions);
    },
  };
}

function principalStep(tools: Tools, { entra }: Found, progress: Progress): Step {
  const { principals, options } = tools;
  return {
    title: `enterprise application "${options.app}", for assigned users only`,
    there: entra.principal?.assignmentRequired === true,
    changes: entra.principal !== undefined,
    async run(report) {
      const { clientId } = made(progress.app, 'The app registration');
      progress.principal ??= await untilKnown(tools, report, () => principals.createPrincipal(clientId));
      const { id } = progress.principal;
      const change = async () =>
        (await principals.changePrincipal(id, { appRoleAssignmentRequired: true })) || undefined;
      await untilKnown(tools, report, change);
    },
  };
}

function userSteps(tools: Tools, { entra, user }: Found, progress: Progress): Step[] {
  const { principals } = tools;
  const { consent } = entra;
  const scope = patScopes.join(' ');
  const hasConsent = consent !== undefined && patScopes.every((name) => consent.scopes.includes(name));
  const principalId = () => made(progress.principal, 'The enterprise application').id;
  return [
    {
      title: `${user.upn} assigned to it`,
      there: entra.assigned,
      async run(report) {
        await untilKnown(tools, report, async () => (await principals.assign(principalId(), user.id)) || undefined);
      },
    },
    {
      title: `consent to ${patScopes.join(' and ')} for ${user.upn} alone`,
      there: hasConsent && consent.scopes.length === patScopes.length,
      changes: consent !== undefined,
      async run(report) {
        if (consent) return principals.changeConsent(consent.id, scope);
        const grant = { resourceId: entra.resourceId, scope };
        await untilKnown(
          tools,
          report,
          async () => (await principals.consent(principalId(), user.id, grant)) || undefined,
        );
      },
    },
  ];
}

/** The redirect URI of the port, on an app that exists. */
export function redirectStep({ options, applications }: Tools, app: Application, permissions: string[]): Step {
  const uri = redirectUri(options.port);
  return {
    title: `redirect ${uri} of the platform Web on the app registration "${app.name}"`,
    there: app.redirectUris.includes(uri),
    changes: true,
    run: () => applications.complete(app, uri, permissions),
  };
}

/** Repeats what Entra refuses because it does not know everywhere yet what was made a moment ago. */
export async function untilKnown<T>(
  tools: Tools,
  report: (line: string) => void,
  attempt: () => Promise<T | undefined>,
): Promise<T> {
  const onWait = () => report('Waiting until Entra knows what was made');
  const result = await poll(tools, { ...replication, onWait }, attempt);
  if (result !== undefined) return result;
  throw new SetupError(
    'Entra does not know yet what was made two minutes ago.',
    'Run the command again in some minutes.',
  );
}

import { openPage } from '../browser/open-page';
import { redeem, refuseOtherPerson } from '../browser/redeem';
import { askForCode } from '../browser/sign-in';
import type { Found } from '../plan/found';
import type { Tools } from '../tools';
import { prove } from './proof';
import { made, type Progress, type Step } from './step';
import { withTemporarySecret } from './temporary-secret';

/** The user signs in in a browser, and what comes of it is tried before it is kept. */
export function signInStep(tools: Tools, found: Pick<Found, 'user'>, progress: Progress): Step {
  const { options, tenantId, hosts, interruption, terminal } = tools;
  return {
    title: `sign-in of ${found.user.upn} in the browser, tried with a token of five minutes on ${options.pools.length === 1 ? 'the pool' : 'each pool'}`,
    there: progress.connection !== undefined,
    async run(report) {
      const app = made(progress.app, 'The app registration');
      await withTemporarySecret(tools, app, async (clientSecret) => {
        const { clientId } = app;
        const request = { authority: hosts.entra, tenantId, clientId, user: found.user.upn, port: options.port };
        const show = (address: string) => openPage(address, found.user.upn, terminal);
        const grant = await askForCode(request, interruption, show);
        const { accessToken, refreshToken } = await redeem(tools, { clientId, clientSecret, grant });
        refuseOtherPerson(accessToken, { userId: found.user.id, upn: found.user.upn, tenantId });
        report(`Signed in as ${found.user.upn}`);
        await prove(tools, accessToken, report);
        progress.refreshToken = refreshToken;
      });
      report('The temporary client secret is removed');
    },
  };
}

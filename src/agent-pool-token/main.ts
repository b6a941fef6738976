import { type AppCredential, readAppCredential } from '../sign-in/app';
import { appTypes, readConnectionType } from '../sign-in/connections';
import { issuerWarnings } from '../sign-in/issuer-notes';
import { readLimits } from '../sign-in/limits';
import { readUserCredential, refuseOtherOrganization, type UserCredential } from '../sign-in/user';
import { InputReader } from '../step/input-reader';
import type { Step } from '../step/run-step';
import { handOverEntraToken } from './entra-token';
import { type EntraInputs, type MintInputs, readEntraInputs, readMintInputs, refuseBeyond } from './inputs';
import { mintAndHandOver } from './mint-pat';

/** Milliseconds for everything but revoking what was made. */
const budget = 120_000;

/** What is asked for: a personal access token of a user, or an Entra token of an application. */
type Request =
  | { kind: 'pat'; inputs: MintInputs; credential: UserCredential }
  | { kind: 'entra'; inputs: EntraInputs; credential: AppCredential };

/** The story of main: gets a token and hands it to the job as a secret variable. */
export async function mint({ pipeline, goOnline }: Step): Promise<void> {
  const request = readRequest(new InputReader(pipeline));
  const online = goOnline({
    budget,
    onCancel: (cancelled) => {
      pipeline.say('This step was cancelled: it asks for nothing more, and its post-job step revokes what was made.');
      cancelled.stop();
    },
  });
  if (request.kind === 'entra') return handOverEntraToken({ ...online, ...request });
  for (const warning of issuerWarnings(request.credential, online.runtime.now())) pipeline.warn(warning);
  await mintAndHandOver({ ...online, ...request });
}

function readRequest(reader: InputReader): Request {
  const type = readConnectionType(reader);
  const appType = appTypes.find((known) => known === type);
  if (appType !== undefined) {
    const inputs = readEntraInputs(reader);
    const credential = readAppCredential(reader, appType);
    return reader.complete<Request & { kind: 'entra' }>({ kind: 'entra', inputs, credential });
  }
  const inputs = readMintInputs(reader);
  const credential = type && readUserCredential(reader);
  const limits = readLimits(reader);
  if (limits && inputs) refuseBeyond(reader, limits, inputs);
  refuseOtherOrganization(reader, credential);
  return reader.complete<Request & { kind: 'pat' }>({ kind: 'pat', inputs, credential });
}

import type { Organization } from '../azure-devops/organization';
import { Runs } from '../azure-devops/runs';
import type { ListedPat } from '../azure-devops/tokens/pat-answers';
import type { Pats } from '../azure-devops/tokens/pats';
import { revokeById } from '../azure-devops/tokens/revoke-tokens';
import { isOfSameJob, originOf, readTokenName, type TokenOrigin } from '../azure-devops/tokens/token-name';
import { causeOf, messageOf, quoted, TaskError } from '../errors';
import { signInOwner } from '../sign-in/owner';
import { readUserCredential, refuseOtherOrganization, type UserCredential } from '../sign-in/user';
import { InputReader } from '../step/input-reader';
import type { Online, Step } from '../step/run-step';
import { readSweepInputs, type SweepInputs } from './inputs';

/** Milliseconds. */
const budget = 15 * 60_000;
/** Milliseconds of these, for the list and for the timelines each: revoking must have its time. */
const readingBudget = 4 * 60_000;
const atOnce = 8;
/** A failure names at most this many tokens; the log names them all. */
const maxNamed = 10;

interface Sweep extends Online {
  organization: Organization;
  pats: Pats;
  inputs: SweepInputs;
  failures: Failure[];
}

/** A token that could not be revoked, and why. */
interface Failure {
  what: string;
  error: unknown;
}

/** The story of RevokeAgentPoolTokens: revokes what jobs left behind, or the tokens that are named. */
export async function sweep({ pipeline, goOnline }: Step): Promise<void> {
  const reader = new InputReader(pipeline);
  const inputs = readSweepInputs(reader);
  const named = readUserCredential(reader);
  refuseOtherOrganization(reader, named);
  const { credential } = reader.complete<{ credential: UserCredential }>({ credential: named });
  const online = goOnline({ budget });
  const { pats } = await signInOwner(online, credential);
  const { organization } = credential;
  await revokeAll({ ...online, organization, pats, inputs, failures: [] });
}

async function revokeAll(sweep: Sweep): Promise<void> {
  const { pipeline, inputs } = sweep;
  const tokens = await (inputs.tokenIds ? findByIds(sweep, inputs.tokenIds) : findLeftovers(sweep));
  let revoked = 0;
  if (inputs.dryRun) {
    for (const token of tokens) pipeline.say(`Would revoke ${described(token)}.`);
  } else {
    revoked = await revokeEach(sweep, tokens);
  }
  report(sweep, tokens.length, revoked);
}

/** Returns how many were revoked; the others were gone, or are failures of the sweep. */
async function revokeEach({ pats, pipeline, failures }: Sweep, tokens: ListedPat[]): Promise<number> {
  let revoked = 0;
  let turnedAway: unknown;
  await eightAtOnce(tokens, async (token) => {
    try {
      // After an answer that asks to come back much later, the others are not asked for either.
      if (turnedAway !== undefined) throw turnedAway;
      const ending = await revokeById(pats, token.id);
      if (ending === 'revoked') revoked++;
      pipeline.say(`${ending === 'revoked' ? 'Revoked' : 'Already gone:'} ${described(token)}.`);
    } catch (error) {
      if (error instanceof TaskError && error.code === 'throttled') turnedAway = error;
      failures.push({ what: described(token), error });
      pipeline.say(`Not revoked: ${described(token)}. ${messageOf(error)}`);
    }
  });
  return revoked;
}

/** Every active token of ours whose job has ended, as far as that can be read. */
async function findLeftovers(sweep: Sweep): Promise<ListedPat[]> {
  const { conversation, organization, pats, pipeline, inputs, failures } = sweep;
  // The job that sweeps may hold a token of its own, also where its timeline says that it has ended.
  const own = originOf(pipeline, false);
  const ours: { token: ListedPat; origin: TokenOrigin }[] = [];
  try {
    for await (const token of pats.within(readingBudget).active()) {
      const origin = readTokenName(token.name);
      if (!origin || origin.kept) continue;
      if (isOfSameJob(origin, own)) pipeline.say(`Left alone, it belongs to this job: ${described(token)}.`);
      else ours.push({ token, origin });
    }
  } catch (error) {
    // What has been found so far can still be revoked.
    failures.push({ what: 'the rest of the list of tokens', error });
  }
  const runs = Runs.open(conversation.part(readingBudget), pipeline, organization);
  // The service's Date has whole seconds: a token may have been made later within the same one.
  const oldest = conversation.serverNow() + 999 - inputs.olderThanMinutes * 60_000;
  const leftovers: ListedPat[] = [];
  await eightAtOnce(ours, async ({ token, origin }) => {
    const ended = origin.runKind === 'b' ? await runs?.hasEnded(origin) : undefined;
    // A token of unknown age is not old.
    const leftover = ended ?? (token.validFrom !== undefined && token.validFrom <= oldest);
    if (leftover) leftovers.push(token);
    else pipeline.say(`Left alone, its job ${ended === false ? 'still runs' : 'may still run'}: ${described(token)}.`);
  });
  return leftovers;
}

/** The named tokens, as far as this extension wrote their names: no other is ever touched. */
async function findByIds({ pats, pipeline, failures }: Sweep, ids: string[]): Promise<ListedPat[]> {
  const found: ListedPat[] = [];
  await eightAtOnce(ids, async (id) => {
    try {
      const token = await pats.get(id);
      if (!token) pipeline.say(`There is no token with the id ${id} any more.`);
      else if (readTokenName(token.name)) found.push(token);
      else throw new TaskError('revoke-failed', `The token with the id ${id} was not made by this extension.`);
    } catch (error) {
      failures.push({ what: `the token with the id ${id}`, error });
      pipeline.say(`Not revoked: the token with the id ${id}. ${messageOf(error)}`);
    }
  });
  return found;
}

function report({ pipeline, inputs, failures }: Sweep, found: number, revoked: number): void {
  pipeline.setOutput('revokedCount', String(revoked));
  pipeline.setOutput('failedCount', String(inputs.dryRun ? 0 : failures.length));
  pipeline.say(
    inputs.dryRun
      ? `Tokens that would be revoked: ${found}.`
      : `Tokens revoked: ${revoked}, not revoked: ${failures.length}.`,
  );
  if (failures.length === 0) return;
  const named = failures.slice(0, maxNamed).map(({ what }) => what);
  const more = failures.length > maxNamed ? ` and ${failures.length - maxNamed} more, which the log names` : '';
  const what = `Not revoked: ${named.join('; ')}${more}. First cause: ${causeOf(failures[0]?.error)}`;
  throw new TaskError('revoke-failed', what, {
    remedy:
      'Mend the cause and run this step again, or revoke them by hand in the personal access tokens page of the user.',
  });
}

function described({ name, id }: ListedPat): string {
  return `the token ${quoted(name)} (id ${id})`;
}

/** Does something with each item, at most eight at a time: the service slows down a caller that asks for more. */
async function eightAtOnce<T>(items: T[], action: (item: T) => Promise<void>): Promise<void> {
  const rest = items[Symbol.iterator]();
  const worker = async () => {
    for (const item of rest) await action(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

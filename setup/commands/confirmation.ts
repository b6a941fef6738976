import type { Tools } from '../tools';

/** Asks before anything is changed, unless that was answered on the command line. */
export async function confirmChanges({ options, terminal, interruption }: Tools): Promise<boolean> {
  if (options.yes) return true;
  if (!terminal.answers) {
    terminal.warn(
      'Nothing was changed: without a terminal to ask at, this needs --yes (or --dry-run, to see the plan alone).',
    );
    return false;
  }
  if (await terminal.confirm('Nothing has been changed yet. Go on?', interruption)) return true;
  terminal.say('Nothing was changed.');
  return false;
}

/** The same where the organization restricts who may mint: one question for both. Without a terminal it was refused before. */
export async function confirmAllowed({ options, terminal, interruption }: Tools): Promise<boolean> {
  const question = `The organization restricts who may mint tokens. Nothing has been changed yet. Is ${options.user} on the allow list of that policy, for tokens of any scope, and is this to go on?`;
  if (await terminal.confirm(question, interruption)) return true;
  terminal.say('Nothing was changed. Put the user, through a group, on that list first.');
  return false;
}

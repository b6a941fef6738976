/**
 * npm run issuer: sets up, checks, renews and takes away an issuer in an organization. Exit code 0: done; 1: not done,
 * or findings; 2: the command line is wrong; 130: interrupted.
 */

import { machineSignIns } from './administrator';
import { explained } from './failure';
import { Interruption } from './interruption';
import { runCommand } from './run-command';
import { Terminal } from './terminal';

/** Milliseconds that the process may take to end by itself. */
const lingering = 2_000;

const terminal = new Terminal(process.stdin, process.stdout, process.stderr);
const interruption = new Interruption();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const) {
  process.on(signal, () => {
    if (!interruption.signal.aborted) terminal.warn('\nInterrupted. What was made for a moment is taken away first.');
    interruption.interrupt();
  });
}

const surroundings = { terminal, interruption, environment: process.env, signIns: machineSignIns };
runCommand(process.argv.slice(2), surroundings).then(
  (code) => {
    process.exitCode = code;
    // A sign-in in the browser that was interrupted would keep the process until a user signs in.
    setTimeout(() => process.exit(), lingering).unref();
  },
  (error: unknown) => {
    console.error(explained(error).message);
    process.exitCode = 1;
  },
);

import { unpackBrowser } from './browser';
import { installPrograms } from './debian';
import { installPackages } from './packages';
import { installPowerShell } from './power-shell';

/**
 * Brings the programs of other projects that the tests run, so that no test spends its own time on it. What is there already
 * stays, so that a second run takes no time.
 */
async function main(): Promise<void> {
  process.exitCode = 1;
  const log = (line: string) => console.log(`Test set-up: ${line}`);
  await Promise.all([
    installPackages(log).then(() => unpackBrowser(log)),
    installPowerShell(log),
    installPrograms(log),
  ]);
  process.exitCode = 0;
}

main().catch((error: Error) => console.error(`\nThe test set-up is not complete.\n${error.message}`));

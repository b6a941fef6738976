import { basename } from 'node:path';

/**
 * How the person started this command, for lines to copy from: a release has it as one file, the repository as a script.
 * @param file path of the program.
 */
export function programName(file = process.argv[1] ?? ''): string {
  return file.endsWith('.mjs') ? `node ${basename(file)}` : 'npm run issuer --';
}

/**
 * The job variable that states when a token was minted: ISO 8601, UTC, by the clock of the service that minted it. Not an
 * output: outputs reach other jobs, which cannot have the token.
 * @param variable the one that holds the token.
 */
export function mintTimeVariable(variable: string): string {
  return `${variable}_MINTED_ON`;
}

import { parseExpression } from '../expressions/expression';
import type { ExpressionState } from '../expressions/functions';
import { ExpressionProblem, toBoolean } from '../expressions/values';
import { JobRefused } from '../refusal';

/** When a step, a job or a stage runs. */
export interface Condition {
  /** As the pipeline has it. */
  text: string;
  /** @throws ExpressionProblem for values that cannot be compared. */
  holds(state: ExpressionState): boolean;
}

/** Reads the text of a `condition:`, which is `succeeded()` where it is left out; refuses what this runner cannot evaluate. */
export function parseCondition(text = 'succeeded()', path = ''): Condition {
  try {
    const expression = parseExpression(text);
    return { text: text.trim(), holds: (state) => toBoolean(expression(state)) };
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    throw new JobRefused(`${path}: the condition '${text}' is not supported by this runner: ${error.message}`);
  }
}

/**
 * Whether the service gives a job with these conditions to an agent: it has one job, so that none before it has failed, and
 * it does not know the variables of an agent.
 */
export function serviceRuns(conditions: readonly Condition[], variable: (name: string) => string | undefined): boolean {
  const known = (name: string) => (/^agent\./i.test(name) ? undefined : variable(name));
  return conditions.every((condition) => isTrue(condition, { status: 'Succeeded', variable: known }));
}

function isTrue({ text, holds }: Condition, state: ExpressionState): boolean {
  try {
    return holds(state);
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    throw new JobRefused(`The condition '${text}' of the job cannot be evaluated: ${error.message}`);
  }
}

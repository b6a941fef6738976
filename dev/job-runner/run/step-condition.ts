import type { ExpressionState } from '../expressions/functions';
import { ExpressionProblem } from '../expressions/values';
import type { Condition } from '../plan/conditions';
import type { StageRun } from './stage-process';

/** Whether a stage runs. Its log says why not; a condition that cannot be evaluated fails it. */
export function isToRun({ context, displayName }: StageRun, condition: Condition, state: ExpressionState): boolean {
  context.debug(`Evaluating condition for step: '${displayName}'`);
  try {
    if (condition.holds(state)) return true;
    context.write(`Skipping step due to condition evaluation.\nEvaluating: ${condition.text}\nResult: False`);
    context.result = 'Skipped';
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    context.error(`The condition '${condition.text}' cannot be evaluated: ${error.message}`);
    context.result = 'Failed';
  }
  return false;
}

/** Whether a running step goes on when its job is cancelled: its condition is evaluated once more. */
export function goesOnWhenCancelled(condition: Condition, state: ExpressionState): boolean {
  try {
    return condition.holds({ ...state, status: 'Canceled' });
  } catch (error) {
    if (error instanceof ExpressionProblem) return false;
    throw error;
  }
}

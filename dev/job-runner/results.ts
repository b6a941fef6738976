/** How a stage ended, from best to worst as the agent orders them. */
export type StageOutcome = 'Succeeded' | 'SucceededWithIssues' | 'Failed' | 'Canceled' | 'Skipped';

/** How a job ended. */
export type JobOutcome = Exclude<StageOutcome, 'Skipped'>;

const fromBestToWorst: readonly StageOutcome[] = ['Succeeded', 'SucceededWithIssues', 'Failed', 'Canceled', 'Skipped'];

/** The worse of two results; beyond Failed, the first one stays. */
export function mergeResults<Outcome extends StageOutcome>(current: Outcome | undefined, coming: Outcome): Outcome {
  if (current === undefined) {
    return coming;
  }
  const rank = fromBestToWorst.indexOf(current);
  if (rank > fromBestToWorst.indexOf('Failed')) {
    return current;
  }
  return fromBestToWorst.indexOf(coming) >= rank ? coming : current;
}

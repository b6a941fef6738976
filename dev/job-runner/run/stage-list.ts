import type { StageName } from '../options';
import { type Condition, parseCondition } from '../plan/conditions';
import type { PlannedStep } from './job-plan';

/** One stage that stands in the job's list. */
export interface PlannedStage {
  planned: PlannedStep;
  stage: StageName;
  displayName: string;
  condition: Condition;
}

const always = parseCondition('always()');

/** All pre-jobs in order, then the steps, then the post-jobs in reverse, which nothing but a lost worker prevents. */
export function listStages(steps: readonly PlannedStep[]): PlannedStage[] {
  const has = ({ task }: PlannedStep, stage: StageName) => task?.definition.stages[stage] !== undefined;
  const preJobs = steps.filter((planned) => has(planned, 'prejob'));
  const mains = steps.filter((planned) => planned.task === undefined || has(planned, 'main'));
  const postJobs = steps.filter((planned) => has(planned, 'post')).toReversed();
  const list = (planned: PlannedStep, stage: StageName, title: string): PlannedStage => ({
    planned,
    stage,
    displayName: `${title}${planned.step.displayName}`,
    condition: stage === 'post' ? always : planned.step.condition,
  });
  return [
    ...preJobs.map((planned) => list(planned, 'prejob', 'Pre-job: ')),
    ...mains.map((planned) => list(planned, 'main', '')),
    ...postJobs.map((planned) => list(planned, 'post', 'Post-job: ')),
  ];
}

export type { Command } from './commands/commands';
export type {
  CancelTimings,
  Connection,
  HandlerName,
  Issue,
  JobOptions,
  JobResult,
  RunningStage,
  StageName,
  StageResult,
} from './options';
export { fillParameters } from './plan/parameters';
export { type PipelineJob, parsePipeline } from './plan/pipeline-file';
export type { ScriptStep, Step, TaskStep } from './plan/pipeline-steps';
export { findTask, type InputDefinition, type TaskDefinition } from './plan/task-definition';
export { JobRefused } from './refusal';
export type { JobOutcome, StageOutcome } from './results';
export { runJob } from './run/job-run';

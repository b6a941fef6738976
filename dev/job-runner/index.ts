export type { Command } from './commands';
export { runJob } from './job-run';
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
export { type PipelineJob, parsePipeline } from './pipeline-file';
export type { ScriptStep, Step, TaskStep } from './pipeline-steps';
export { JobRefused } from './refusal';
export type { JobOutcome, StageOutcome } from './results';
export { findTask, type InputDefinition, type TaskDefinition } from './task-definition';

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInTasks } from './built-in-tasks';
import { pipelineGrammar } from './pipeline-grammar';
import { strangerPackage } from './strangers';
import { type TaskManifest, taskStep } from './task-schema';

interface Diagnostic {
  range: { start: { line: number } };
  message: string;
  severity?: number;
}

/** What these tests use of the editor's own checks. */
interface LanguageServicePackage {
  DiagnosticSeverity: { Hint: number };
  TextDocument: { create(uri: string, language: string, version: number, text: string): unknown };
  parse(text: string): unknown;
  getLanguageService(
    schemaRequest: () => Promise<unknown>,
    contributions: unknown[],
    customSchema: () => Promise<string>,
  ): {
    configure(settings: { validate: boolean }): void;
    doValidation(document: unknown, yaml: unknown): Promise<Diagnostic[]>;
  };
}

const tasksFolder = join(__dirname, '..', '..', 'tasks');

/** The task.json of each task of this extension. */
function ownTasks(): TaskManifest[] {
  return readdirSync(tasksFolder)
    .flatMap((task) => readdirSync(join(tasksFolder, task)).map((version) => join(tasksFolder, task, version)))
    .map((folder) => JSON.parse(readFileSync(join(folder, 'task.json'), 'utf8')));
}

const schema = pipelineGrammar([...ownTasks(), ...builtInTasks].map(taskStep));
const { DiagnosticSeverity, getLanguageService, parse, TextDocument } = strangerPackage<LanguageServicePackage>(
  'azure-pipelines-language-service',
);
const service = getLanguageService(
  async () => schema,
  [],
  async () => 'memory:///pipeline-schema.json',
);
service.configure({ validate: true });

/**
 * What the editor of Azure Pipelines would underline in a pipeline, as `line: message`; nothing if it is valid.
 * @param yaml the whole pipeline.
 */
export async function pipelineProblems(yaml: string): Promise<string[]> {
  const document = TextDocument.create('memory:///azure-pipelines.yml', 'azure-pipelines', 1, yaml);
  // The library prints on its way what it does.
  const { log } = console;
  console.log = () => {};
  try {
    const diagnostics = await service.doValidation(document, parse(yaml));
    return diagnostics
      .filter(({ severity }) => severity !== DiagnosticSeverity.Hint)
      .map(({ range, message }) => `${range.start.line + 1}: ${message}`);
  } finally {
    console.log = log;
  }
}

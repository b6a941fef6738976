import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DiagnosticSeverity, getLanguageService, parse, TextDocument } from 'azure-pipelines-language-service';
import { builtInTasks } from './built-in-tasks';
import { pipelineGrammar } from './pipeline-grammar';
import { type TaskManifest, taskStep } from './task-schema';

const tasksFolder = join(__dirname, '..', '..', 'tasks');

/** The task.json of each task of this extension. */
function ownTasks(): TaskManifest[] {
  return readdirSync(tasksFolder)
    .flatMap((task) => readdirSync(join(tasksFolder, task)).map((version) => join(tasksFolder, task, version)))
    .map((folder) => JSON.parse(readFileSync(join(folder, 'task.json'), 'utf8')));
}

const schema = pipelineGrammar([...ownTasks(), ...builtInTasks].map(taskStep));
const service = getLanguageService(
  async () => schema as never,
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

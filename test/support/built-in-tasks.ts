import type { TaskInput, TaskManifest } from './task-schema';

const needed = (name: string, more: Partial<TaskInput> = {}): TaskInput => ({
  name,
  type: 'string',
  required: true,
  ...more,
});
const optional = (name: string, more: Partial<TaskInput> = {}): TaskInput => ({ name, type: 'string', ...more });

/**
 * The tasks of Azure Pipelines itself that pipelines here use, with the inputs that their documentation names. A task
 * that is not here is refused; one that a pipeline begins to use is added with all its inputs.
 */
export const builtInTasks: TaskManifest[] = [
  {
    name: 'InstallSSHKey',
    version: { Major: 0 },
    inputs: [
      needed('hostName', { aliases: ['knownHostsEntry'], type: 'multiLine' }),
      optional('sshPublicKey'),
      optional('sshPassphrase'),
      needed('sshKeySecureFile', { type: 'secureFile' }),
      optional('addEntryToConfig', { type: 'boolean', defaultValue: false }),
      needed('configHostAlias', { visibleRule: 'addEntryToConfig = true' }),
      needed('configHostname', { visibleRule: 'addEntryToConfig = true' }),
      optional('configUser'),
      optional('configPort'),
    ],
  },
  {
    name: 'UseNode',
    version: { Major: 1 },
    inputs: [
      optional('version', { defaultValue: '10.x' }),
      optional('checkLatest', { type: 'boolean' }),
      optional('force32bit', { type: 'boolean' }),
    ],
  },
  {
    name: 'PublishPipelineArtifact',
    version: { Major: 1 },
    inputs: [
      needed('path', { aliases: ['targetPath'], type: 'filePath', defaultValue: '$(Pipeline.Workspace)' }),
      optional('artifactName', { aliases: ['artifact'] }),
      needed('artifactType', {
        aliases: ['publishLocation'],
        type: 'pickList',
        defaultValue: 'pipeline',
        options: { pipeline: '', filepath: '' },
      }),
      needed('fileSharePath', { visibleRule: 'artifactType = filepath' }),
      optional('parallel', { type: 'boolean' }),
      optional('parallelCount'),
      optional('properties'),
    ],
  },
  {
    name: 'AzureCLI',
    version: { Major: 2 },
    inputs: [
      needed('connectedServiceNameARM', { aliases: ['azureSubscription'], type: 'connectedService:AzureRM' }),
      needed('scriptType', { type: 'pickList', options: { ps: '', pscore: '', batch: '', bash: '' } }),
      needed('scriptLocation', {
        type: 'pickList',
        defaultValue: 'scriptPath',
        options: { inlineScript: '', scriptPath: '' },
      }),
      needed('scriptPath', { type: 'filePath', visibleRule: 'scriptLocation = scriptPath' }),
      needed('inlineScript', { type: 'multiLine', visibleRule: 'scriptLocation = inlineScript' }),
      optional('scriptArguments', { aliases: ['arguments'] }),
      optional('powerShellErrorActionPreference', {
        type: 'pickList',
        options: { stop: '', continue: '', silentlyContinue: '' },
      }),
      optional('addSpnToEnvironment', { type: 'boolean' }),
      optional('useGlobalConfig', { type: 'boolean' }),
      optional('cwd', { aliases: ['workingDirectory'], type: 'filePath' }),
      optional('failOnStandardError', { type: 'boolean' }),
      optional('powerShellIgnoreLASTEXITCODE', { type: 'boolean' }),
    ],
  },
];

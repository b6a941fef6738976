import { Button } from 'azure-devops-ui/Button';
import { TextField } from 'azure-devops-ui/TextField';
import { useState } from 'react';
import {
  defaultStepName,
  type InputValues,
  type Section,
  type TaskManifest,
  visibleSections,
} from '../../manifests/task-manifest';
import { missingInputs, stepYaml } from '../../step-yaml';
import { Field } from '../fields/field';
import { Help } from '../fields/help';
import { TaskInputField } from './task-input-field';
import { StepYaml } from './yaml-panel';

interface Props {
  manifest: TaskManifest;
  /** What stands in the fields at first. */
  presets: InputValues;
}

/** The form of a task in the classic editor, and the YAML that says the same. */
export function TaskForm({ manifest, presets }: Props) {
  const [values, setValues] = useState(presets);
  const [displayName, setDisplayName] = useState<string>();
  const { friendlyName, helpMarkDown = '', description, version } = manifest;
  const generatedName = defaultStepName(manifest, values);
  const change = (name: string, value: string) => setValues((before) => ({ ...before, [name]: value }));
  const ownName = displayName === generatedName ? '' : (displayName ?? '');
  return (
    <>
      <main className="form" aria-labelledby="form-title">
        <div className="form-title">
          <h1 id="form-title">{friendlyName}</h1>
          <span className="version">Task version {version.Major}.*</span>
          <Help about={friendlyName} text={helpMarkDown} />
        </div>
        <p className="description">{description}</p>
        <Field id="displayName" label="Display name" required>
          <TextField
            inputId="displayName"
            value={displayName ?? generatedName}
            onChange={(_, value) => setDisplayName(value)}
            required
          />
        </Field>
        {visibleSections(manifest, values).map((section) => (
          <FormSection key={section.group?.name ?? ''} {...{ section, manifest, values, change }} />
        ))}
      </main>
      <StepYaml
        yaml={stepYaml(manifest, values, { displayName: ownName })}
        missing={missingInputs(manifest, values).map(({ label }) => label)}
      />
    </>
  );
}

interface FormSectionProps {
  section: Section;
  manifest: TaskManifest;
  values: InputValues;
  change: (name: string, value: string) => void;
}

function FormSection({ section: { group, inputs }, manifest, values, change }: FormSectionProps) {
  const [isExpanded, setIsExpanded] = useState(group?.isExpanded ?? true);
  const fields = inputs.map((input) => (
    <TaskInputField
      key={input.name}
      input={input}
      binding={manifest.dataSourceBindings?.find(({ target }) => target === input.name)}
      value={values[input.name] ?? ''}
      onChange={(value) => change(input.name, value)}
    />
  ));
  if (!group) return <>{fields}</>;
  return (
    <section aria-label={group.displayName} data-group={group.name}>
      <h2 className="group-title">
        <Button
          text={group.displayName}
          iconProps={{ iconName: isExpanded ? 'ChevronDownMed' : 'ChevronRightMed' }}
          subtle
          ariaExpanded={isExpanded}
          onClick={() => setIsExpanded(!isExpanded)}
        />
      </h2>
      {isExpanded && fields}
    </section>
  );
}

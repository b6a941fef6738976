import { Checkbox } from 'azure-devops-ui/Checkbox';
import { TextField } from 'azure-devops-ui/TextField';
import type { DataSourceBinding, TaskInput } from '../../manifests/task-manifest';
import { boundOptions } from '../../pool-list';
import { standInConnections } from '../../stand-in-connections';
import { Field } from '../fields/field';
import { Help } from '../fields/help';
import { EditableList, FixedList } from '../fields/lists';

interface Props {
  input: TaskInput;
  binding?: DataSourceBinding | undefined;
  value: string;
  onChange: (value: string) => void;
}

/** An input of a task with the control that its type asks for. */
export function TaskInputField({ input, binding, value, onChange }: Props) {
  const { name, type, label, required, helpMarkDown } = input;
  if (type === 'boolean') {
    return (
      <div className="field boolean" data-field={name}>
        <Checkbox label={label} checked={value === 'true'} onChange={(_, checked) => onChange(String(checked))} />
        {helpMarkDown && <Help about={label} text={helpMarkDown} />}
      </div>
    );
  }
  return (
    <Field id={name} label={label} required={required} help={helpMarkDown}>
      {controlFor(input, binding, value, onChange)}
    </Field>
  );
}

function controlFor(
  { name, type, label, required = false, options, properties }: TaskInput,
  binding: DataSourceBinding | undefined,
  value: string,
  onChange: (value: string) => void,
) {
  const [kind, connectionType] = type.split(':');
  const common = { id: name, label, required, value, onChange };
  switch (kind) {
    case 'string':
    case 'int':
    case 'filePath':
      return <TextField inputId={name} value={value} onChange={(_, text) => onChange(text)} required={required} />;
    case 'multiLine':
      return (
        <TextField
          inputId={name}
          value={value}
          onChange={(_, text) => onChange(text)}
          required={required}
          rows={Number(properties?.rows ?? 3)}
          multiline
          resizable
        />
      );
    case 'pickList':
    case 'radio': {
      const offered = binding ? boundOptions(binding) : Object.keys(options ?? {});
      if (properties?.EditableOptions === 'True') return <EditableList {...common} offered={offered} />;
      return <FixedList {...common} options={options ?? {}} />;
    }
    case 'connectedService':
      return <EditableList {...common} offered={standInConnections(connectionType ?? '')} />;
    default:
      throw new Error(`The input ${name} is of the type ${type}, which the preview cannot show.`);
  }
}

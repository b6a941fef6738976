import { Button } from 'azure-devops-ui/Button';
import { Checkbox } from 'azure-devops-ui/Checkbox';
import { TextField } from 'azure-devops-ui/TextField';
import { useState } from 'react';
import {
  type ConnectionType,
  complaintAbout,
  dialogFields,
  type InputDescriptor,
  schemeField,
  schemesOf,
} from '../../manifests/connection-type';
import { Field } from '../fields/field';
import { FixedList } from '../fields/lists';
import { Markdown } from '../fields/markdown';

interface Props {
  type: ConnectionType;
  /** What stands in the fields at first. */
  presets: Record<string, string>;
}

/** The dialog that creates a service connection: the fields of its type, then those that every connection has. */
export function ConnectionDialog({ type, presets }: Props) {
  const [values, setValues] = useState(presets);
  const schemes = schemesOf(type);
  const [scheme, setScheme] = useState(presets[schemeField] ?? Object.keys(schemes)[0] ?? '');
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [isForAll, setIsForAll] = useState(false);
  const title = `New ${type.displayName} service connection`;
  return (
    <main className="dialog" aria-labelledby="dialog-title">
      <h1 id="dialog-title">{title}</h1>
      <div className="dialog-help">
        <Markdown text={type.helpMarkDown ?? ''} />
      </div>
      {Object.keys(schemes).length > 1 && (
        <Field id={schemeField} label="Authentication method" required>
          <FixedList
            id={schemeField}
            label="Authentication method"
            required
            value={scheme}
            onChange={setScheme}
            options={schemes}
          />
        </Field>
      )}
      {dialogFields(type, scheme).map((field) => (
        <DialogField
          key={field.id}
          field={field}
          value={values[field.id] ?? ''}
          onChange={(value) => setValues((before) => ({ ...before, [field.id]: value }))}
        />
      ))}
      <h2>Details of every service connection</h2>
      <Field id="connection-name" label="Service connection name" required>
        <TextField inputId="connection-name" value={name} onChange={(_, text) => setName(text)} required />
      </Field>
      <Field id="connection-description" label="Description (optional)">
        <TextField
          inputId="connection-description"
          value={description}
          onChange={(_, text) => setDescription(text)}
          multiline
          rows={2}
        />
      </Field>
      <div className="field boolean">
        <Checkbox
          label="Grant access permission to all pipelines"
          checked={isForAll}
          onChange={(_, checked) => setIsForAll(checked)}
        />
      </div>
      <div className="dialog-end">
        <Button text="Save" primary disabled tooltipProps={{ text: 'A preview saves nothing.' }} />
        <span>A preview saves nothing.</span>
      </div>
    </main>
  );
}

interface DialogFieldProps {
  field: InputDescriptor;
  value: string;
  onChange: (value: string) => void;
}

function DialogField({ field, value, onChange }: DialogFieldProps) {
  const { id, name, description, inputMode, validation } = field;
  const [isLeft, setIsLeft] = useState(false);
  const complaint = isLeft || value !== '' ? complaintAbout(field, value) : '';
  return (
    <Field id={id} label={name} required={validation?.isRequired} description={description} complaint={complaint}>
      <TextField
        inputId={id}
        inputType={inputTypeOf(field)}
        multiline={inputMode.toLowerCase() === 'textarea'}
        value={value}
        onChange={(_, text) => onChange(text)}
        onBlur={() => setIsLeft(true)}
        ariaDescribedBy={`${id}-description`}
        ariaInvalid={complaint !== ''}
        required={validation?.isRequired ?? false}
      />
    </Field>
  );
}

function inputTypeOf({ id, inputMode }: InputDescriptor): 'text' | 'password' {
  switch (inputMode.toLowerCase()) {
    case 'textbox':
    case 'textarea':
      return 'text';
    case 'passwordbox':
      return 'password';
    default:
      throw new Error(`The field ${id} is a ${inputMode}, which the preview cannot show.`);
  }
}

import { getSafeId } from 'azure-devops-ui/Util';
import type { ReactNode } from 'react';
import { Help } from './help';

interface Props {
  id: string;
  label: string;
  required?: boolean | undefined;
  /** Markdown that a button beside the label opens. */
  help?: string | undefined;
  /** Text that stands under the control. */
  description?: string | undefined;
  complaint?: string;
  children: ReactNode;
}

/** A control with its label above it, and its help. */
export function Field({ id, label, required, help, description, complaint, children }: Props) {
  return (
    <div className="field" data-field={id}>
      <div className="field-label">
        <label htmlFor={getSafeId(id)} id={getSafeId(`${id}-label`)}>
          {label}
          <RequiredMark required={required} />
        </label>
        {help && <Help about={label} text={help} />}
      </div>
      {children}
      {complaint && (
        <p className="complaint" role="alert">
          {complaint}
        </p>
      )}
      {description && (
        <p className="field-description" id={getSafeId(`${id}-description`)}>
          {description}
        </p>
      )}
    </div>
  );
}

/** For the eye: the control itself says that it is required. */
function RequiredMark({ required }: { required?: boolean | undefined }) {
  if (!required) return null;
  return (
    <span className="required" aria-hidden="true">
      *
    </span>
  );
}

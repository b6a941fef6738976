import { Dropdown } from 'azure-devops-ui/Dropdown';
import { EditableDropdown } from 'azure-devops-ui/EditableDropdown';
import { DropdownSelection } from 'azure-devops-ui/Utilities/DropdownSelection';
import { type KeyboardEvent, useEffect, useMemo } from 'react';

interface ListProps {
  id: string;
  label: string;
  required: boolean;
  value: string;
  onChange: (value: string) => void;
}

/** A list of which one option is always chosen. */
export function FixedList({ id, label, value, onChange, options }: ListProps & { options: Record<string, string> }) {
  const items = useMemo(() => Object.entries(options).map(([key, text]) => ({ id: key, text })), [options]);
  const selection = useMemo(() => new DropdownSelection(), []);
  const index = items.findIndex((item) => item.id === value);
  useEffect(() => {
    if (index >= 0) selection.select(index);
  }, [selection, index]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the events of the list arrive here, wherever it stands
    <div onKeyDown={keepClosed}>
      <Dropdown
        inputId={id}
        ariaLabel={`${label}: ${items[index]?.text ?? ''}`}
        items={items}
        selection={selection}
        onSelect={(_, item) => onChange(item.id)}
        showFilterBox={false}
      />
    </div>
  );
}

/**
 * The component closes the list and gives the focus back while Enter is still down, so that the browser would have the
 * same Enter click the control and open the list again.
 */
function keepClosed(event: KeyboardEvent): void {
  if (event.key === 'Enter' && (event.target as Element).getAttribute('role') === 'option') event.preventDefault();
}

/** A list that also takes a text, such as a variable. */
export function EditableList({ id, label, required, value, onChange, offered }: ListProps & { offered: string[] }) {
  const items = useMemo(() => offered.map((text) => ({ id: text, text })), [offered]);
  return (
    <EditableDropdown
      inputId={id}
      ariaLabel={label}
      items={items}
      selectedText={value}
      onValueChange={(item) => onChange(item?.text ?? '')}
      required={required}
      disableAutocomplete
      allowFreeform
      allowTextSelection
    />
  );
}

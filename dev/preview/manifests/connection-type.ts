/** What the dialog that creates a service connection shows of a contribution of `vss-extension.json`. */
export interface ConnectionType {
  name: string;
  displayName: string;
  helpMarkDown?: string;
  url: { displayName: string; helpText?: string; required?: boolean; isVisible?: string };
  inputDescriptors?: InputDescriptor[];
  authenticationSchemes: { type: string; inputDescriptors?: InputDescriptor[] }[];
}

export interface InputDescriptor {
  id: string;
  name: string;
  description?: string;
  inputMode: string;
  isConfidential: boolean;
  validation?: {
    isRequired?: boolean;
    maxLength?: number;
    pattern?: string;
    patternMismatchErrorMessage?: string;
  };
}

/** The fields of the dialog in its order: the address, those of the type, those of the way to sign in. */
export function dialogFields({ url, inputDescriptors = [], authenticationSchemes }: ConnectionType): InputDescriptor[] {
  const [scheme, ...others] = authenticationSchemes;
  if (!scheme || others.length > 0) throw new Error('The preview shows connections with one way to sign in.');
  const address: InputDescriptor = {
    id: 'url',
    name: url.displayName,
    ...(url.helpText !== undefined && { description: url.helpText }),
    inputMode: 'textbox',
    isConfidential: false,
    validation: { isRequired: url.required ?? false },
  };
  const ofType = [...inputDescriptors, ...(scheme.inputDescriptors ?? [])];
  return url.isVisible === 'false' ? ofType : [address, ...ofType];
}

/** What is wrong with a value that was typed, as the dialog would say it; empty if nothing is. */
export function complaintAbout({ name, validation = {} }: InputDescriptor, value: string): string {
  const { isRequired, maxLength, pattern, patternMismatchErrorMessage } = validation;
  if (value.trim() === '') return isRequired ? `${name} is required.` : '';
  if (maxLength !== undefined && value.length > maxLength) return `Enter at most ${maxLength} characters.`;
  if (pattern === undefined || new RegExp(pattern).test(value)) return '';
  return patternMismatchErrorMessage ?? `This does not have the form ${pattern}.`;
}

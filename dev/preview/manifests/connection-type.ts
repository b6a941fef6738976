/** What the dialog that creates a service connection shows of a contribution of `vss-extension.json`. */
export interface ConnectionType {
  name: string;
  displayName: string;
  helpMarkDown?: string;
  url: { displayName: string; helpText?: string; required?: boolean; isVisible?: string };
  inputDescriptors?: InputDescriptor[];
  authenticationSchemes: AuthenticationScheme[];
}

/** One way in which a connection signs in. */
export interface AuthenticationScheme {
  type: string;
  displayName?: string;
  inputDescriptors?: InputDescriptor[];
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

/** The name of the parameter, and of the list, by which one of several schemes is picked. */
export const schemeField = 'authenticationScheme';

const schemePrefix = 'ms.vss-endpoint.endpoint-auth-scheme-';

/** The schemes of a type, by the ends of their ids: with what a list of them shows. */
export function schemesOf({ authenticationSchemes }: ConnectionType): Record<string, string> {
  return Object.fromEntries(
    authenticationSchemes.map(({ type, displayName }) => [shortened(type), displayName ?? shortened(type)]),
  );
}

function shortened(type: string): string {
  if (!type.startsWith(schemePrefix)) throw new Error(`The scheme ${type} is none of the platform's.`);
  return type.slice(schemePrefix.length);
}

/**
 * The fields of the dialog in its order: the address, those of the type, those of the way to sign in.
 * @param scheme the end of a scheme's id; by default the first, which the dialog picks too.
 * @throws for a scheme that the type does not have.
 */
export function dialogFields(type: ConnectionType, scheme?: string): InputDescriptor[] {
  const { url, inputDescriptors = [], authenticationSchemes } = type;
  const picked = authenticationSchemes.find((each) => scheme === undefined || shortened(each.type) === scheme);
  if (!picked)
    throw new Error(`${type.name} has no scheme "${scheme}". It has ${Object.keys(schemesOf(type)).join(', ')}.`);
  const address: InputDescriptor = {
    id: 'url',
    name: url.displayName,
    ...(url.helpText !== undefined && { description: url.helpText }),
    inputMode: 'textbox',
    isConfidential: false,
    validation: { isRequired: url.required ?? false },
  };
  const ofType = [...inputDescriptors, ...(picked.inputDescriptors ?? [])];
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

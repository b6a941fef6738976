import { fieldsOf } from '../json';

/** Something that has an id and a name, as far as the service states it. */
export interface Named {
  id: number;
  name: string;
}

/** The entry of a list that has this name, in any case; its other fields are unchecked. */
export function findNamed(list: unknown[], name: string): (Named & Record<string, unknown>) | undefined {
  for (const entry of list) {
    const fields = fieldsOf(entry);
    if (!isId(fields.id) || typeof fields.name !== 'string') continue;
    if (fields.name.toLowerCase() === name.toLowerCase()) return { ...fields, id: fields.id, name: fields.name };
  }
  return undefined;
}

/** Whether a value can be the id of something in Azure DevOps that is numbered. */
export function isId(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

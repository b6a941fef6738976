/**
 * Names for the list of service connections of a type, which a project has and a manifest cannot know: two, as one can
 * choose between.
 */
export function standInConnections(type: string): string[] {
  const words = type.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
  return [`my-${words}`, `another-${words}`];
}

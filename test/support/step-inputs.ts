/** Name of the connection that every job here has, with the packaged task and in process. */
export const issuerConnection = 'Pool issuer';

/** The secret job variable that holds a user's Entra access token. */
export const userToken = 'USER_TOKEN';

/** Inputs for a step that is handed a user's access token. */
export function accessTokenInputs(inputs: Record<string, string> = {}): Record<string, string> {
  return { connectionType: 'accessToken', accessToken: `$(${userToken})`, ...inputs };
}

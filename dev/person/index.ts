export { type Account, type AzureCli, standInForAzureCli } from './azure-cli';
export { followSignIn, type Person } from './follow-sign-in';

import { routesOn } from '../requests/route';
import { addCheck, deleteCheck, listChecks } from './checks';
import { createEndpoint, deleteEndpoint, getEndpoint, listEndpoints, listEndpointTypes } from './endpoints';
import { hasPermissions } from './permissions';
import { getPipelinePermissions, updatePipelinePermissions } from './pipeline-permissions';
import { shareEndpoint, updateEndpoint } from './update';

const of = routesOn('organization');
const endpoints = '/_apis/serviceendpoint/endpoints';
const ofProject = `/([^/]+)${endpoints}`;
const permissions = '/([^/]+)/_apis/pipelines/pipelinepermissions/endpoint';
const checks = '/([^/]+)/_apis/pipelines/checks/configurations';
const id = '([0-9a-fA-F-]{36})';
/** Every connection here is ready and shown with its details, so that the flags change nothing. */
const filters = [
  'actionFilter',
  'endpointNames',
  'endpointIds',
  'authSchemes',
  'type',
  'includeFailed',
  'includeDetails',
];

/** Service connections: what they are, what is in them, and who may have them. */
export const endpointRoutes = [
  of('endpointTypes.list', ['GET', '/_apis/serviceendpoint/types', 'type', 'scheme'], listEndpointTypes),
  of('endpoints.create', ['POST', endpoints], createEndpoint),
  of('endpoints.update', ['PUT', `${endpoints}/${id}`, 'operation'], updateEndpoint),
  of('endpoints.share', ['PATCH', `${endpoints}/${id}`], shareEndpoint),
  of('endpoints.delete', ['DELETE', `${endpoints}/${id}`, 'projectIds'], deleteEndpoint),
  of('endpoints.get', ['GET', `${ofProject}/${id}`, 'actionFilter'], getEndpoint),
  of('endpoints.list', ['GET', ofProject, ...filters], listEndpoints),
  of('permissions.has', ['GET', '/_apis/permissions/([0-9a-fA-F-]{36})/(\\d+)', 'tokens', 'delimiter'], hasPermissions),
  of('pipelinePermissions.get', ['GET', `${permissions}/${id}`], getPipelinePermissions),
  of('pipelinePermissions.update', ['PATCH', `${permissions}/${id}`], updatePipelinePermissions),
  of('checks.list', ['GET', checks, 'resourceType', 'resourceId', '$expand'], listChecks),
  of('checks.add', ['POST', checks], addCheck),
  of('checks.delete', ['DELETE', `${checks}/(\\d+)`], deleteCheck),
];

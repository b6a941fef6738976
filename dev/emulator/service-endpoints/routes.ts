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

/** Service connections: what they are, what is in them, and who may have them. */
export const endpointRoutes = [
  of('endpointTypes.list', ['GET', '/_apis/serviceendpoint/types'], listEndpointTypes),
  of('endpoints.create', ['POST', endpoints], createEndpoint),
  of('endpoints.update', ['PUT', `${endpoints}/${id}`], updateEndpoint),
  of('endpoints.share', ['PATCH', `${endpoints}/${id}`], shareEndpoint),
  of('endpoints.delete', ['DELETE', `${endpoints}/${id}`], deleteEndpoint),
  of('endpoints.get', ['GET', `${ofProject}/${id}`], getEndpoint),
  of('endpoints.list', ['GET', ofProject], listEndpoints),
  of('permissions.has', ['GET', '/_apis/permissions/([0-9a-fA-F-]{36})/(\\d+)'], hasPermissions),
  of('pipelinePermissions.get', ['GET', `${permissions}/${id}`], getPipelinePermissions),
  of('pipelinePermissions.update', ['PATCH', `${permissions}/${id}`], updatePipelinePermissions),
  of('checks.list', ['GET', checks], listChecks),
  of('checks.add', ['POST', checks], addCheck),
  of('checks.delete', ['DELETE', `${checks}/(\\d+)`], deleteCheck),
];

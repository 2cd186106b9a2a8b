/** What the paths of endpoints begin with: a tenant's resources lie in each other. */
export const ORGANISATION = "/v1/organisations/{organisation}";
export const PROJECT = `${ORGANISATION}/projects/{project}` as const;
export const APP = `${PROJECT}/apps/{app}` as const;
export const DEPLOYED = `${APP}/environments/{environment}` as const;

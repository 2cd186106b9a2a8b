/**
 * The platform's API policy, one for every endpoint: deny by default, first match wins.
 * What an endpoint needs is its operation; which resource it touches is in its path.
 */
export const API_POLICY: string = `
allow if platform_role("admin");
allow if user($user), path("/v1/whoami");
allow if user($user), path("/v1/openapi.json");
allow if user($user), path("/v1/platform/certificate-authority");
allow if join($id), operation("join-node");
allow if node($node), resource_node($node), operation("serve-node");
allow if gateway($gateway), resource_gateway($gateway), operation("serve-gateway");
allow if role($org, "owner"), resource_org($org), operation("administer");
allow if role($org, "developer"), resource_org($org), operation("develop");
allow if role($org, "viewer"), resource_org($org), operation("view");
allow if right($org, $project, $operation), resource_org($org), resource_project($project), operation($operation);
`;

/**
 * Who is told why a route of an app turned a request away: those who may develop the app. The token is taken as it is
 * narrowed, so whoever was given a narrowed one learns nothing of the checks in it.
 */
export const EXPLANATION_POLICY: string = `
allow if platform_role("admin");
allow if role($org, "owner"), resource_org($org), operation("develop");
allow if role($org, "developer"), resource_org($org), operation("develop");
allow if right($org, $project, $operation), resource_org($org), resource_project($project), operation($operation);
`;

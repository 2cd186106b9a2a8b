import type { CommandTable } from "../command-line/run.ts";
import { apps } from "./apps.ts";
import { cancel } from "./cancel.ts";
import { completion } from "./completion.ts";
import { deploy } from "./deploy.ts";
import { destroy } from "./destroy.ts";
import { domainAdd, domainCertificate, domainCheck, domainList, domainRemove } from "./domain.ts";
import { doctor } from "./doctor.ts";
import { down } from "./down.ts";
import { envList, envSet, envUnset } from "./env.ts";
import { GATEWAY_COMMANDS, gatewayCheck, gatewaySchema, gatewayServe } from "./gateway.ts";
import { HA_COMMANDS } from "./ha.ts";
import { init } from "./init.ts";
import { login } from "./login.ts";
import { logs } from "./logs.ts";
import { NODE_COMMANDS } from "./node.ts";
import { open } from "./open.ts";
import { PLACEMENT_COMMANDS } from "./placement.ts";
import { ps } from "./ps.ts";
import { releases } from "./releases.ts";
import { rollback } from "./rollback.ts";
import {
  routeList,
  routeProtect,
  routeSet,
  routeShow,
  routeUnprotect,
  routeUnset,
} from "./route.ts";
import { scale } from "./scale.ts";
import { status } from "./status.ts";
import { tokenAuthorize, tokenExplain, tokenFmt, tokenTest, tokenVerify } from "./token-check.ts";
import { tokenRevocations, tokenRevoke } from "./token-revoke.ts";
import { tokenAttenuate, tokenInspect, tokenKeygen, tokenNew, tokenSeal } from "./token.ts";
import { trust } from "./trust.ts";
import { up } from "./up.ts";
import { version } from "./version.ts";

/** Every command, by what it is for. Help, parser and completion come from here. */
export const COMMANDS: CommandTable = {
  "an app": [init, deploy, ps, logs, open, scale, rollback, releases, cancel, destroy, apps],
  "its configuration": [envSet, envUnset, envList],
  "its routes": [routeList, routeShow, routeSet, routeUnset, routeProtect, routeUnprotect],
  "its nodes, and why": PLACEMENT_COMMANDS,
  "its domains": [domainAdd, domainCheck, domainCertificate, domainList, domainRemove],
  "a gateway alone": [gatewayServe, gatewayCheck, gatewaySchema],
  "the platform": [up, down, status, doctor, trust],
  "its nodes": NODE_COMMANDS,
  "its services that survive a machine": HA_COMMANDS,
  "the gateway on this machine": GATEWAY_COMMANDS,
  access: [
    login,
    tokenNew,
    tokenInspect,
    tokenAttenuate,
    tokenSeal,
    tokenVerify,
    tokenAuthorize,
    tokenExplain,
    tokenFmt,
    tokenTest,
    tokenKeygen,
    tokenRevoke,
    tokenRevocations,
  ],
  "this command": [completion, version],
};

import { Module, type OnModuleInit } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { CertificatesModule } from "../certificates/certificates.module.ts";
import { GatewaysModule } from "../gateways/gateways.module.ts";
import { InstancesModule } from "../instances/instances.module.ts";
import { JobsModule } from "../jobs/jobs.module.ts";
import { Jobs } from "../jobs/jobs.ts";
import { PlatformUrlsModule } from "../platform/platform-urls.module.ts";
import { TargetsModule } from "../targets/targets.module.ts";
import { AcmeAccountRow } from "./acme-account.row.ts";
import { AcmePublicAuthority } from "./adapters/acme-public-authority.ts";
import { NodeDomainResolver } from "./adapters/node-domain-resolver.ts";
import { Challenges } from "./challenges.ts";
import { DomainResolver } from "./domain/domain-resolver.ts";
import { PublicAuthority } from "./domain/public-authority.ts";
import { DomainChecks } from "./domain-checks.ts";
import { DomainIssuer } from "./domain-issuer.ts";
import { DomainNamesModule } from "./domain-names.module.ts";
import { DomainRoutes } from "./domain-routes.ts";
import { DomainsController } from "./domains.controller.ts";
import { DomainsService } from "./domains.service.ts";
import { PublicAddresses } from "./public-addresses.ts";
import { PublicCertificates } from "./public-certificates.ts";

@Module({
  imports: [
    TypeOrmModule.forFeature([AcmeAccountRow]),
    CertificatesModule,
    DomainNamesModule,
    GatewaysModule,
    InstancesModule,
    JobsModule,
    PlatformUrlsModule,
    TargetsModule,
  ],
  controllers: [DomainsController],
  providers: [
    Challenges,
    DomainChecks,
    DomainIssuer,
    DomainRoutes,
    DomainsService,
    PublicAddresses,
    PublicCertificates,
    { provide: DomainResolver, useClass: NodeDomainResolver },
    { provide: PublicAuthority, useClass: AcmePublicAuthority },
  ],
})
export class DomainsModule implements OnModuleInit {
  constructor(
    private readonly jobs: Jobs,
    private readonly certificates: PublicCertificates,
  ) {}

  /** Every minute is often enough for pauses of minutes; nothing leaves the machine while there is no domain. */
  onModuleInit(): void {
    this.jobs.register(
      "domain-certificates",
      (_, { signal }) => this.certificates.run(signal),
      "* * * * *",
    );
  }
}

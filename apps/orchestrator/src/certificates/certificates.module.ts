import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { GatewaysModule } from "../gateways/gateways.module.ts";
import { PlatformUrlsModule } from "../platform/platform-urls.module.ts";
import { RoutesModule } from "../routes/routes.module.ts";
import { CertificateRow } from "./certificate.row.ts";
import { CertificateStore } from "./certificate-store.ts";
import { CertificatesController } from "./certificates.controller.ts";
import { PrivateAuthority } from "./private-authority.ts";
import { PrivateAuthorityRow } from "./private-authority.row.ts";
import { PrivateCertificates } from "./private-certificates.ts";

@Module({
  imports: [
    TypeOrmModule.forFeature([CertificateRow, PrivateAuthorityRow]),
    GatewaysModule,
    PlatformUrlsModule,
    RoutesModule,
  ],
  controllers: [CertificatesController],
  providers: [CertificateStore, PrivateAuthority, PrivateCertificates],
  exports: [CertificateStore],
})
export class CertificatesModule {}

import { Module } from "@nestjs/common";
import { PlatformUpstream } from "./platform-upstream.ts";
import { PublicUrls } from "./public-urls.ts";

@Module({ providers: [PlatformUpstream, PublicUrls], exports: [PlatformUpstream, PublicUrls] })
export class PlatformUrlsModule {}

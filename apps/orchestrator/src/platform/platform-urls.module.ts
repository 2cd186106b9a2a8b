import { Module } from "@nestjs/common";
import { PublicUrls } from "./public-urls.ts";

@Module({ providers: [PublicUrls], exports: [PublicUrls] })
export class PlatformUrlsModule {}

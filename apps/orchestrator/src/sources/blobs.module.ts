import { BlobStore, DiskBlobStore } from "@bastide/builder";
import { Global, Module } from "@nestjs/common";
import { Config } from "../config.ts";

/** Sources, artefacts and SBOMs, by their content. */
@Global()
@Module({
  providers: [
    {
      provide: BlobStore,
      inject: [Config],
      useFactory: ({ blobsDirectory }: Config) => DiskBlobStore.open(blobsDirectory),
    },
  ],
  exports: [BlobStore],
})
export class BlobsModule {}

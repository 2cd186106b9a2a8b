import { Module } from "@nestjs/common";
import { DataSource } from "typeorm";
import { StreamOrigin } from "./stream-origin.ts";

@Module({
  providers: [
    {
      provide: StreamOrigin,
      inject: [DataSource],
      useFactory: (database: DataSource) => StreamOrigin.begin(database),
    },
  ],
  exports: [StreamOrigin],
})
export class StreamsModule {}

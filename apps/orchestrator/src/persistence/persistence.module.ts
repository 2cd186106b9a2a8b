import { HealthChecks } from "@bastide/service-kit";
import { Module, type OnModuleInit } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { DataSource } from "typeorm";
import { Config } from "../config.ts";
import { dataSourceOptions } from "./data-source.ts";

/** The one connection pool. Each feature registers its rows by `TypeOrmModule.forFeature`. */
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Config],
      useFactory: ({ database }: Config) => ({
        ...dataSourceOptions(database),
        autoLoadEntities: true,
        // PostgreSQL was started just before us: some patience, not much.
        retryAttempts: 5,
        retryDelay: 300,
        verboseRetryLog: true,
      }),
    }),
  ],
})
export class PersistenceModule implements OnModuleInit {
  readonly #source: DataSource;
  readonly #health: HealthChecks;

  constructor(source: DataSource, health: HealthChecks) {
    this.#source = source;
    this.#health = health;
  }

  onModuleInit(): void {
    this.#health.register("database", async () => {
      await this.#source.query("select 1");
      return "PostgreSQL answers";
    });
  }
}

import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { IdempotencyKeyRow } from "./idempotency-key.row.ts";
import { IdempotencyInterceptor } from "./idempotency.interceptor.ts";
import { IdempotencyStore } from "./idempotency.store.ts";

@Module({
  imports: [TypeOrmModule.forFeature([IdempotencyKeyRow])],
  providers: [IdempotencyInterceptor, IdempotencyStore],
})
export class IdempotencyModule {}

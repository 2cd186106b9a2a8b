import { authorizationOf } from "@bastide/biscuit/http";
import { createParamDecorator, type ExecutionContext } from "@nestjs/common";

const requestOf = (context: ExecutionContext): object =>
  context.switchToHttp().getRequest<object>();

/** The verified token of the request, a `Biscuit`. Throws TypeError where no guard let the request in. */
export const Token: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext) => authorizationOf(requestOf(context)).token,
);

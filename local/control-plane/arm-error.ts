import { type JsonAnswer } from '../http/json-server';

/** A refusal as Azure Resource Manager words it: `{"error":{"code","message"}}`. */
export class ArmError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'ArmError';
  }

  /** The answer that says so. */
  answer(): JsonAnswer {
    return {
      status: this.status,
      body: { error: { code: this.code, message: this.message } },
      headers: { 'x-ms-failure-cause': 'gateway', ...this.headers },
    };
  }
}

/** 404 for a path that no resource provider serves. */
export function invalidResourceType(namespace: string, type: string): ArmError {
  return new ArmError(
    404,
    'InvalidResourceType',
    `The resource type '${type}' could not be found in the namespace '${namespace}' for api version.`,
  );
}

/** 404 for a resource that is not there. */
export function resourceNotFound(type: string, name: string, resourceGroup: string): ArmError {
  return new ArmError(
    404,
    'ResourceNotFound',
    `The Resource '${type}/${name}' under resource group '${resourceGroup}' was not found. For more details please go to ` +
      'https://aka.ms/ARMResourceNotFoundFix',
  );
}

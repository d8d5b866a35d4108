/** What disturbances and the log know of a request. `object` is empty where a request names none. */
export interface RequestFacts {
  vault: string;
  operation: string;
  object: string;
}

/** Which requests are meant; what is missing matches all. */
export interface RequestFilter {
  vault?: string | undefined;
  operation: string;
  object?: string | undefined;
}

/** Whether the filter means the request. `secrets.*` means all operations on secrets, `*` all. */
export function matches(filter: RequestFilter, request: RequestFacts): boolean {
  const operation = filter.operation.toLowerCase();
  const sameOperation = operation.endsWith('*')
    ? request.operation.startsWith(operation.slice(0, -1))
    : request.operation === operation;
  return (
    sameOperation &&
    (filter.vault === undefined || filter.vault.toLowerCase() === request.vault) &&
    (filter.object === undefined || filter.object.toLowerCase() === request.object.toLowerCase())
  );
}

/**
 * Azurite publishes neither types nor a programming interface. These are the modules that the storage takes from inside the
 * pinned version; `azurite-servers.ts` and `blob-store.ts` say what it relies on in each.
 */
declare module 'azurite/dist/src/blob/BlobConfiguration' {
  const Configuration: new (...settings: unknown[]) => object;
  export = Configuration;
}
declare module 'azurite/dist/src/blob/BlobServer' {
  const Server: new (configuration: object) => object;
  export = Server;
}
declare module 'azurite/dist/src/queue/QueueConfiguration' {
  const Configuration: new (...settings: unknown[]) => object;
  export = Configuration;
}
declare module 'azurite/dist/src/queue/QueueServer' {
  const Server: new (configuration: object) => object;
  export = Server;
}
declare module 'azurite/dist/src/table/TableConfiguration' {
  const Configuration: new (...settings: unknown[]) => object;
  export = Configuration;
}
declare module 'azurite/dist/src/table/TableServer' {
  const Server: new (configuration: object) => object;
  export = Server;
}
declare module 'azurite/dist/src/blob/errors/StorageError' {
  const StorageError: new (status: number, code: string, message: string, requestId: string) => Error;
  export = StorageError;
}
declare module 'azurite/dist/src/blob/conditions/WriteConditionalHeadersValidator' {
  export function validateWriteConditions(context: object, conditions: object | undefined, blob: object): void;
}
declare module 'azurite/dist/src/blob/authentication/AccountSASAuthenticator' {
  const Authenticator: { prototype: object };
  export = Authenticator;
}
declare module 'azurite/dist/src/blob/authentication/BlobSASAuthenticator' {
  const Authenticator: { prototype: object };
  export = Authenticator;
}

import AccountSASAuthenticator from 'azurite/dist/src/blob/authentication/AccountSASAuthenticator';
import BlobSASAuthenticator from 'azurite/dist/src/blob/authentication/BlobSASAuthenticator';
import { type BlobContext, storageError } from './blob-store';

interface SasRequest {
  getQuery(name: string): string | undefined;
  getMethod(): string;
}

interface Authenticator {
  validate: (request: SasRequest, context: BlobContext) => Promise<boolean | undefined>;
}

const RENAMED = Symbol('overwrite refusals are named as in Azure');

/**
 * Names the refusal of an overwrite as Azure does. Whoever may create but not write, and puts a blob that is there already,
 * gets 403 `UnauthorizedBlobOverwrite` (even with `If-None-Match: *`, since rights come first); Azurite refuses too, but
 * with a code that says nothing of an overwrite.
 */
export function nameOverwriteRefusals(): void {
  for (const { prototype } of [AccountSASAuthenticator, BlobSASAuthenticator])
    rename(prototype as Authenticator & { [RENAMED]?: true });
}

function rename(authenticator: Authenticator & { [RENAMED]?: true }): void {
  if (authenticator[RENAMED]) return;
  authenticator[RENAMED] = true;
  const validate = authenticator.validate;
  authenticator.validate = async function (request, context) {
    try {
      return await validate.call(this, request, context);
    } catch (error) {
      const code = (error as { storageErrorCode?: string }).storageErrorCode;
      const mayCreate = request.getQuery('sp')?.includes('c') ?? false;
      const puts = request.getMethod() === 'PUT' && request.getQuery('comp') === undefined;
      if (code !== 'AuthorizationPermissionMismatch' || !mayCreate || !puts) throw error;
      throw storageError(
        context,
        403,
        'UnauthorizedBlobOverwrite',
        'This request is not authorized to perform blob overwrites.',
      );
    }
  };
}

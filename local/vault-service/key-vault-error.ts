import { JsonRefusal } from '../http/json-refusal';
import { type ObjectKind } from './kinds/object-kind';

/** A refusal as Key Vault words it: `{"error":{"code","message","innererror":{"code"}}}`. Messages never hold a secret value. */
export class KeyVaultError extends JsonRefusal {
  constructor(
    status: number,
    code: string,
    message: string,
    readonly innerCode?: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(status, code, message);
    this.name = 'KeyVaultError';
  }

  /** The body of the answer. */
  body(): object {
    const inner = this.innerCode === undefined ? {} : { innererror: { code: this.innerCode } };
    return { error: { code: this.code, message: this.message, ...inner } };
  }
}

const LABELS = { secrets: 'Secret', keys: 'Key', certificates: 'Certificate' } as const;

/** What Key Vault calls one object of `kind` in error codes and messages. */
export function labelOf(kind: ObjectKind): 'Secret' | 'Key' | 'Certificate' {
  return LABELS[kind];
}

/** 400: something in the request is not as the API wants it. */
export function badParameter(message: string): KeyVaultError {
  return new KeyVaultError(400, 'BadParameter', message);
}

/** 404 for an object or version that is not there, or that is soft-deleted. */
export function notFound(kind: ObjectKind, id: string): KeyVaultError {
  const label = labelOf(kind);
  const word = label.toLowerCase();
  return new KeyVaultError(
    404,
    `${label}NotFound`,
    `A ${word} with (name/id) ${id} was not found in this key vault. If you recently deleted this ${word} you may be able to ` +
      'recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182',
  );
}

/** 404 for a deleted object that is not there, or not there yet. */
export function deletedNotFound(kind: ObjectKind, name: string): KeyVaultError {
  const label = labelOf(kind);
  return new KeyVaultError(404, `${label}NotFound`, `Deleted ${label} not found: ${name}`);
}

/** 409: the name belongs to a soft-deleted object. */
export function deletedButRecoverable(kind: ObjectKind, name: string): KeyVaultError {
  const label = labelOf(kind);
  return new KeyVaultError(
    409,
    'Conflict',
    `${label} ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the ` +
      `${label.toLowerCase()} can only be recovered or purged.`,
    'ObjectIsDeletedButRecoverable',
  );
}

/** 409: deletion or purge is under way. */
export function beingDeleted(kind: ObjectKind): KeyVaultError {
  return new KeyVaultError(409, 'Conflict', `${labelOf(kind)} is currently being deleted.`, 'ObjectIsBeingDeleted');
}

/** 409: recovery is under way. */
export function beingRecovered(kind: ObjectKind): KeyVaultError {
  return new KeyVaultError(409, 'Conflict', `${labelOf(kind)} is currently being recovered.`, 'ObjectIsBeingRecovered');
}

/** 409: a restore never overwrites. */
export function alreadyExists(kind: ObjectKind, name: string): KeyVaultError {
  const label = labelOf(kind);
  return new KeyVaultError(409, 'Conflict', `${label} ${name} already exists.`, `${label}AlreadyExists`);
}

/** 403: the object belongs to a certificate and cannot be changed or backed up by itself. */
export function managedByKeyVault(kind: ObjectKind, operation: string): KeyVaultError {
  return new KeyVaultError(
    403,
    'Forbidden',
    `Operation "${operation}" is not allowed as this object's lifetime is managed by Key Vault.`,
    `${labelOf(kind)}ManagedByKeyVault`,
  );
}

import { AuthenticationError, CredentialUnavailableError } from '@azure/identity';
import { RestError } from '@azure/data-tables';
import { StrongroomError } from '../../../src/errors';
import { isConflict, isMissingEntity, isTransient, toLedgerError } from '../../../src/ledger/ledger-errors';

const part = (statusCode: number, code?: string) =>
  new RestError('foreign text', code === undefined ? { statusCode } : { statusCode, code });
const single = (statusCode: number, errorCode: string) => Object.assign(part(statusCode), { details: { errorCode } });
const inBody = (statusCode: number, code: string) =>
  Object.assign(part(statusCode), { details: { odataError: { code } } });

describe('errors of the ledger', () => {
  it.each<[unknown, string, boolean]>([
    [single(404, 'TableNotFound'), 'ledger_table_missing', false],
    [inBody(404, 'TableNotFound'), 'ledger_table_missing', false],
    [part(404, 'TableNotFound'), 'ledger_table_missing', false],
    [single(403, 'AuthorizationPermissionMismatch'), 'ledger_forbidden', false],
    [part(401), 'ledger_forbidden', false],
    [new CredentialUnavailableError('foreign text'), 'ledger_forbidden', false],
    [
      new AuthenticationError(400, { error: 'invalid_client', errorDescription: 'foreign text' }),
      'ledger_forbidden',
      false,
    ],
    [new AuthenticationError(503, { error: 'busy', errorDescription: 'foreign text' }), 'ledger_unavailable', true],
    [part(408), 'ledger_unavailable', true],
    [part(429), 'ledger_unavailable', true],
    [part(500, 'OperationTimedOut'), 'ledger_unavailable', true],
    [part(503, 'ServerBusy'), 'ledger_unavailable', true],
    [single(409, 'TableBeingDeleted'), 'ledger_unavailable', true],
    [part(501), 'ledger_refused', false],
    [part(413, 'RequestBodyTooLarge'), 'ledger_refused', false],
    [part(404), 'ledger_refused', false],
    [new RestError('foreign text', { code: 'ECONNREFUSED' }), 'ledger_unreachable', true],
    [new RestError('foreign text', { code: 'ETIMEDOUT' }), 'ledger_unreachable', true],
    [new RestError('foreign text', { code: RestError.PARSE_ERROR, statusCode: 200 }), 'ledger_unreachable', true],
    [new TypeError('foreign text'), 'ledger_refused', false],
    ['foreign text', 'ledger_refused', false],
    [null, 'ledger_refused', false],
  ])('%p is %s, retryable: %p', (error, code, retryable) => {
    const translated = toLedgerError(error, 'runs');
    expect(translated).toMatchObject({ code, retryable, details: { table: 'runs' } });
    expect(translated.cause).toBe(error);
    expect(translated.message + JSON.stringify(translated.details)).not.toContain('foreign');
  });

  it('names the role that is missing', () => {
    expect(toLedgerError(part(403), 'runs').message).toContain('Storage Table Data Contributor');
  });

  it('leaves its own errors alone', () => {
    const own = new StrongroomError('invalid_request', 'x');
    expect(toLedgerError(own, 'runs')).toBe(own);
  });

  it('tells what stands in the way from what is wrong', () => {
    expect(
      [part(412), part(409), part(409, 'EntityAlreadyExists'), part(404, 'ResourceNotFound')].every(isConflict),
    ).toBe(true);
    expect(
      [part(404), part(409, 'TableBeingDeleted'), part(404, 'TableNotFound'), part(503), null].some(isConflict),
    ).toBe(false);
    expect(isMissingEntity(single(404, 'ResourceNotFound'))).toBe(true);
    expect([single(404, 'TableNotFound'), part(404), part(409)].some(isMissingEntity)).toBe(false);
    expect(isTransient(undefined)).toBe(false);
  });
});

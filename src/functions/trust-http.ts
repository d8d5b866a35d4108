import { type RecipientList } from '../contracts/trust';
import { type RecipientOperations } from '../operations/recipients';
import { type SigningKeyOperations } from '../operations/signing-key';
import { askerOf } from './asker';
import { type RouteHandler } from './http-answer';

/** `GET /api/recipients`. */
export function listRecipients(recipients: RecipientOperations): RouteHandler<'listRecipients'> {
  return async () => {
    const list: RecipientList = { recipients: await recipients.list() };
    return { status: 200, body: list };
  };
}

/** `POST /api/recipients/{thumbprint}/approval`: 200 with the version. */
export function approveRecipient(recipients: RecipientOperations): RouteHandler<'approveRecipient'> {
  return async (call) => {
    const { params, body } = call;
    return { status: 200, body: await recipients.approve(askerOf(call), params.thumbprint, body.reason) };
  };
}

/** `POST /api/recipients/{thumbprint}/revocation`: 200 with the version. */
export function revokeRecipient(recipients: RecipientOperations): RouteHandler<'revokeRecipient'> {
  return async (call) => {
    const { params, body } = call;
    return { status: 200, body: await recipients.revoke(askerOf(call), params.thumbprint, body.reason) };
  };
}

/** `GET /api/signing-key`. */
export function showSigningKey(signingKey: SigningKeyOperations): RouteHandler<'showSigningKey'> {
  return async () => ({ status: 200, body: await signingKey.show() });
}

/** `POST /api/signing-key/introduction`: 200 with how many records were written. */
export function introduceSigningKey(signingKey: SigningKeyOperations): RouteHandler<'introduceSigningKey'> {
  return async (call) => ({ status: 200, body: await signingKey.introduce(askerOf(call), call.body) });
}

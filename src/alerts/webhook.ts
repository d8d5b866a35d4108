import { Webhook } from 'standardwebhooks';
import { type AlertChannel, type SendResult } from './port';

const TIMEOUT_MS = 15_000;
const GONE = 410;

/** Where messages go, and the secrets that sign them (`whsec_…`, base64); several while one takes the place of another. */
export interface WebhookTarget {
  url: string;
  secrets: readonly string[];
}

/**
 * A webhook after Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md): signed by every secret, so
 * that the receiver may change to the new one at any time. Redirections are not followed, the body of the answer is not read, and neither URL nor secret
 * is in anything that this returns.
 */
export function createWebhook({ url, secrets }: WebhookTarget, { timeoutMs = TIMEOUT_MS } = {}): AlertChannel {
  const signers = secrets.map((secret) => new Webhook(secret));
  return {
    async send({ id, at, body }) {
      const payload = JSON.stringify(body);
      try {
        const response = await fetch(url, {
          method: 'POST',
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
          headers: {
            'content-type': 'application/json',
            'user-agent': 'strongroom',
            'webhook-id': id,
            'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
            'webhook-signature': signers.map((signer) => signer.sign(id, at, payload)).join(' '),
          },
          body: payload,
        });
        // Unread, it would keep the connection.
        await response.body?.cancel().catch(() => undefined);
        return resultOf(response.status);
      } catch (error) {
        const isTimeout =
          typeof error === 'object' && error !== null && 'name' in error && error.name === 'TimeoutError';
        return { ended: 'failed', status: null, code: isTimeout ? 'webhook_timeout' : 'webhook_unreachable' };
      }
    },
  };
}

function resultOf(status: number): SendResult {
  if (status >= 200 && status < 300) return { ended: 'delivered', status };
  return status === GONE ? { ended: 'gone', status } : { ended: 'failed', status, code: 'webhook_refused' };
}

import { type AlertMessage } from '../contracts/alerts';
import { type OrchestrationClient } from '../contracts/orchestration-client';
import { type Condition, type ConditionKey } from '../domain/alerts';
import { type Log } from '../log';

/** What raising an alert wants of its surroundings. An activity passes its own context; it must be registered with the durable client. */
export interface AlertContext {
  log: Log;
  orchestrations: () => OrchestrationClient;
}

/** Tells people what is wrong, and when it is over. Both methods throw `StrongroomError` with a `ledger_*` code only. */
export interface Alerts {
  /**
   * Says that something is so. The first time an alert begins and is told; the same again raises its count, and is told again only after the quiet
   * time or if its severity rose. May run twice: an occurrence counts once. Kinds that are switched off leave nothing behind.
   *
   * The row is written before the delivery is started. If that fails, it is logged, and the sweep starts it later.
   */
  raise(context: AlertContext, condition: Condition): Promise<void>;
  /**
   * Says that something was found to be so no more, at `provenAt` (ISO 8601): its open alert is resolved by `system`, and told as resolved. One that was seen
   * after that time stays. Nothing happens if there is none. May run twice.
   */
  clear(context: AlertContext, key: ConditionKey, provenAt: string): Promise<void>;
}

/** A message as a channel takes it: the id is the same at every try, `at` is when this try is made. */
export interface OutgoingMessage {
  id: string;
  at: Date;
  body: AlertMessage;
}

/** How a try ended. `status` is the HTTP status of the answer, `null` if there was none. */
export type SendResult =
  | { ended: 'delivered'; status: number }
  | { ended: 'gone'; status: number }
  | {
      ended: 'failed';
      status: number | null;
      code: 'webhook_refused' | 'webhook_unreachable' | 'webhook_timeout';
    };

/** A way to reach people. */
export interface AlertChannel {
  /** Sends a message once; never throws for what the receiver does. May run twice: receivers tell by the id. */
  send(message: OutgoingMessage): Promise<SendResult>;
}

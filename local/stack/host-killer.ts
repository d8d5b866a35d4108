import { randomUUID } from 'node:crypto';
import { type JsonClient } from './json-client';

/** A point of the host's work: a tripwire of the vault service or of the storage, without its id (see their READMEs). */
export interface KillPoint {
  at: 'vault-service' | 'storage';
  operation: string;
  phase: 'before' | 'after';
  nth?: number;
  /** Storage only: which service. */
  service?: 'blob' | 'queue' | 'table';
  container?: string;
  table?: string;
  path?: string;
  /** Vault service only. */
  vault?: string;
  object?: string;
}

/** What the killer works with. */
export interface KillerGround {
  controls: Record<KillPoint['at'], JsonClient>;
  /** Kills at once; settles when the process is gone. */
  kill(): Promise<void>;
}

/** Kills the host at points of its work, and passes on the tripwires that are not its own. */
export class HostKiller {
  readonly #armed = new Map<string, (killed: Promise<void>) => void>();
  readonly #listeners = new Set<(id: string) => void>();
  #ground: KillerGround | undefined;

  /** Says what to work with, once the parts run. */
  equip(ground: KillerGround): void {
    this.#ground = ground;
  }

  /** Lays a tripwire; `killed` settles when it has struck and the host is gone. */
  async arm({ at, ...wire }: KillPoint): Promise<{ killed: Promise<void> }> {
    if (!this.#ground) throw new Error('The stack is not up yet.');
    const id = `kill-${randomUUID()}`;
    const killed = new Promise<void>((resolve) => this.#armed.set(id, resolve));
    try {
      await this.#ground.controls[at].post('/tripwires', { ...wire, id });
    } catch (error) {
      this.#armed.delete(id);
      throw error;
    }
    return { killed };
  }

  /** Calls `listener` for tripwires that are not kill points; returns how to stop that. */
  onTripwire(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A part reports a tripwire. */
  struck(id: string): void {
    const settle = this.#armed.get(id);
    if (!settle || !this.#ground) {
      for (const listener of this.#listeners) listener(id);
      return;
    }
    this.#armed.delete(id);
    settle(this.#ground.kill());
  }
}

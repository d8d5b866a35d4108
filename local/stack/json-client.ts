import { JsonRefusal } from '../http/json-refusal';

/** Calls a control listener. Every method answers the parsed body, and throws {@link JsonRefusal} at 400 and above. */
export class JsonClient {
  constructor(readonly base: string) {}

  /** Reads. */
  get(path: string): Promise<unknown> {
    return this.#call('GET', path);
  }

  /** Creates or replaces. */
  put(path: string, body: object = {}): Promise<unknown> {
    return this.#call('PUT', path, body);
  }

  /** Orders. */
  post(path: string, body: object = {}): Promise<unknown> {
    return this.#call('POST', path, body);
  }

  /** Removes. */
  delete(path: string, body?: object): Promise<unknown> {
    return this.#call('DELETE', path, body);
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const content = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${this.base}${path}`, { method, ...content });
    const text = await response.text();
    const answer = text === '' ? undefined : (JSON.parse(text) as unknown);
    if (response.ok) return answer;
    const { error } = (answer ?? {}) as { error?: { code?: string; message?: string } };
    const what = `${method} ${path}: ${response.status} ${error?.code ?? ''} ${error?.message ?? ''}`;
    throw new JsonRefusal(response.status, error?.code ?? 'failed', what.trim());
  }
}

/** A refusal with a status and a stable code; the text is shown to the caller. */
export class JsonRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'JsonRefusal';
  }
}

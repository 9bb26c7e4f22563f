/**
 * An answer that is not what was asked for: a status, a sentence for people, and heads that belong to it.
 */
import type { OutgoingHttpHeaders } from 'node:http';

export class HttpProblem extends Error {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;

  constructor(status: number, message: string, headers: OutgoingHttpHeaders = {}) {
    super(message);
    this.name = 'HttpProblem';
    this.status = status;
    this.headers = headers;
  }
}

/**
 * Calls into a worker thread and their answers, in order.
 *
 * Errors cross as plain data, because structured clone keeps neither their class nor their code.
 */
import { type MessagePort, parentPort, type Transferable, Worker } from 'node:worker_threads';
import { type ErrorCode, InternalError, SensewireError, StoreError, UsageError } from '../errors/index.ts';

interface Call {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

interface Failure {
  readonly kind: 'store' | 'usage' | 'other';
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly stack: string | undefined;
}

type Answer = { readonly id: number } & ({ readonly result: unknown } | { readonly failure: Failure });

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Room for young objects in the worker, which makes few and keeps none: with V8's default its heap grows by 30 MB before
 * it is swept the first time.
 */
const YOUNG_GENERATION_MB = 12;

/** The calling side: one worker thread. */
export class WorkerCalls {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #ended: Error | undefined;

  /** @param name of the module beside this one, without its extension: .ts in the sources, .js when built */
  constructor(name: string, workerData: unknown) {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    // Options of this process, such as --input-type, are not for a module of ours.
    this.#worker = new Worker(new URL(`./${name}.${extension}`, import.meta.url), {
      workerData,
      name,
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    this.#worker.on('error', error => this.#end(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', code => this.#end(new Error(`its thread ended with code ${code}`)));
  }

  /** Calls `method` in the worker; what is in `transfer` is moved, not copied. */
  call(method: string, argument: unknown, transfer: readonly Transferable[] = []): Promise<unknown> {
    if (this.#ended) return Promise.reject(threadEnded(this.#ended));
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    const message: Call = { id, method, argument };
    this.#worker.postMessage(message, transfer);
    return promise;
  }

  /** Ends the worker where it stands; let it finish its calls first. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('failure' in answer) waiting?.reject(fromFailure(answer.failure));
    else waiting?.resolve(answer.result);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(threadEnded(this.#ended));
  }
}

function threadEnded(error: Error): StoreError {
  return new StoreError('SW_STORE_FAILED', `the store stopped: ${error.message}; open it again`, {
    cause: error,
  });
}

/** What a worker does for its callers. */
export interface CallHandlers {
  readonly methods: Readonly<Record<string, (argument: never) => unknown>>;
  /** Makes the error to report of anything thrown. */
  readonly explain: (error: unknown) => Error;
  /** Called after each answer was sent: work that nobody waits for. */
  readonly afterAnswer?: () => void;
}

/** The called side: answers what comes from the thread that made this one. */
export function answerCalls(handlers: CallHandlers): void {
  const port = parentPort;
  if (port === null) throw new InternalError('answerCalls runs in a worker thread only');
  port.on('message', (call: Call) => {
    answer(port, handlers, call);
    handlers.afterAnswer?.();
  });
}

function answer(port: MessagePort, { methods, explain }: CallHandlers, call: Call): void {
  try {
    const method = methods[call.method] as ((argument: unknown) => unknown) | undefined;
    if (method === undefined) throw new InternalError(`no method ${call.method} in this thread`);
    port.postMessage({ id: call.id, result: method(call.argument) });
  } catch (error) {
    port.postMessage({ id: call.id, failure: toFailure(explain(error)) });
  }
}

function toFailure(error: Error): Failure {
  return {
    kind: error instanceof StoreError ? 'store' : error instanceof UsageError ? 'usage' : 'other',
    code: error instanceof SensewireError ? error.code : 'SW_INTERNAL',
    message: error.message,
    retryable: error instanceof StoreError && error.retryable,
    stack: error.stack,
  };
}

function fromFailure({ kind, code, message, retryable, stack }: Failure): Error {
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  if (kind === 'store') return new StoreError(code, message, { retryable, cause });
  if (kind === 'usage') return new UsageError(code, message);
  return cause;
}

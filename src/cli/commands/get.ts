/**
 * `sensewire get`: fetches an address, and prints or saves what comes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { RemoteProtocolError, UsageError } from '../../errors/errors.ts';
import type { WebResponse } from '../../webclient/exchange.ts';
import { type Fetched, fetchWeb } from '../../webclient/fetch-web.ts';
import { PartFile } from '../../webclient/part-file.ts';
import { ProgressLimit } from '../../webclient/progress-limit.ts';
import { fileNameOf, parseWebUrl, type WebUrl } from '../../webclient/web-url.ts';
import type { GetFlags } from '../definitions/get.ts';
import { endSignal } from '../exit.ts';
import { type BodySink, fileSink, NO_SINK, STDOUT_SINK } from './get-sink.ts';
import { GetView } from './get-view.ts';

/** Longer than a server needs to answer, shorter than people wait. */
const DEFAULT_TIMEOUT_US = 30_000_000;

export async function get(text: string, flags: GetFlags): Promise<void> {
  const url = parseWebUrl(text);
  const path = pathOf(url, flags);
  const ca = flags.ca === undefined ? undefined : readCertificates(flags.ca);
  const file = path === undefined ? undefined : await PartFile.prepare(path, url, flags.continue ?? false);
  const view = new GetView(flags, file);
  using limit = new ProgressLimit(url.authority, (flags.timeout ?? DEFAULT_TIMEOUT_US) / 1_000);
  const { signal, release } = endSignal();
  const either = AbortSignal.any([signal, limit.signal]);
  const options = {
    method: flags.head ? 'HEAD' : 'GET',
    headers: file?.headers ?? {},
    unixPath: flags.unix,
    ca,
    watch: view.watch(limit),
    onResponse: view.onResponse,
  } as const;
  try {
    const fetched = await fetchWeb(url, options, either);
    await receive(fetched, { file, limit, view, flags });
    view.done();
  } catch (error) {
    await file?.abandon();
    // Who reads our output has enough (`head`): then it is done.
    if (signal.aborted && signal.reason === 'standard output closed') return;
    view.failed(signal.aborted ? undefined : error);
    if (!signal.aborted) throw error;
    process.exitCode = 1;
  } finally {
    view.close();
    release();
  }
}

interface Receiver {
  readonly file: PartFile | undefined;
  readonly limit: ProgressLimit;
  readonly view: GetView;
  readonly flags: GetFlags;
}

async function receive(
  { response, redirects }: Fetched,
  { file, limit, view, flags }: Receiver,
): Promise<void> {
  view.begin(response, redirects);
  if (file?.isWhole(response)) {
    response.close();
    view.wasWhole();
  } else {
    if (file !== undefined && response.status < 400) view.continues(await file.accept(response));
    const sink = sinkOf(response, file, flags);
    for await (const piece of response.body()) {
      limit.hold();
      view.received(piece.length);
      await sink(piece);
      limit.progress();
    }
    if (response.status >= 400) {
      throw new RemoteProtocolError(
        'SW_REFUSED_BY_PEER',
        `${response.url.href} answers ${response.status} ${response.reason}`,
        response.status,
      );
    }
  }
  await file?.finish();
}

function sinkOf(response: WebResponse, file: PartFile | undefined, flags: GetFlags): BodySink {
  if (file !== undefined) return response.status < 400 ? fileSink(file) : NO_SINK;
  return flags.json ? NO_SINK : STDOUT_SINK;
}

/** Where to save; undefined: nowhere. @throws UsageError SW_USAGE for flags that do not go together */
function pathOf(url: WebUrl, flags: GetFlags): string | undefined {
  const { output, remoteName, head, json } = flags;
  const isSaved = remoteName || (output !== undefined && output !== '-');
  const wrong =
    output !== undefined && remoteName
      ? '--output and --remote-name both say where to save: leave one out'
      : head && isSaved
        ? '--head has no body to save: leave out --output'
        : flags.continue && !isSaved
          ? '--continue goes on with a file: name it with --output, or give --remote-name'
          : json && output === '-'
            ? '--json and --output - would both print on standard output: name a file'
            : undefined;
  if (wrong !== undefined) throw new UsageError('SW_USAGE', wrong);
  if (!remoteName) return isSaved ? output : undefined;
  const name = fileNameOf(url);
  if (name === undefined)
    throw new UsageError('SW_USAGE', `${url.href} has no name at its end: give one with --output`);
  if (existsSync(name))
    throw new UsageError('SW_USAGE', `${name} is here already: to replace it, say so with --output ${name}`);
  return name;
}

function readCertificates(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError('SW_USAGE', `--ca ${path} cannot be read: ${(error as Error).message}`);
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new UsageError(
    'SW_USAGE',
    `--ca ${path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)`,
  );
}

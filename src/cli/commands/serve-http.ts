/**
 * `sensewire serve http`: the file server as a service with its log.
 */
import { httpFarewell, httpService, type RequestRecord } from '../../services/http/http-service.ts';
import type { Service } from '../../services/service.ts';
import { formatDuration } from '../../time/quantities.ts';
import { number, paint, plain } from '../terminal.ts';
import type { ServeLog } from './serve-log.ts';

/** @throws UsageError where the folder is none */
export function openHttpService(folder: string, idleUs: number | undefined, log: ServeLog): Service {
  return {
    name: 'http',
    unit: 'requests',
    stream: httpService(folder, {
      idleUs,
      onRequest: record => {
        const { durationUs, ...fields } = record;
        log.event('request', { ...fields, seconds: durationUs / 1e6 }, describe(record));
      },
    }),
    datagram: { unfit: 'HTTP/1.1 is spoken over streams: use tcp:// or unix:' },
    farewell: httpFarewell,
  };
}

function describe({ peer, method, target, status, bytes, durationUs, isComplete }: RequestRecord): string {
  const style = status < 300 ? 'green' : status < 400 ? 'cyan' : status < 500 ? 'yellow' : 'red';
  const cut = isComplete ? '' : ', cut short';
  return `${paint(style, String(status))} ${plain(peer)}  ${plain(method)} ${plain(target)}  ${number(bytes)} B in ${formatDuration(durationUs)}${cut}`;
}

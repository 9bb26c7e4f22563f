/**
 * The services by their names on the command line.
 */
import { UsageError } from '../../errors/errors.ts';
import type { Service } from '../../services/service.ts';
import type { StructRecord } from '../../services/struct-records.ts';
import { OFFERS, type ServeFlags, type ServiceName } from '../definitions/serve.ts';
import type { ServeLog } from './serve-log.ts';

/** @throws UsageError SW_USAGE */
export function serviceName(text: string): ServiceName {
  if (Object.hasOwn(OFFERS, text)) return text as ServiceName;
  const names = Object.keys(OFFERS).join(', ');
  throw new UsageError('SW_USAGE', `there is no service "${text}": choose one of ${names}`);
}

/** Loads no more than the one that is asked for. @throws UsageError for a wrong or missing argument */
export async function openService(
  name: ServiceName,
  argument: string | undefined,
  { idle }: ServeFlags,
  log: ServeLog,
): Promise<Service> {
  if (argument !== undefined && OFFERS[name].argument === undefined) {
    throw new UsageError('SW_USAGE', `serve ${name} takes no argument, and "${argument}" came after it`);
  }
  switch (name) {
    case 'echo':
      return (await import('../../services/echo.ts')).echoService;
    case 'upper':
      return (await import('../../services/upper.ts')).upperService;
    case 'greet':
      return (await import('../../services/greet.ts')).greetService;
    case 'chat':
      return (await import('../../services/chat.ts')).chatService;
    case 'struct': {
      if (argument === undefined) {
        const message = "serve struct needs the format of its records: sensewire serve struct '=iif'";
        throw new UsageError('SW_USAGE', message);
      }
      const { structService } = await import('../../services/struct-records.ts');
      return structService(argument, (record: StructRecord) => log.record(record));
    }
    case 'http':
      return (await import('./serve-http.ts')).openHttpService(argument ?? '.', idle, log);
  }
}

import { describe, expect, it } from 'vitest';
import { echoService } from '../../services/echo.ts';
import { greetService } from '../../services/greet.ts';
import type { Service } from '../../services/service.ts';
import { formatAddress } from '../../socket/address.ts';
import { OFFERS, type ServeFlags, type ServiceName } from '../definitions/serve.ts';
import { addressesOf } from './serve.ts';

const FLAGS: ServeFlags = { mostConnections: 1 };
const urlsOf = (name: ServiceName, service: Service, flags: Partial<ServeFlags> = {}): string[] =>
  addressesOf(name, service, { ...FLAGS, ...flags }).map(formatAddress);

describe('serve listens', () => {
  it('at the ports of the exercises, on this machine only, over every transport of networks that fits', () => {
    const ports = Object.entries(OFFERS).map(([name, { port, udp }]) => [name, port, udp]);
    expect(ports).toEqual([
      ['echo', 50_007, true],
      ['upper', 12_000, true],
      ['greet', 1234, false],
      ['chat', 8080, false],
      ['struct', 10_001, true],
      ['http', 8000, false],
    ]);
    expect(urlsOf('echo', echoService)).toEqual(['tcp://127.0.0.1:50007', 'udp://127.0.0.1:50007']);
    expect(urlsOf('greet', greetService)).toEqual(['tcp://127.0.0.1:1234']);
  });

  it('only over UDP where it is told to', () => {
    expect(urlsOf('echo', echoService, { udp: true })).toEqual(['udp://127.0.0.1:50007']);
    expect(urlsOf('echo', echoService, { udp: true, listen: ['udp://*:9'] })).toEqual(['udp://*:9']);
  });

  it('at the port of the service where an address names none', () => {
    const listen = ['tcp://*', 'udp://[::1]', 'unix:/tmp/echo', 'tcp://localhost:7'];
    expect(urlsOf('echo', echoService, { listen })).toEqual([
      'tcp://*:50007',
      'udp://[::1]:50007',
      'unix:/tmp/echo',
      'tcp://localhost:7',
    ]);
  });
});

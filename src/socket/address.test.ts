import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors/errors.ts';
import { DEFAULT_PORT, formatAddress, parseAddress } from './address.ts';

describe('an address', () => {
  it.each([
    ['tcp://127.0.0.1:50010', { transport: 'tcp', host: '127.0.0.1', port: 50_010 }],
    ['TCP://collector.example:1/', { transport: 'tcp', host: 'collector.example', port: 1 }],
    ['udp://[::1]:65535', { transport: 'udp', host: '::1', port: 65_535 }],
    ['udp://[fe80::1%eth0]:9', { transport: 'udp', host: 'fe80::1%eth0', port: 9 }],
    ['tcp://*:0', { transport: 'tcp', host: '*', port: 0 }],
    ['rudp://10.0.0.1:7', { transport: 'rudp', host: '10.0.0.1', port: 7 }],
    [
      'rudp://[::1]:7?repair=off&keepalive=15s',
      { transport: 'rudp', host: '::1', port: 7, repair: 'off', keepAliveUs: 15_000_000 },
    ],
    ['rudp://h:7?repair=0.5', { transport: 'rudp', host: 'h', port: 7, repair: 0.5 }],
    ['tcp://localhost', { transport: 'tcp', host: 'localhost', port: DEFAULT_PORT }],
    ['unix:/run/sensewire.sock', { transport: 'unix', path: '/run/sensewire.sock' }],
    ['unix:///run/sensewire.sock', { transport: 'unix', path: '/run/sensewire.sock' }],
    ['unix:relative', { transport: 'unix', path: 'relative' }],
  ])('%s is taken apart', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each(['tcp://127.0.0.1:50010', 'udp://[::1]:5', 'tcp://*:0', 'unix:/run/s'])(
    '%s is written as it was',
    text => {
      expect(formatAddress(parseAddress(text))).toBe(text);
    },
  );

  it.each([
    ['', 'is not an address'],
    ['127.0.0.1:50010', 'is not an address'],
    ['tcp:127.0.0.1', 'is not an address'],
    ['tcp://::1:50010', 'is not an address'],
    ['tcp://host:-1', 'is not an address'],
    ['tcp://host:80:90', 'is not an address'],
    ['tcp://host:80/path', 'is not an address'],
    ['http://host:80', 'unknown transport "http"'],
    ['tls://host:80', 'tls is to come'],
    ['tcp://host:80?repair=off', 'which only rudp:// takes'],
    ['rudp://host:80?repair=2', 'a number from 0 to 1'],
    ['rudp://host:80?speed=2', 'unknown option "speed"'],
    ['tcp://:80', 'has no host'],
    ['tcp://[host]:80', 'no IPv6 address'],
    ['tcp://host:65536', 'ports end at 65535'],
    ['tcp://host:99999999999999999999', 'ports end at 65535'],
    ['unix:', 'has no path'],
    [`unix:/${'é'.repeat(60)}`, 'a path of 121 bytes, and the system takes 107'],
  ])('%s is refused and says what is wrong', (text, what) => {
    expect(() => parseAddress(text)).toThrow(
      expect.objectContaining({ code: 'SW_BAD_URL', message: expect.stringContaining(what) }),
    );
    expect(() => parseAddress(text)).toThrow(UsageError);
    expect(() => parseAddress(text)).toThrow(/write it like tcp:/);
  });
});

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAddress } from './address.ts';
import type { ConnectionHandlers } from './connection.ts';
import { networkError } from './network-error.ts';
import { connectTo, listenAt } from './open.ts';
import { holderOfPort } from './port-holder.ts';

const NOBODY: ConnectionHandlers = { onReceive() {}, onDrain() {}, onClose() {} };
const listen = (url: string) => listenAt(parseAddress(url), () => NOBODY);
const connect = (url: string) => connectTo(parseAddress(url), NOBODY);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensewire-net-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a network error', () => {
  it.each(['tcp', 'udp'] as const)('names the process that holds a %s port', async transport => {
    const own = await listen(`${transport}://127.0.0.1:0`);
    const url = own.urls[0] as string;
    try {
      const port = Number(new URL(url).port);
      expect(holderOfPort(transport, port)?.pid).toBe(process.pid);
      await expect(listen(url)).rejects.toMatchObject({
        code: 'SW_ADDRESS_IN_USE',
        retryable: false,
        message: expect.stringMatching(
          new RegExp(`${port} is in use by ".*" \\(process ${process.pid}\\): stop that program`),
        ),
      });
    } finally {
      await own.close();
    }
    expect(holderOfPort(transport, 1)).toBeUndefined();
  });

  it('names an address that this machine has not, with those that it has', async () => {
    for (const transport of ['tcp', 'udp']) {
      await expect(listen(`${transport}://192.0.2.1:5000`)).rejects.toMatchObject({
        code: 'SW_ADDRESS_NOT_AVAILABLE',
        message: expect.stringContaining('use one of 127.0.0.1'),
      });
    }
  });

  it('says that an unknown host may be a typing error', async () => {
    for (const transport of ['tcp', 'udp']) {
      await expect(connect(`${transport}://no-such-host.invalid:5000`)).rejects.toMatchObject({
        code: 'SW_UNKNOWN_HOST',
        retryable: true,
        message: expect.stringContaining('check the spelling'),
      });
      await expect(listen(`${transport}://no-such-host.invalid:5000`)).rejects.toMatchObject({
        code: 'SW_UNKNOWN_HOST',
      });
    }
  });

  it('says how to start what does not listen', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    await expect(connect(`tcp://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'SW_UNREACHABLE',
      retryable: true,
      message: `nobody listens at tcp://127.0.0.1:${port}: start the server there first, such as \`sensewire serve echo --listen tcp://127.0.0.1:${port}\` or \`sensewire collect --listen tcp://127.0.0.1:${port}\` (ECONNREFUSED)`,
      errno: 'ECONNREFUSED',
    });
    await expect(connect(`unix:${folder}/none`)).rejects.toMatchObject({
      code: 'SW_UNREACHABLE',
      retryable: true,
      message: expect.stringContaining(`there is no socket at unix:${folder}/none`),
    });
  });

  it.each(['tcp://*:5000', 'udp://*:5000', 'tcp://127.0.0.1:0'])(
    'says that %s is for listening only',
    async url => {
      await expect(connect(url)).rejects.toMatchObject({
        code: 'SW_BAD_URL',
        message: `${url} is an address to listen at: name the host and port to connect to`,
      });
    },
  );

  it('tells a folder that is missing from one that may not be written', async () => {
    await expect(listen(`unix:${folder}/none/socket`)).rejects.toMatchObject({
      code: 'SW_ADDRESS_NOT_AVAILABLE',
      errno: 'ENOENT',
      message: expect.stringContaining(`there is no folder ${folder}/none: create it first`),
    });
  });

  it('leaves a file that is no socket where it is', async () => {
    const path = join(folder, 'notes.txt');
    writeFileSync(path, 'precious');
    await expect(listen(`unix:${path}`)).rejects.toMatchObject({
      code: 'SW_ADDRESS_IN_USE',
      message: `${path} is there already and is no socket: choose another path (EADDRINUSE)`,
    });
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it('explains the right that a broadcast needs', async () => {
    const error = Object.assign(new Error('send EACCES'), { code: 'EACCES' });
    expect(networkError(error, parseAddress('udp://255.255.255.255:9'), 'use').message).toContain(
      'a broadcast address',
    );
  });

  // Root may use every port, so an ordinary user's process has to try.
  const lowest = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  it.skipIf(process.getuid?.() !== 0 || lowest < 2)(
    'explains reserved ports to an ordinary user',
    { timeout: 20_000 },
    () => {
      const port = Math.min(lowest, 1024) - 1;
      const open = new URL('./open.ts', import.meta.url).href;
      const script = `
      const { listenAt } = await import(${JSON.stringify(open)});
      for (const transport of ['tcp', 'udp'])
        await listenAt({ transport, host: '127.0.0.1', port: ${port} }, () => undefined)
          .catch(error => console.log(error.code, error.message));`;
      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
        uid: 65_534,
        gid: 65_534,
        encoding: 'utf8',
        cwd: '/',
      });
      const lines = stdout.trim().split('\n');
      expect(lines).toHaveLength(2);
      for (const line of lines) {
        expect(line).toMatch(/^SW_PERMISSION (tcp|udp):\/\/127\.0\.0\.1:\d+: ports below 1024 are reserved/);
        expect(line).toContain('use a port from 1024 on');
      }
    },
  );
});

/**
 * The contract of the command line, through the real command: flags, outputs, exit codes, and the exercises that it is for.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BIN, endAll, type JsonLine, Run, type RunOptions } from './cli-process.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensewire-cli-'));
});
afterEach(async () => {
  await endAll();
  rmSync(folder, { recursive: true, force: true });
});

const start = (args: readonly string[], options?: RunOptions): Run =>
  new Run(args, { cwd: folder, ...options });

/** Runs a command to its end. */
async function finish(
  args: readonly string[],
  options: RunOptions = { input: '' },
): Promise<Run & { code: unknown }> {
  const run = start(args, options);
  return Object.assign(run, { code: await run.exit });
}

/** A collector on a free port, and the addresses that it has. */
async function collect(...args: string[]): Promise<{ run: Run; url: string; urls: readonly string[] }> {
  const listen = args.includes('--listen') ? [] : ['--listen', 'tcp://127.0.0.1:0'];
  const run = start(['collect', '--json', ...listen, ...args]);
  const urls = await run.urls();
  return { run, url: urls[0] as string, urls };
}

const lines = (path: string): string[] => readFileSync(join(folder, path), 'utf8').split('\n').slice(0, -1);
const summaryOf = (run: Run): JsonLine => run.json.at(-1) as JsonLine;

describe('help', () => {
  const FLAGS: Readonly<Record<string, readonly string[]>> = {
    demo: ['--for', '--web', '--store', '--json'],
    collect: [
      '--listen',
      '--store',
      '--count',
      '--for',
      '--web',
      '--capture',
      '--json',
      '--control',
      '--most-connections',
    ],
    send: [
      '--sensor',
      '--rate',
      '--count',
      '--for',
      '--batch',
      '--flush',
      '--capture',
      '--json',
      '--buffer',
      '--wait',
      '--name',
    ],
    export: ['--format', '--sensor', '--from', '--to'],
    dissector: ['--output'],
    analyze: [
      '--json',
      '--conversation',
      '--all',
      '--frame',
      '--stream',
      '--hex',
      '--raw',
      '--fields',
      '--html',
      '--assert',
      '--wireshark',
      '--quiet',
    ],
    capture: [
      '--interface',
      '--filter',
      '--output',
      '--count',
      '--for',
      '--snaplen',
      '--promiscuous',
      '--explain',
      '--method',
      '--list',
      '--json',
    ],
    pack: ['--json'],
    unpack: ['--json'],
    serve: [
      '--listen',
      '--udp',
      '--idle',
      '--most-connections',
      '--count',
      '--for',
      '--capture',
      '--json',
      '--quiet',
    ],
    talk: ['--text', '--count', '--half-close', '--listen', '--hex', '--capture', '--json'],
    get: [
      '--output',
      '--remote-name',
      '--continue',
      '--head',
      '--verbose',
      '--ca',
      '--unix',
      '--timeout',
      '--json',
    ],
    resolve: ['--server', '--timeout', '--json'],
    sockets: [
      '--port',
      '--state',
      '--process',
      '--tcp',
      '--udp',
      '--unix',
      '--ipv4',
      '--ipv6',
      '--watch',
      '--every',
      '--for',
      '--json',
    ],
  };

  test.each(Object.entries(FLAGS))(
    'of %s shows every flag with its default, and two examples',
    async (command, flags) => {
      const { code, out, err } = await finish([command, '--help'], { input: '', env: { COLUMNS: '400' } });
      expect([code, err]).toEqual([0, []]);
      const text = out.join('\n');
      for (const flag of flags) {
        // A flag's text may go on in the lines below it.
        const entry = text.split(/\n(?= {2}-)/).find(one => new RegExp(`^\\s+(-\\w, )?${flag}\\b`).test(one));
        expect(entry, flag).toBeDefined();
        if (entry?.includes('<')) expect(entry.replace(/\s+/g, ' '), flag).toMatch(/[(,] ?default: /);
      }
      expect(
        text.split('Examples:')[1]?.match(new RegExp(`^  sensewire ${command}\\b`, 'gm'))?.length,
      ).toBeGreaterThan(1);
    },
  );

  test("of the whole lists the commands; the version is the package's", async () => {
    const { out, code } = await finish(['--help']);
    expect(code).toBe(0);
    for (const command of Object.keys(FLAGS))
      expect(out.some(line => line.trim().startsWith(command))).toBe(true);
    const manifest = JSON.parse(readFileSync(join(BIN, '../../package.json'), 'utf8')) as { version: string };
    expect((await finish(['--version'])).out).toEqual([manifest.version]);
  });
});

describe('wrong usage', () => {
  test.each([
    [['bogus'], /unknown command 'bogus'/],
    [[], /Usage: sensewire/],
    [['send'], /missing required argument 'URL'/],
    [['send', 'http://x:1'], /unknown transport "http"/],
    [['send', 'tcp://*:5', '--count', '1'], /is an address to listen at/],
    [['send', 'tcp://127.0.0.1:5', '--rate', 'fast'], /--rate.*"fast"/],
    [['send', 'tcp://127.0.0.1:5', '--count', '-1'], /--count.*whole number from 1 on/],
    [['send', 'tcp://127.0.0.1:5', '--batch', '5000'], /1 to 4096 readings/],
    [['send', 'tcp://127.0.0.1:5', '--sensor', 'nonsense'], /nonsense/],
    [['send', 'tcp://127.0.0.1:5', '--bogus'], /unknown option '--bogus'/],
    [['collect', '--listen', '127.0.0.1'], /is not an address/],
    [['collect', '--store', 'paper:x'], /is not a store/],
    [['collect', '--for', '5parsecs'], /--for/],
    [['export', 'missing.db'], /missing\.db/],
    [['export', 'x.txt'], /text store holds values only/],
    [['export', 'x.db', '--from', 'yesterday'], /"yesterday" is not a time/],
    [['export', 'x.db', '--format', 'xml'], /--format/],
    [['pack', '=iiz'], /z/],
    [['pack', '=i', 'one'], /"one" is not a whole number/],
    [['pack', '=b', '300'], /300|-128/],
    [['unpack', '=i', '0102'], /4/],
    [['unpack', '=i', 'xyz'], /hexadecimal|xyz/],
  ])('%j exits with 2 and says what is wrong', async (args, what) => {
    const { code, out, err } = await finish(args);
    expect([code, out]).toEqual([2, []]);
    expect(err.join('\n')).toMatch(what);
    expect(err.join('\n')).not.toMatch(/^\s+at /m);
  });

  const old = ['/usr/bin/node', '/usr/bin/nodejs'].find(path => {
    if (!existsSync(path)) return false;
    const [major = 99] = spawnSync(path, ['--version'], { encoding: 'utf8' })
      .stdout.slice(1)
      .split('.')
      .map(Number);
    return major < 24;
  });
  test.skipIf(old === undefined)('an old Node.js says in one line what is needed', () => {
    const { status, stderr, stdout } = spawnSync(old as string, [BIN, 'demo'], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^sensewire needs Node\.js 24\.\d+ or newer, and this is [\d.]+: .*\n$/);
  });
});

describe('collect and send', () => {
  test('say in JSON where they listen first, and the summary last', async () => {
    const { run, urls } = await collect(
      ...['--listen', 'tcp://127.0.0.1:0', '--listen', 'udp://127.0.0.1:0', '--listen', `unix:${folder}/s`],
      ...['--store', 'none'],
    );
    expect(urls).toEqual([
      expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/),
      expect.stringMatching(/^udp:\/\/127\.0\.0\.1:[1-9]\d*$/),
      `unix:${folder}/s`,
    ]);
    const sends = urls.map((url, index) =>
      start(
        [
          'send',
          url,
          '--json',
          '--name',
          `s${index}`,
          '--sensor',
          'random',
          '--rate',
          'max',
          '--count',
          '50',
        ],
        {
          input: '',
        },
      ),
    );
    for (const send of sends) {
      expect(await send.exit).toBe(0);
      const summary = summaryOf(send);
      expect(summary).toMatchObject({
        event: 'summary',
        readings: 50,
        stored: 50,
        delivered: 50,
        unacknowledged: 0,
      });
      expect(summary.seconds).toBeTypeOf('number');
      for (const key of ['p50', 'p95', 'p99', 'max'])
        expect(summary.ack_ms).toHaveProperty(key, expect.any(Number));
    }
    run.kill('SIGTERM');
    expect(await run.exit).toBe(0);
    expect(run.json[0]?.event).toBe('listening');
    const summary = summaryOf(run);
    expect(summary).toMatchObject({
      event: 'summary',
      readings: 150,
      stored: 150,
      duplicates: 0,
      missing: 0,
      senders: 3,
      sensors: 3,
    });
    expect(summary.seconds).toBeTypeOf('number');
    for (const key of ['p50', 'p95', 'p99', 'max'])
      expect(summary.one_way_ms).toHaveProperty(key, expect.any(Number));
    expect(existsSync(join(folder, 's'))).toBe(false);
  });

  test('print results on standard output and logs on standard error, without colours where they are not wanted', async () => {
    const { run, url } = await collect('--store', 'none');
    const plain = await finish(['send', url, '--count', '3', '--rate', 'max']);
    expect(plain.code).toBe(0);
    expect(plain.out[0]).toMatch(/^3 of 3 readings stored in /);
    expect(plain.err).toEqual([`connected ${url}`]);
    const coloured = await finish(['send', url, '--count', '3', '--rate', 'max'], {
      input: '',
      env: { FORCE_COLOR: '1' },
    });
    expect(coloured.err.join()).toContain('\x1b[32mconnected');
    const bare = await finish(['send', url, '--count', '3', '--rate', 'max'], {
      input: '',
      env: { NO_COLOR: '1' },
    });
    expect(bare.err).toEqual([`connected ${url}`]);
    const quiet = await finish(['send', url, '--count', '3', '--rate', 'max', '--quiet']);
    expect(quiet.err).toEqual([]);
    run.kill('SIGINT');
    expect(await run.exit).toBe(0);
    expect(run.err[0]).toMatch(/^listening tcp:/);
    expect(run.err.join('\n')).not.toContain('\x1b');
  });

  test('a hundred readings and no more, with two senders at once whose messages are longer', async () => {
    const { run, url } = await collect(
      '--store',
      'text:hundred.txt',
      '--store',
      'sqlite:hundred.db',
      '--count',
      '100',
    );
    const sends = ['a', 'b'].map(name =>
      start(['send', url, '--json', '--name', name, '--rate', '200Hz', '--batch', '64'], {
        input: '',
      }),
    );
    expect(await run.exit).toBe(0);
    expect(await Promise.all(sends.map(send => send.exit))).toEqual([0, 0]);
    expect(lines('hundred.txt')).toHaveLength(100);
    expect(summaryOf(run)).toMatchObject({ event: 'summary', stored: 100, senders: 2 });
    const rows = await finish(['export', 'hundred.db', '--format', 'jsonl']);
    expect(rows.out).toHaveLength(100);
  });

  test('the Raspberry Pi exercise: a TMP36 at 100 Hz, the first hundred values in a text file', async () => {
    const device = join(folder, 'sys/bus/iio/devices/iio:device0');
    mkdirSync(device, { recursive: true });
    writeFileSync(join(device, 'name'), 'ads1115\n');
    writeFileSync(join(device, 'in_voltage0_raw'), '750\n');
    writeFileSync(join(device, 'in_voltage0_scale'), '1.0\n');
    const { run, url } = await collect('--store', 'text:first100.txt', '--count', '100');
    const began = performance.now();
    const send = start(
      [
        'send',
        url,
        '--json',
        '--sysfs',
        join(folder, 'sys'),
        '--sensor',
        'tmp36:iio:device0',
        '--rate',
        '100Hz',
      ],
      { input: '' },
    );
    await send.event('connected');
    // Another temperature in the middle: 0.85 V are 35 °C.
    await run.event('sender-connected');
    writeFileSync(join(device, 'in_voltage0_raw'), '850\n');
    expect(await run.exit).toBe(0);
    expect(await send.exit).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(990);
    const values = lines('first100.txt').map(Number);
    expect(values).toHaveLength(100);
    const changed = values.findIndex(value => value > 30);
    expect(changed).toBeLessThan(100);
    for (const [index, value] of values.entries())
      expect(value, `value ${index}`).toBeCloseTo(changed === -1 || index < changed ? 25 : 35, 6);
    expect(values.at(-1)).toBeCloseTo(35, 6);
  });

  test('standard input and a CSV file are sensors, into several stores at once', async () => {
    writeFileSync(join(folder, 'in.csv'), 'time,value\n2026-01-01T00:00:00Z,1.5\n2026-01-01T00:00:01Z,2.5\n');
    const { run, url } = await collect(
      '--store',
      'text:v.txt',
      '--store',
      'csv:v.csv',
      '--store',
      'jsonl:v.jsonl',
    );
    const stdin = await finish(['send', url, '--sensor', 'stdin'], { input: '10\n20.5\n-3\n' });
    expect([stdin.code, stdin.err.filter(line => !line.startsWith('connected'))]).toEqual([0, []]);
    const csv = await finish(['send', url, '--sensor', 'csv:in.csv', '--rate', 'max']);
    expect(csv.code).toBe(0);
    run.kill('SIGTERM');
    expect(await run.exit).toBe(0);
    expect(lines('v.txt')).toEqual(['10', '20.5', '-3', '1.5', '2.5']);
    expect(lines('v.csv')).toHaveLength(6);
    expect(lines('v.jsonl').map(line => (JSON.parse(line) as { value: number }).value)).toEqual([
      10, 20.5, -3, 1.5, 2.5,
    ]);
  });

  test('a sender whose collector is away keeps its readings and loses none', async () => {
    const first = await collect('--store', 'jsonl:kept.jsonl');
    const send = start(
      ['send', first.url, '--json', '--sensor', 'sine', '--rate', '200Hz', '--for', '1500ms'],
      { input: '' },
    );
    await send.event('connected');
    first.run.kill('SIGTERM');
    expect(await first.run.exit).toBe(0);
    await send.event('away', 2);
    expect((await send.event('away')).reason).toContain('SHUTTING-DOWN');
    const second = await collect('--listen', first.url, '--store', 'jsonl:kept.jsonl');
    expect(await send.exit).toBe(0);
    second.run.kill('SIGTERM');
    expect(await second.run.exit).toBe(0);
    const { readings } = summaryOf(send);
    // 300 at most; a busy machine misses some ticks.
    expect(readings).toBeGreaterThan(100);
    expect(summaryOf(send)).toMatchObject({ stored: readings, unacknowledged: 0, connections: 2 });
    expect(lines('kept.jsonl')).toHaveLength(readings as number);
  });

  test('over UDP with a collector that restarts, what is stored and what is lost add up', async () => {
    const first = await collect('--listen', 'udp://127.0.0.1:0', '--store', 'jsonl:udp.jsonl');
    const send = start(['send', first.url, '--json', '--sensor', 'sine', '--rate', '200Hz', '--for', '2s'], {
      input: '',
    });
    await send.event('connected');
    await first.run.event('sender-connected');
    first.run.kill('SIGKILL');
    await first.run.exit;
    await send.event('away');
    const second = await collect('--listen', first.url, '--store', 'jsonl:udp.jsonl');
    const code = await send.exit;
    second.run.kill('SIGTERM');
    expect(await second.run.exit).toBe(0);
    const { readings, stored, unacknowledged } = summaryOf(send);
    expect((stored as number) + (unacknowledged as number)).toBe(readings);
    expect(code).toBe(unacknowledged === 0 ? 0 : 1);
    // The killed collector may have stored some that it could not acknowledge any more.
    expect(lines('udp.jsonl').length).toBeGreaterThanOrEqual(stored as number);
    expect(lines('udp.jsonl').length).toBeLessThanOrEqual(readings as number);
  });

  test('a command on standard input reaches the sender, and its end does not end the collector', async () => {
    const { run, url } = await collect('--store', 'none', '--control');
    const send = start(['send', url, '--sensor', 'sine:name=wave', '--rate', '50Hz', '--name', 'far'], {
      input: '',
    });
    await run.event('sender-connected');
    const answered = (count: number) => (): boolean =>
      run.err.filter(line => / done$|no sender has|is no command/.test(line)).length === count;
    // Its answer shows that the sensors are known.
    run.child.stdin?.write('resume all\n');
    await run.until(answered(1));
    run.child.stdin?.write('pause wave\nrate wave 10Hz\npause nobody\nsing\n');
    await run.until(answered(5));
    expect(run.err).toContain('far: pause wave: done');
    expect(run.err).toContain('far: rate wave 10Hz: done');
    expect(run.err).toContain('no sender has a sensor "nobody"');
    expect(run.err.join('\n')).toContain('"sing" is no command: write rate NAME 10Hz');
    expect(send.err.filter(line => line.startsWith('command'))).toEqual([
      'command sine:name=wave: resumed',
      'command sine:name=wave: paused',
      'command sine:name=wave: 10 Hz',
    ]);
    run.child.stdin?.end();
    send.kill('SIGINT');
    expect(await send.exit).toBe(0);
    run.kill('SIGINT');
    expect(await run.exit).toBe(0);
  });

  test('end after the time that they were given', async () => {
    const run = start([
      'collect',
      '--listen',
      'tcp://127.0.0.1:0',
      '--store',
      'none',
      '--for',
      '100ms',
      '--json',
    ]);
    expect(await run.exit).toBe(0);
    expect(run.json.map(({ event }) => event)).toEqual(['listening', 'summary']);
  });

  test('a signal that comes twice at once is one: timeout(1) signals the process and its group', async () => {
    const run = start(['collect', '--listen', 'tcp://127.0.0.1:0', '--store', 'none', '--json']);
    await run.event('listening');
    run.kill('SIGTERM');
    run.kill('SIGTERM');
    expect(await run.exit).toBe(0);
    expect(run.json.map(({ event }) => event)).toEqual(['listening', 'summary']);
  });

  test('a second signal ends at once what waits for its collector', async () => {
    const send = start(['send', `unix:${folder}/nobody`, '--json', '--rate', '100Hz']);
    await send.event('away');
    send.kill('SIGTERM');
    send.kill('SIGINT');
    expect([130, 143]).toContain(await send.exit);
  });

  test('a collector that never comes is given up after --wait, with a summary and exit code 1', async () => {
    const send = await finish([
      ...['send', `unix:${folder}/nobody`, '--json', '--count', '5', '--rate', 'max', '--wait', '300ms'],
    ]);
    expect(send.code).toBe(1);
    expect(summaryOf(send)).toMatchObject({
      event: 'summary',
      readings: 5,
      stored: 0,
      unacknowledged: 5,
      ack_ms: null,
    });
  });

  test('a sensor that cannot be opened ends the sender with exit code 1', async () => {
    const send = await finish(['send', 'tcp://127.0.0.1:9', '--json', '--sensor', 'csv:missing.csv']);
    expect(send.code).toBe(1);
    expect(send.err.join('\n')).toContain('missing.csv');
  });

  test('a reader of the JSON lines that goes away ends the collector', async () => {
    const { run, url } = await collect('--store', 'none');
    run.child.stdout?.destroy();
    const send = start(['send', url, '--rate', '10Hz'], { input: '' });
    expect(await run.exit).toBe(0);
    send.kill('SIGKILL');
  });
});

describe('the demo', () => {
  test('runs every transport and says where the data is', async () => {
    const run = await finish(['demo', '--for', '1s', '--json', '--store', 'sqlite:demo.db']);
    expect(run.code).toBe(0);
    expect(run.json[0]).toMatchObject({
      event: 'listening',
      urls: [expect.any(String), expect.any(String), expect.any(String)],
    });
    expect(summaryOf(run)).toMatchObject({ event: 'summary', senders: 3, missing: 0 });
    expect(existsSync(join(folder, 'demo.db'))).toBe(true);
  });
});

describe('export', () => {
  beforeEach(async () => {
    const rows = Array.from(
      { length: 60 },
      (_, index) => `2026-01-01T00:00:${String(index).padStart(2, '0')}Z,${index}.5`,
    );
    writeFileSync(join(folder, 'in.csv'), `time,value\n${rows.join('\n')}\n`);
    const { run, url } = await collect('--store', 'sqlite:r.db', '--store', 'csv:r.csv', '--count', '65');
    const sends = [
      start(['send', url, '--name', 'file', '--sensor', 'csv:in.csv', '--rate', 'max'], { input: '' }),
      start(['send', url, '--name', 'other', '--sensor', 'sine:name=wave', '--rate', 'max', '--count', '5'], {
        input: '',
      }),
    ];
    expect(await Promise.all(sends.map(({ exit }) => exit))).toEqual([0, 0]);
    expect(await run.exit).toBe(0);
  });

  test('gives every reading again, in each format, by sensor and time', async () => {
    const csv = await finish(['export', 'r.db', '--sensor', 'value']);
    expect([csv.code, csv.out.length]).toEqual([0, 61]);
    expect((await finish(['export', 'csv:r.csv', '--sensor', 'value'])).out).toEqual(csv.out);
    const all = await finish(['export', 'sqlite:r.db', '--format', 'jsonl']);
    expect(all.out).toHaveLength(65);
    const range = await finish([
      ...[
        'export',
        'r.db',
        '--format',
        'jsonl',
        '--from',
        '2026-01-01T00:00:10Z',
        '--to',
        '2026-01-01T00:00:12.000Z',
      ],
    ]);
    expect(range.out.map(line => (JSON.parse(line) as { value: number }).value)).toEqual([10.5, 11.5]);
    const recent = await finish(['export', 'r.db', '--format', 'line', '--from', '1h']);
    expect(recent.out).toHaveLength(5);
    expect(recent.out[0]).toMatch(/wave.*other|other.*wave/);
    const none = await finish(['export', 'r.db', '--sensor', 'nothing']);
    expect([none.code, none.out.length]).toEqual([0, 1]);
  });

  test('stops without an error when its reader has enough', () => {
    const line = `'${process.execPath}' '${BIN}' export r.db 2> err.txt | head -1; echo "\${PIPESTATUS[0]}"`;
    const { stdout } = spawnSync('bash', ['-c', line], { cwd: folder, encoding: 'utf8' });
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stdout).toMatch(/\n0\n$/);
    expect(readFileSync(join(folder, 'err.txt'), 'utf8')).toBe('');
  });

  test('says that its output is full', () => {
    const line = `'${process.execPath}' '${BIN}' export r.db > /dev/full; echo "$?"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', line], { cwd: folder, encoding: 'utf8' });
    expect(stdout).toBe('1\n');
    expect(stderr).toMatch(/^error .*standard output failed: .*ENOSPC.*\n$/);
  });
});

test('export stops without an error in the middle of much output, too', async () => {
  const big = Array.from({ length: 200_000 }, (_, index) => `${index}`);
  writeFileSync(join(folder, 'in.csv'), `value\n${big.join('\n')}\n`);
  const { run, url } = await collect('--store', 'sqlite:big.db', '--count', '200000');
  expect(await start(['send', url, '--sensor', 'csv:in.csv', '--rate', 'max'], { input: '' }).exit).toBe(0);
  expect(await run.exit).toBe(0);
  const line = `'${process.execPath}' '${BIN}' export big.db 2> err.txt | (sleep 0.3; head -1); echo "\${PIPESTATUS[0]}"`;
  const { stdout } = spawnSync('bash', ['-c', line], { cwd: folder, encoding: 'utf8' });
  expect(stdout).toMatch(/\n0\n$/);
  const slow = `'${process.execPath}' '${BIN}' export big.db 2> err2.txt | (while read -r line; do n=$((n + 1)); done; echo $n)`;
  expect(spawnSync('bash', ['-c', slow], { cwd: folder, encoding: 'utf8' }).stdout).toBe('200001\n');
  expect([
    readFileSync(join(folder, 'err.txt'), 'utf8'),
    readFileSync(join(folder, 'err2.txt'), 'utf8'),
  ]).toEqual(['', '']);
});

describe('pack and unpack', () => {
  test.each([
    [['=iif', '1', '4', '2.7'], '01 00 00 00 04 00 00 00 cd cc 2c 40'],
    [['>hq', '-5', '-9223372036854775808'], 'ff fb 80 00 00 00 00 00 00 00'],
    [['<Q', '18446744073709551615'], 'ff ff ff ff ff ff ff ff'],
    [['>4sH', 'ping', '80'], '70 69 6e 67 00 50'],
    [['=2?x3b', 'true', 'no', '-1', '0x10', '0b11'], '01 00 00 ff 10 03'],
    [['>ed', '-inf', '-1.5e3'], 'fc 00 c0 97 70 00 00 00 00 00'],
  ])('pack %j', async (args, hex) => {
    const { code, out } = await finish(['pack', ...args]);
    expect([code, out]).toEqual([0, [hex]]);
  });

  test('unpack what pack gave, as text and as JSON', async () => {
    expect((await finish(['unpack', '=iif', '01000000 04000000', 'cd:cc:2c:40'])).out).toEqual([
      '1 4 2.700000047683716',
    ]);
    expect((await finish(['unpack', '>q4s?', '80000000000000007069 6e67 01', '--json'])).json).toEqual([
      { event: 'unpacked', format: '>q4s?', values: ['-9223372036854775808', '70696e67', true] },
    ]);
    expect((await finish(['pack', '>h', '-2', '--json'])).json).toEqual([
      { event: 'packed', format: '>h', size: 2, hex: 'fffe' },
    ]);
  });
});

/**
 * `sensewire talk` over TCP, Unix sockets, and whatever else has connections.
 */
import { systemClock } from '../../clock/system-clock.ts';
import { NetworkError } from '../../errors/errors.ts';
import { formatAddress, formatUrl } from '../../socket/address.ts';
import { type ConnectedAddress, connectSocket } from '../../socket/dial.ts';
import type { StreamSocket } from '../../socket/stream-socket.ts';
import type { TalkEnd } from '../../talk/counters.ts';
import { type ReceiverNotice, StreamReceiver } from '../../talk/receive-streams.ts';
import { exchangeOverStream } from '../../talk/stream-exchange.ts';
import { talkOverStream } from '../../talk/stream-talk.ts';
import { formatDuration } from '../../time/quantities.ts';
import { number, paint, plain, printJson } from '../terminal.ts';
import { openInput } from './talk-input.ts';
import { EOL, isDialogue, neverConnected, type TalkSetting } from './talk-setting.ts';

/** A host that does not answer at all: the kernel alone would try for two minutes (tcp_syn_retries). */
const CONNECT_TIMEOUT_US = 10_000_000;
/** Once the server has ended: whoever fills a pipe goes on within this, and an idle pipe has no reason to stay. */
const IDLE_PIPE_US = 250_000;

export async function talkInStream(address: ConnectedAddress, setting: TalkSetting): Promise<TalkEnd> {
  const { counters, flags, screen, text, timeoutUs } = setting;
  const socket = await connect(address, setting);
  try {
    counters.hasBegun = true;
    const url = formatAddress(address);
    const local = localUrl(address, socket);
    if (flags.json) printJson('connected', { url, local });
    screen.log(`${paint('green', 'connected')} ${url}${local === undefined ? '' : ` from ${local}`}`);
    if (text !== undefined) {
      const end = await exchangeOverStream(socket, {
        ...setting,
        clock: systemClock,
        text,
        count: flags.count ?? 1,
        halfClose: flags.halfClose === true,
      });
      if (end === 'closed') screen.log('the server closed the connection');
      // Without its end nobody knows whether the rest of the answer is whole.
      if (end === 'quiet') throw notClosed(address, timeoutUs);
      return end;
    }
    return await converse(address, socket, setting);
  } finally {
    socket.close();
  }
}

/** Standard input to the server, and what comes from there to standard output. */
async function converse(
  address: ConnectedAddress,
  socket: StreamSocket,
  setting: TalkSetting,
): Promise<TalkEnd> {
  const { flags, screen, timeoutUs, interrupt } = setting;
  const isPerson = process.stdin.isTTY === true;
  const input = openInput(
    { eol: flags.eol === undefined ? undefined : EOL[flags.eol], isShared: isDialogue(setting) },
    screen,
    interrupt,
  );
  if (isPerson) screen.log(paint('dim', 'type lines to send; end or Ctrl-D ends'));
  const halfClose = flags.halfClose ?? true;
  // A pipe's other end may need any time for its answer, and says where that ends: by closing.
  const waitsForClose = halfClose && !isPerson && flags.timeout === undefined;
  const end = await talkOverStream(socket, {
    ...setting,
    clock: systemClock,
    input,
    halfClose,
    quietUs: waitsForClose ? undefined : timeoutUs,
    idleUs: isPerson ? 0 : IDLE_PIPE_US,
  });
  if (end === 'closed') screen.log('the server closed the connection');
  if (end === 'quiet') {
    if (!isPerson && halfClose && timeoutUs > 0) throw notClosed(address, timeoutUs);
    screen.log(`nothing more came for ${formatDuration(timeoutUs)} (--timeout)`);
  }
  return end;
}

function notClosed(address: ConnectedAddress, timeoutUs: number): NetworkError {
  return new NetworkError(
    'SW_TIMEOUT',
    `${formatAddress(address)} neither sent more nor closed within ${formatDuration(timeoutUs)}: its answer may not be whole; give a longer --timeout`,
    { retryable: true },
  );
}

/** @throws NetworkError, also where somebody has had enough before there is a connection */
async function connect(address: ConnectedAddress, { flags, signal }: TalkSetting): Promise<StreamSocket> {
  // Without a time for answers, connecting still takes some.
  const limitUs = flags.timeout || CONNECT_TIMEOUT_US;
  const limit = AbortSignal.timeout(limitUs / 1_000);
  try {
    return await connectSocket(address, { signal: AbortSignal.any([signal, limit]) });
  } catch (error) {
    if (signal.aborted) throw neverConnected(formatAddress(address), signal);
    if (!limit.aborted) throw error;
    throw new NetworkError(
      'SW_TIMEOUT',
      `${formatAddress(address)} did not answer within ${formatDuration(limitUs)}: check the address, the network and the firewall, or wait longer with --timeout`,
      { cause: error, retryable: true },
    );
  }
}

/** This end's address; undefined for Unix sockets, whose clients have none. */
function localUrl(address: ConnectedAddress, socket: StreamSocket): string | undefined {
  const local = socket.getsockname();
  return typeof local === 'string' ? undefined : formatUrl(address.transport, ...local);
}

/** What anybody sends who connects. */
export async function receiveConnections(address: ConnectedAddress, setting: TalkSetting): Promise<TalkEnd> {
  const { counters, flags, screen } = setting;
  await using receiver = await StreamReceiver.open(address, notice => {
    if (flags.json) {
      const { type, ...fields } = notice;
      printJson(type, 'error' in fields ? { ...fields, error: fields.error.code } : fields);
    }
    screen.log(describe(notice));
  });
  counters.hasBegun = true;
  const { urls } = receiver;
  setting.onListening?.();
  if (flags.json) printJson('listening', { urls });
  for (const url of urls) screen.log(`${paint('green', 'listening')} ${url}`);
  return await receiver.run({ ...setting, count: flags.count });
}

function describe(notice: ReceiverNotice): string {
  const { url } = notice;
  switch (notice.type) {
    case 'connected':
      return `${paint('cyan', '+')} ${url}`;
    case 'waits':
      return `${paint('cyan', '…')} ${url} waits until the one before has ended`;
    case 'refused':
      return `${paint('yellow', '!')} ${url} refused: too many wait`;
    case 'closed': {
      const why = notice.error === undefined ? '' : `: ${plain(notice.error.message)}`;
      return `${paint('cyan', '−')} ${url}, ${number(notice.bytes)} bytes${why}`;
    }
  }
}

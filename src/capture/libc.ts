/**
 * The C library's calls that a capture needs, through the optional package koffi: loaded only when somebody captures.
 */
import { getSystemErrorName } from 'node:util';
import { NetworkError } from '../errors/errors.ts';

/** A place in memory outside of JavaScript's. */
type Pointer = bigint;

/** MAP_FAILED of mmap(2): -1 as an address. */
const MAP_FAILED: Pointer = 0xffff_ffff_ffff_ffffn;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

/** Calls of system(2), with the errors that they set. */
export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array): void;
  /** The address that the socket is bound to, in at most `size` bytes. */
  getsockname(fd: number, size: number): Uint8Array;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array): void;
  /** setsockopt(2) with struct sock_fprog, which holds a pointer to the instructions. */
  attachFilter(fd: number, program: Uint8Array, count: number): void;
  getsockopt(fd: number, level: number, option: number, size: number): Uint8Array;
  sendto(fd: number, bytes: Uint8Array, address: Uint8Array): void;
  /** 0: there is no such interface. */
  interfaceIndex(name: string): number;
  ioctl(fd: number, request: number, argument: Uint8Array): void;
  /** Maps memory of a descriptor; the view loses its memory with `unmap`. */
  map(fd: number, size: number): ArrayBuffer;
  unmap(buffer: ArrayBuffer): void;
  close(fd: number): void;
  /** Calls back whenever there is something to read, or an error; until the handle is closed. */
  watch(fd: number, onReadable: () => void): Watch;
}

export interface Watch {
  /** Callbacks come, or do not. */
  run(on: boolean): void;
  close(): void;
}

/** The error of a call of the system; `errno` is its name. */
export class SystemCallError extends NetworkError {
  constructor(call: string, errno: string) {
    super('SW_NETWORK', `${call} failed: ${errno}`, { errno });
  }
}

let loading: Promise<Libc> | undefined;

/** @throws NetworkError SW_PERMISSION where this is no Linux, or koffi is not installed, or has nothing for this machine */
export function loadLibc(): Promise<Libc> {
  loading ??= bindLibc().catch((cause: Error) => {
    const reason = cause.message.split('\n')[0];
    throw new NetworkError('SW_PERMISSION', `the package koffi cannot be used (${reason})`, { cause });
  });
  return loading;
}

async function bindLibc(): Promise<Libc> {
  if (process.platform !== 'linux') throw new Error(`it is for Linux here, and this is ${process.platform}`);
  const { default: koffi } = await import('koffi');
  // The library that Node itself runs with, whatever its name is.
  const library = koffi.load(null);
  const call = (name: string, result: string, ...types: string[]): ((...values: unknown[]) => number) => {
    const invoke = library.func(name, result, types);
    return (...values) => {
      const answer: unknown = invoke(...values);
      if (answer === -1) throw new SystemCallError(name, getSystemErrorName(-koffi.errno()));
      return answer as number;
    };
  };
  const socket = call('socket', 'int', 'int', 'int', 'int');
  const bind = call('bind', 'int', 'int', 'void *', 'uint32_t');
  const getsockname = call('getsockname', 'int', 'int', 'void *', 'void *');
  const setsockopt = call('setsockopt', 'int', 'int', 'int', 'int', 'void *', 'uint32_t');
  const getsockopt = call('getsockopt', 'int', 'int', 'int', 'int', 'void *', 'void *');
  const sendto = call('sendto', 'intptr_t', 'int', 'void *', 'size_t', 'int', 'void *', 'uint32_t');
  const ioctl = call('ioctl', 'int', 'int', 'unsigned long', 'void *');
  const close = call('close', 'int', 'int');
  const interfaceIndex = library.func('if_nametoindex', 'uint32_t', ['str']) as unknown as (
    name: string,
  ) => number;
  const mmap = library.func('mmap', 'void *', ['void *', 'size_t', 'int', 'int', 'int', 'int64_t']);
  const munmap = library.func('munmap', 'int', ['void *', 'size_t']);
  const mapped = new WeakMap<ArrayBuffer, { pointer: Pointer; size: number }>();

  /** Calls that fill a buffer say how long their answer is in a word beside it. */
  const answer = (size: number, fill: (buffer: Uint8Array, length: Uint32Array) => void): Uint8Array => {
    const buffer = new Uint8Array(size);
    const length = Uint32Array.of(size);
    fill(buffer, length);
    return buffer.subarray(0, length[0]);
  };
  return {
    socket: (family, type, protocol) => socket(family, type, protocol),
    bind: (fd, address) => void bind(fd, address, address.length),
    getsockname: (fd, size) => answer(size, (buffer, length) => getsockname(fd, buffer, length)),
    setsockopt: (fd, level, option, value) => void setsockopt(fd, level, option, value, value.length),
    attachFilter: (fd, program, count) => {
      // Two bytes of count, as many as bring the pointer to its place, and the pointer.
      const wide = koffi.sizeof('void *');
      const argument = new DataView(new ArrayBuffer(2 * wide));
      const isLittle = isLittleEndian();
      argument.setUint16(0, count, isLittle);
      const address = koffi.address(program);
      if (wide === 8) argument.setBigUint64(wide, address, isLittle);
      else argument.setUint32(wide, Number(address), isLittle);
      setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(argument.buffer), argument.byteLength);
    },
    getsockopt: (fd, level, option, size) =>
      answer(size, (buffer, length) => getsockopt(fd, level, option, buffer, length)),
    sendto: (fd, bytes, address) => void sendto(fd, bytes, bytes.length, 0, address, address.length),
    interfaceIndex,
    ioctl: (fd, request, argument) => void ioctl(fd, request, argument),
    map: (fd, size) => {
      const pointer = mmap(null, size, PROT_READ_WRITE, MAP_SHARED, fd, 0) as Pointer;
      if (pointer === MAP_FAILED) throw new SystemCallError('mmap', getSystemErrorName(-koffi.errno()));
      const buffer = koffi.view(pointer, size);
      mapped.set(buffer, { pointer, size });
      return buffer;
    },
    unmap: buffer => {
      const { pointer, size } = mapped.get(buffer) as { pointer: Pointer; size: number };
      // From here on every view is empty: none can read memory that is gone.
      buffer.transfer(0);
      munmap(pointer, size);
    },
    close: fd => void close(fd),
    watch: (fd, onReadable) => {
      const take = (): void => {
        onReadable();
        // After a call of koffi's, Node.js does not go on with what waits for promises; after one of its own it does.
        setImmediate(() => undefined);
      };
      const handle = koffi.node.poll(fd, { readable: true }, take);
      let isOn = true;
      return {
        run: on => {
          if (on && !isOn) handle.start({ readable: true }, take);
          if (!on && isOn) handle.stop();
          isOn = on;
        },
        close: () => handle.close(),
      };
    },
  };
}

/** socket(7). */
export const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;

export function isLittleEndian(): boolean {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
}

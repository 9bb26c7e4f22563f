/** What we use of WebAssembly's interface for JavaScript, which TypeScript describes only together with all of a browser's. */

export interface WebAssemblyMemory {
  /** As long as the memory is now. Of shared memory the buffers of before stay what they were. */
  readonly buffer: SharedArrayBuffer;
  /** By pages of 64 KiB; gives how many there were. @throws RangeError where it cannot grow */
  grow(pages: number): number;
}

interface Interface {
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => WebAssemblyMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

export const WebAssembly: Interface = (globalThis as unknown as { WebAssembly: Interface }).WebAssembly;

export { fromHex, toHex } from './hex.ts';
export { canPack, MOST_BITS, readPacked, writePacked } from './packed.ts';
export { ByteReader } from './reader.ts';
export { ByteWriter } from './writer.ts';

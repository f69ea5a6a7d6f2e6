// Small images for uploads: a whole PNG in any size, and heads of the other formats.
import { deflateSync } from "node:zlib";

const table = Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});
const crc32 = (data) => ~data.reduce((c, b) => table[(c ^ b) & 255] ^ (c >>> 8), -1) >>> 0;

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const ret = Buffer.alloc(body.length + 8);
  ret.writeUInt32BE(data.length, 0);
  body.copy(ret, 4);
  ret.writeUInt32BE(crc32(body), body.length + 4);
  return ret;
}

/** Of one colour. `claimed`: what its head says instead. */
export function png(side, [r, g, b] = [200, 40, 40], claimed = side) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(claimed, 0);
  head.writeUInt32BE(claimed, 4);
  head.set([8, 2], 8);
  const row = Buffer.concat([Buffer.from([0]), ...Array(side).fill(Buffer.from([r, g, b]))]);
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head),
    chunk("IDAT", deflateSync(Buffer.concat(Array(side).fill(row)))), chunk("IEND", Buffer.alloc(0))]);
}

/** Enough of a JPEG for its size. */
export const jpeg = (width, height) =>
  Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0x78, 0x78, 0xff, 0xc0, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255, 3]);

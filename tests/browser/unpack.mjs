// Unpacks npm's Chromium, and libraries that it needs where the machine has none of them, into the folder that is named.
import { createReadStream, createWriteStream } from "node:fs";
import { chmod, rename } from "node:fs/promises";
import { join } from "node:path";
import { argv } from "node:process";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const [, , into] = argv;
const packed = join(into, "node_modules", "@sparticuz", "chromium", "bin");
const unpack = (from, to) => pipeline(createReadStream(join(packed, from)), createBrotliDecompress(), createWriteStream(join(into, to)));

await unpack("al2023.tar.br", "libraries.tar");
await unpack("chromium.br", "chromium.part");
await chmod(join(into, "chromium.part"), 0o755);
// Whoever finds it finds it whole.
await rename(join(into, "chromium.part"), join(into, "chromium"));

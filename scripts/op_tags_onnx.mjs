// Inferences of a model in ONNX Runtime, recorded by the tracer or by the runtime's own profiler (scripts/op_tags.sh).
//
//     node op_tags_onnx.mjs FOLDER MODEL.onnx ROUNDS ARENA PATTERN [PROFILE_PREFIX]
//
// FOLDER has the node_modules with onnxruntime-node. ARENA and PATTERN are on or off. The first inferences, a third of ROUNDS, are
// warm-up; then the tracer is switched on by SIGUSR2, if MEMO_TRACE_SIGNAL says that it listens. With PROFILE_PREFIX the
// runtime's profiler runs instead, from the start.
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [folder, model, roundsText, arena, pattern, profile] = process.argv.slice(2);
const modules = join(resolve(folder), "node_modules");
const ort = createRequire(join(modules, "x.js"))("onnxruntime-node");
const session = await ort.InferenceSession.create(model, {
  enableCpuMemArena: arena === "on",
  enableMemPattern: pattern === "on",
  executionMode: "sequential",
  interOpNumThreads: 1,
  intraOpNumThreads: 1,
  ...(profile ? { enableProfiling: true, profileFilePrefix: profile } : {}),
});
const tensor = (shape) => new ort.Tensor("float32", new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5), shape);
const feeds = session.inputNames.includes("sr")
  ? { input: tensor([1, 1536]), sr: new ort.Tensor("int64", [16000n]), h: tensor([2, 1, 64]), c: tensor([2, 1, 64]) }
  : { [session.inputNames[0]]: tensor(session.inputNames[0] === "image" ? [1, 3, 224, 224] : [1, 3, 480, 480]) };
const rounds = Number(roundsText);
const warmUp = Math.floor(rounds / 3);
for (let round = 0; round < rounds; ++round) {
  if (round === warmUp && process.env.MEMO_TRACE_SIGNAL) process.kill(process.pid, "SIGUSR2");
  await session.run(feeds);
}
if (process.env.MEMO_TRACE_SIGNAL) process.kill(process.pid, "SIGUSR2");
if (profile) await session.endProfiling();
console.log(JSON.stringify({ rounds: rounds - warmUp }));

// Runs a model in onnxruntime-node: reads {model, feeds} as JSON from standard input, writes what
// the model gives. Numbers travel as strings, because JSON knows neither NaN nor 64-bit integers.
import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-node";

const { model, feeds } = JSON.parse(readFileSync(0, "utf8"));

const MAKERS = {
  string: (values) => values,
  bool: (values) => Uint8Array.from(values, (v) => (v === "true" ? 1 : 0)),
  int64: (values) => BigInt64Array.from(values, BigInt),
  int32: (values) => Int32Array.from(values, Number),
  float32: (values) => Float32Array.from(values, Number),
  float64: (values) => Float64Array.from(values, Number),
};

const session = await ort.InferenceSession.create(model);
const inputs = Object.fromEntries(
  Object.entries(feeds).map(([name, { type, shape, values }]) => [
    name,
    new ort.Tensor(type, MAKERS[type](values), shape),
  ]),
);
const given = await session.run(inputs);
const outputs = Object.entries(given).map(([name, tensor]) => [
  name,
  { type: tensor.type, shape: tensor.dims, values: Array.from(tensor.data, String) },
]);
process.stdout.write(JSON.stringify(Object.fromEntries(outputs)));

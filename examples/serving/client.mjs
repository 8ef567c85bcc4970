// Asks a server for predictions, with nothing but fetch: the same in a browser, Deno or Node 18.
//
//   node client.mjs http://127.0.0.1:8080 late_sklearn < rows.json

/** How likely each flight is to be late. Rows are raw columns by name; null is not known. */
export async function predict(url, model, rows) {
  const response = await fetch(`${url}/v1/models/${model}:transform`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(rows),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.error} (${answer.where ?? "the request"})`);
  return answer.map((row) => row.probabilities[1]);
}

/** The same by the Open Inference Protocol: a tensor for each column, a tensor back. */
export async function infer(url, model, rows) {
  const described = await (await fetch(`${url}/v2/models/${model}`)).json();
  const inputs = described.inputs.map(({ name, datatype }) => ({
    name,
    datatype,
    shape: [rows.length],
    data: rows.map((row) => row[name]),
  }));
  const response = await fetch(`${url}/v2/models/${model}/infer`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ inputs, outputs: [{ name: "probabilities" }] }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  const [{ data }] = answer.outputs;
  return data.filter((_, position) => position % 2 === 1);
}

if (globalThis.process?.argv[1]?.endsWith("client.mjs")) {
  const { readFileSync } = await import("node:fs");
  const [url, model] = process.argv.slice(2);
  const rows = JSON.parse(readFileSync(0, "utf8"));
  const predictions = { rows: await predict(url, model, rows), tensors: await infer(url, model, rows) };
  process.stdout.write(JSON.stringify(predictions));
}

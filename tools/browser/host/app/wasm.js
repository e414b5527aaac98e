// WXWebAssembly, WeChat's subset of WebAssembly.

async function instantiate(path, imports) {
  if (typeof path !== 'string') throw new TypeError('WXWebAssembly.instantiate: first argument must be a string')
  if (!/\.wasm(\.br)?$/.test(path)) throw new Error('WXWebAssembly.instantiate: invalid file type, need .wasm or .wasm.br')
  const answer = await fetch(`/app/${path.replace(/^\//, '')}`)
  if (!answer.ok) throw new Error(`WXWebAssembly.instantiate: ${path} not found`)
  const module = await WebAssembly.compile(await answer.arrayBuffer())
  // WeChat on iOS has no exported Globals: refuse them here, so that nobody finds out on a phone.
  const global = WebAssembly.Module.exports(module).find((entry) => entry.kind === 'global')
  if (global) throw new Error(`WXWebAssembly.instantiate: ${path} exports the Global "${global.name}", which iOS lacks`)
  return { module, instance: await WebAssembly.instantiate(module, imports) }
}

export const WXWebAssembly = { instantiate, Memory: WebAssembly.Memory, Table: WebAssembly.Table, Global: WebAssembly.Global }

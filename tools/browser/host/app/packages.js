// Registers the two compiled packages (the host's built-in components, the mini-program) with the component framework.

import { MiniProgramEnv } from 'glass-easel-miniprogram-adapter'

import { backend } from './backend.js'

function register(space, pkg) {
  for (const [path, config] of Object.entries(pkg.components)) {
    space.addComponentStaticConfig(path, config)
    // Without the fallback, `bindtap` (no colon) is taken for an attribute.
    space.addCompiledTemplate(path, { groupList: pkg.templates, content: pkg.templates[path], fallbackListenerOnNativeNode: true })
    space.addStyleSheet(path, path, pkg.scopes[path])
  }
  if (pkg.styles.app !== undefined) space.addStyleSheet('app', 'app')
}

/**
 * Built-in components get a code space of their own; in the mini-program's they would contain themselves.
 * @returns the space of the mini-program, and `createRoot(path)`
 */
export function registerPackages(builtin, app, createLoader) {
  const env = new MiniProgramEnv()
  const builtinSpace = env.createCodeSpace('builtin', false)
  register(builtinSpace, builtin)
  const run = createLoader(builtin, builtinSpace, 'builtin')
  for (const path of Object.keys(builtin.components)) run(path)

  const appSpace = env.createCodeSpace('', true)
  for (const [tag, path] of Object.entries(builtin.app.usingComponents)) {
    const component = builtinSpace.getComponentSpace().getComponentByUrl(path.replace(/^\//, ''), '')
    appSpace.getComponentSpace().setGlobalUsingComponent(tag, component)
  }
  register(appSpace, app)

  const associated = env.associateBackend(backend)
  for (const pkg of [builtin, app]) {
    for (const [path, css] of Object.entries(pkg.styles)) associated.registerStyleSheetContent(path, css)
  }
  // Styles of built-in components stand for as long as the page; those of the mini-program come and go with its pages.
  for (const css of Object.values(builtin.styles)) {
    document.head.append(Object.assign(document.createElement('style'), { textContent: css }))
  }
  return { appSpace, createRoot: (path) => associated.createRoot('page', appSpace, path) }
}

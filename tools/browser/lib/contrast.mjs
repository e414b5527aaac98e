// How well the texts of a page can be read, as it is drawn.

/**
 * The texts that differ less from what is behind them than WCAG 2.2 AA asks: 4.5 to 1, large ones 3 to 1. What cannot be
 * used now is exempt, and so is what stands on a picture. What fades in or out is waited for.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<string[]>} the text, its colour, its ground, and by how much they differ
 */
export function faintTexts(page) {
  return page.evaluate(async () => {
    const fading = () => document.getAnimations().filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime) && one.playState === 'running')
    for (let moving = fading(); moving.length; moving = fading()) await Promise.allSettled(moving.map((one) => one.finished))
    const colour = (text) => {
      const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number)
      return [r, g, b, a]
    }
    /** A colour over an opaque one. */
    const over = ([r, g, b, a], ground) => [r, g, b].map((part, at) => part * a + ground[at] * (1 - a))
    const luminance = (parts) => {
      const [r, g, b] = parts.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4))
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const lineage = (element) => (element ? [element, ...lineage(element.parentElement)] : [])

    /** What is behind an element's text, and how opaque the text is; null on a picture. */
    function behind(element) {
      const layers = []
      let opacity = 1
      for (const one of lineage(element)) {
        const style = getComputedStyle(one)
        if (style.backgroundImage !== 'none') return null
        opacity *= Number(style.opacity)
        layers.push(colour(style.backgroundColor))
        if (layers.at(-1)[3] === 1) break
      }
      return { ground: layers.reverse().reduce((ground, layer) => over(layer, ground), [255, 255, 255]), opacity }
    }

    const found = new Set()
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const [text, element] = [walker.currentNode.data.trim(), walker.currentNode.parentElement]
      if (!text || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
      const { width, height } = element.getBoundingClientRect()
      if (width <= 1 || height <= 1 || element.closest('[disabled], [aria-disabled="true"], .unseen')) continue
      const drawn = behind(element)
      if (!drawn) continue
      const style = getComputedStyle(element)
      const [r, g, b, a] = colour(style.color)
      const [lighter, darker] = [luminance(over([r, g, b, a * drawn.opacity], drawn.ground)), luminance(drawn.ground)].sort((x, y) => y - x)
      const ratio = (lighter + 0.05) / (darker + 0.05)
      const size = parseFloat(style.fontSize)
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
      if (ratio < (isLarge ? 3 : 4.5)) found.add(`${text.slice(0, 30)}: ${style.color} on ${drawn.ground.map(Math.round)} is ${ratio.toFixed(2)}`)
    }
    return [...found]
  })
}

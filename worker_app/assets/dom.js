// Small building blocks of all views: elements, icons, words, sheets.

export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? "" : value)
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false))
  return element
}

const ICONS = {
  swap: '<path d="M13 2 5 13.5h6L10 22l9-12.5h-6.5z" fill="currentColor" stroke="none"/>',
  pick_up: '<path d="M12 15V4m0 0L7.5 8.5M12 4l4.5 4.5M4 15v3.5A1.5 1.5 0 0 0 5.5 20h13a1.5 1.5 0 0 0 1.5-1.5V15"/>',
  drop_off: '<path d="M12 4v11m0 0 4.5-4.5M12 15l-4.5-4.5M4 15v3.5A1.5 1.5 0 0 0 5.5 20h13a1.5 1.5 0 0 0 1.5-1.5V15"/>',
  check: '<circle cx="10.5" cy="10.5" r="6"/><path d="m15 15 5.5 5.5"/>',
  done: '<path d="m4.5 12.5 5 5 10-11"/>',
  problem: '<path d="M12 8.5v5m0 3.5v.01M10.4 3.9 2.6 17.6A1.8 1.8 0 0 0 4.2 20.3h15.6a1.8 1.8 0 0 0 1.6-2.7L13.6 3.9a1.85 1.85 0 0 0-3.2 0z"/>',
  navigate: '<path d="M20.5 3.5 3.5 10.8l7.2 2.5 2.5 7.2z" fill="currentColor" stroke="none"/>',
  menu: '<path d="M4 7h16M4 12h16M4 17h16"/>',
  van: '<path d="M2.5 16V7.5A1.5 1.5 0 0 1 4 6h10v10M14 9h4l3.5 3.5V16h-2.2M9.2 16h5.6"/><circle cx="7" cy="16.5" r="2"/><circle cx="17" cy="16.5" r="2"/>',
  expand: '<path d="M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5"/>',
  shrink: '<path d="M4 9h5V4M20 9h-5V4M4 15h5v5M20 15h-5v5"/>',
  fit: '<circle cx="6" cy="18" r="2.2"/><circle cx="18" cy="6" r="2.2"/><path d="M8.5 18H15a3.5 3.5 0 0 0 0-7H9a3.5 3.5 0 0 1 0-7h6.5" transform="translate(0 1)"/>',
  back: '<path d="M10 6 4 12l6 6M4 12h16"/>',
  chevron: '<path d="m9 5 7 7-7 7"/>',
  flag: '<path d="M6 21V4m0 1h11l-2.5 4L17 13H6"/>',
  cloud_off: '<path d="M4 4l16 16M8.5 8.2A5 5 0 0 0 7 18h9.5M19.5 16.8A3.8 3.8 0 0 0 17 10.5a5.5 5.5 0 0 0-5.6-3.9"/>',
  map: '<path d="M12 21c-4-4.6-6.5-7.9-6.5-11a6.5 6.5 0 0 1 13 0c0 3.1-2.5 6.4-6.5 11z"/><circle cx="12" cy="10" r="2.3"/>',
  scooter: '<circle cx="5.5" cy="17.5" r="2.3"/><circle cx="18.5" cy="17.5" r="2.3"/><path d="M7.8 17.5h5.7L17 6h-3.5M16 9.5l2.2 5.7"/>',
  sun: '<circle cx="12" cy="12" r="4"/><path d="M12 3v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4"/>',
}

export function icon(name, size = 24) {
  const holder = document.createElement("span")
  holder.className = "icon"
  holder.setAttribute("aria-hidden", "true")
  holder.innerHTML = `<svg width="${size}" height="${size}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round">${ICONS[name] ?? ICONS.check}</svg>`
  return holder
}

export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name])
}

export function counted(texts, key, count) {
  return count === 1 ? texts[`${key}_one`] : fill(texts[`${key}_many`], {count})
}

export function actionWord(texts, stop) {
  return stop.action === "swap" && stop.scooter_count === 1 ? texts.swap_one : texts[stop.action] ?? stop.title
}

/** Lead the styles into the tree that `element` lives in: the page, or a component's shadow. */
export async function styled(element, ...addresses) {
  const root = element.getRootNode()
  const holder = root instanceof ShadowRoot ? root : document.head
  await Promise.all(addresses.map((address) => {
    if (holder.querySelector(`link[href="${address}"]`)) return null
    const link = h("link", {rel: "stylesheet", href: address})
    const loaded = new Promise((resolve) => { link.onload = link.onerror = resolve })
    holder.prepend(link)
    return loaded
  }))
}

/** Draw into `element` now and whenever `target` changes in a way that `key` shows. */
export function view(element, target, key, draw) {
  let shown = null
  const update = () => {
    const wanted = JSON.stringify(key())
    if (wanted === shown) return
    shown = wanted
    element.replaceChildren(...[draw()].flat().filter(Boolean))
  }
  target.addEventListener("change", update)
  update()
  return () => target.removeEventListener("change", update)
}

/** A sheet that comes up from the bottom; closes by its backdrop, Escape or `close`. */
export function sheet(element, title, texts, build) {
  const dialog = h("dialog", {class: "sheet", "aria-label": title})
  const close = () => { dialog.close(); dialog.remove() }
  dialog.append(h("div", {class: "sheet-inner"},
    h("div", {class: "sheet-grip"}), h("h2", {}, title), build(close),
    h("button", {class: "button quiet", type: "button", onclick: close}, texts.cancel)))
  dialog.addEventListener("click", (event) => { if (event.target === dialog) close() })
  dialog.addEventListener("cancel", close)
  element.append(dialog)
  dialog.showModal()
  return close
}

export function toast(message, kind = "plain") {
  let tray = document.getElementById("moow-toasts")
  if (!tray) {
    tray = h("div", {id: "moow-toasts", role: "status", "aria-live": "polite"})
    document.body.append(tray)
  }
  const note = h("div", {class: `toast ${kind}`}, message)
  tray.replaceChildren(note)
  setTimeout(() => note.remove(), kind === "bad" ? 9000 : 4000)
}
